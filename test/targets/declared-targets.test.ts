import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function accountId(account: string): string {
  return `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/${account}`;
}

const demo = { name: 'demo', accountId: accountId('ai-demo'), vault: 'kv-demo' };
const other = { name: 'other', accountId: accountId('ai-other'), vault: 'kv-other' };

function declared(...entries: unknown[]) {
  const { targets, problems } = declaredTargets(entries, 'vault.azure.net', 'KEYTURN_TARGETS');
  return { targets, problems };
}

describe('a good declaration', () => {
  it('needs no more than name, account and vault', () => {
    expect(declared(demo)).toEqual({
      problems: [],
      targets: [
        {
          name: 'demo',
          account: {
            armId: accountId('ai-demo'),
            subscriptionId: '11111111-1111-1111-1111-111111111111',
            resourceGroup: 'g',
            account: 'ai-demo',
          },
          vaultUrl: 'https://kv-demo.vault.azure.net',
          prefix: 'ai-services',
          layout: { kind: 'pointer' },
          copies: [],
          policy: {
            rotateEveryMs: 60 * dayMs,
            overlapMs: 2 * hourMs,
            pointerCacheMs: hourMs / 2,
            keyCacheMs: hourMs / 2,
            longestRequestMs: hourMs / 6,
            newKeyProof: { acceptances: 20, spreadMs: 40_000 },
            probe: 'data-plane',
            firstRotation: 'on-request',
            driftEveryMs: hourMs,
            keyless: false,
            secretExpiry: 'keys',
            maxValidityMs: null,
            stragglers: { holdMs: 0, after: 'continue' },
            calendar: { windows: [], blackouts: [] },
            canary: false,
          },
        },
      ],
    });
  });

  it.each<[string, object, object]>([
    [
      'a vault by its address',
      { vault: 'https://KV-Demo.vault.azure.net/' },
      { vaultUrl: 'https://kv-demo.vault.azure.net' },
    ],
    [
      'a direct secret with its longer overlap',
      { directSecretName: 'ai-key' },
      { layout: { kind: 'direct', directSecretName: 'ai-key' }, policy: { overlapMs: 26 * hourMs } },
    ],
    [
      'a short overlap of a direct secret, acknowledged',
      { directSecretName: 'ai-key', overlap: '2h', acknowledgeShortDirectOverlap: true },
      { policy: { overlapMs: 2 * hourMs } },
    ],
    [
      'durations in several units',
      { rotateEvery: '8 weeks', overlap: '90 min', longestRequest: '90 s' },
      { policy: { rotateEveryMs: 56 * dayMs, overlapMs: 1.5 * hourMs, longestRequestMs: 90_000 } },
    ],
    [
      'the overlap that covers the consumers to the second',
      { overlap: '11s', pointerCache: '5s', keyCache: '4s', longestRequest: '1s' },
      { policy: { overlapMs: 11_000 } },
    ],
    [
      'a snapshot cache, counted once',
      { overlap: '7s', pointerCache: '5s', keyCache: '4s', longestRequest: '1s', snapshotReads: true },
      { policy: { pointerCacheMs: 5000, keyCacheMs: 0 } },
    ],
    [
      'a validity that just outlives its key',
      { maxValidity: '1468h' },
      { policy: { maxValidityMs: 61 * dayMs + 4 * hourMs } },
    ],
    [
      'its own proof of new keys',
      { newKeyProof: { acceptances: 3, spread: '1s' } },
      { policy: { newKeyProof: { acceptances: 3, spreadMs: 1000 } } },
    ],
    [
      'a hold for who still reads the old key',
      { holdForStragglers: '7d', afterHold: 'suspend' },
      { policy: { stragglers: { holdMs: 7 * dayMs, after: 'suspend' } } },
    ],
    [
      'windows and blackouts, each in its own zone or the one of the target',
      {
        timeZone: 'Europe/Berlin',
        maintenanceWindows: [{ from: '22:00', hours: 6.5, days: ['sat', 'sun'] }],
        blackoutDates: ['2026-12-24', { from: '12-27', to: '01-06', timeZone: 'Asia/Tokyo' }],
        canary: true,
      },
      {
        policy: {
          canary: true,
          calendar: {
            windows: [{ from: '22:00', lengthMs: 6.5 * hourMs, days: ['sat', 'sun'], timeZone: 'Europe/Berlin' }],
            blackouts: [
              { from: '2026-12-24', to: '2026-12-24', timeZone: 'Europe/Berlin' },
              { from: '12-27', to: '01-06', timeZone: 'Asia/Tokyo' },
            ],
          },
        },
      },
    ],
  ])('may have %s', (_, changes, expected) => {
    expect(declared({ ...demo, ...changes })).toMatchObject({ problems: [], targets: [expected] });
  });

  it('may share a vault under another prefix, and a prefix in another vault', () => {
    const { problems, targets } = declared(
      { ...demo, prefix: 'demo' },
      { ...other, vault: 'kv-demo', prefix: 'other' },
      { name: 'third', accountId: accountId('ai-third'), vault: 'kv-third', prefix: 'demo' },
    );
    expect({ problems, prefixes: targets.map(({ prefix }) => prefix) }).toEqual({
      problems: [],
      prefixes: ['demo', 'other', 'demo'],
    });
  });
});

describe('a bad field', () => {
  it.each<[string, object, string, string]>([
    ['no name', { name: undefined }, 'name', 'nothing'],
    ['a name that no route could hold', { name: 'a/b' }, 'name', '"a/b"'],
    [
      'an id of another kind of resource',
      { accountId: '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g' },
      'accountId',
      '"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g"',
    ],
    [
      'a vault of another cloud',
      { vault: 'https://kv-demo.vault.azure.cn' },
      'vault',
      '"https://kv-demo.vault.azure.cn"',
    ],
    [
      "a vault at somebody else's host",
      { vault: 'https://kv-demo.vault.azure.net.contoso.com' },
      'vault',
      '"https://kv-demo.vault.azure.net.contoso.com"',
    ],
    ['a vault name that is too short', { vault: 'kv' }, 'vault', '"kv"'],
    ['an unknown time zone', { timeZone: 'Europe/Berlyn' }, 'timeZone', '"Europe/Berlyn"'],
    ['an offset for a time zone', { timeZone: '+01:00' }, 'timeZone', '"+01:00"'],
    [
      'a window in an unknown zone',
      { maintenanceWindows: [{ from: '22:00', hours: 6, timeZone: 'CET/DST' }] },
      'maintenanceWindows[0].timeZone',
      '"CET/DST"',
    ],
    [
      'a window at no time of day',
      { maintenanceWindows: [{ from: '24:00', hours: 6 }] },
      'maintenanceWindows[0].from',
      '"24:00"',
    ],
    [
      'a window of no length',
      { maintenanceWindows: [{ from: '22:00', hours: 0 }] },
      'maintenanceWindows[0].hours',
      '0',
    ],
    [
      'a window longer than a week',
      { maintenanceWindows: [{ from: '22:00', hours: 169 }] },
      'maintenanceWindows[0].hours',
      '169',
    ],
    [
      'a window on no day',
      { maintenanceWindows: [{ from: '22:00', hours: 1, days: [] }] },
      'maintenanceWindows[0].days',
      'an empty list',
    ],
    [
      'a window on a day that is none',
      { maintenanceWindows: [{ from: '22:00', hours: 1, days: ['Saturday'] }] },
      'maintenanceWindows[0].days[0]',
      '"Saturday"',
    ],
    ['a blackout on no day of the calendar', { blackoutDates: ['2026-02-29'] }, 'blackoutDates[0]', '"2026-02-29"'],
    [
      'a blackout that ends before it begins',
      { blackoutDates: [{ from: '2026-12-24', to: '2026-12-20' }] },
      'blackoutDates[0]',
      'an object',
    ],
    [
      'a blackout that is yearly at one end alone',
      { blackoutDates: [{ from: '12-24', to: '2026-12-31' }] },
      'blackoutDates[0]',
      'an object',
    ],
    [
      'blackouts that leave no day of any year',
      { blackoutDates: [{ from: '07-01', to: '06-30' }] },
      'blackoutDates',
      'every day of every year',
    ],
    [
      'a prefix that makes too long a name',
      { prefix: 'ab-'.repeat(39) },
      'prefix',
      `"${'ab-'.repeat(39).slice(0, 80)}…"`,
    ],
    ['a direct secret with a dot', { directSecretName: 'ai.key' }, 'directSecretName', '"ai.key"'],
    ['a duration without a unit', { overlap: '7200' }, 'overlap', '"7200"'],
    ['a duration as a number', { overlap: 7200 }, 'overlap', '7200'],
    ['a negative duration', { overlap: '-2h' }, 'overlap', '"-2h"'],
    ['an endless duration', { rotateEvery: '9999d' }, 'rotateEvery', '"9999d"'],
    ['a duration in words', { keyCache: 'two hours' }, 'keyCache', '"two hours"'],
    ['an unknown probe', { probe: 'none' }, 'probe', '"none"'],
    ['half an acceptance', { newKeyProof: { acceptances: 0.5 } }, 'newKeyProof.acceptances', '0.5'],
  ])('%s is refused', (_, changes, field, found) => {
    const { problems, targets } = declared({ ...demo, ...changes });
    expect(problems).toEqual([{ field: `KEYTURN_TARGETS[0].${field}`, found, accepted: expect.any(String) }]);
    expect(targets).toEqual([]);
  });

  it.each([
    ['a line break', `${accountId('ai-demo')}\r`],
    ['a blank', accountId('ai demo')],
    ['a percent escape', accountId('ai%2Ddemo')],
    ['a placeholder', accountId('<account>')],
    ['a placeholder', accountId('$(account)')],
    ['a placeholder', accountId('ai-demo').replace(/1111.*?\//, '{subscriptionId}/')],
    ['a subscription that is no GUID', accountId('ai-demo').replace(/1111.*?\//, 'SUBSCRIPTION/')],
    ['a `/` at its end', `${accountId('ai-demo')}/`],
  ])('an account id with %s is refused, and told what is wrong', (flaw, id) => {
    expect(declared({ ...demo, accountId: id }).problems).toMatchObject([
      { field: 'KEYTURN_TARGETS[0].accountId', accepted: expect.stringContaining(`this one holds ${flaw}`) },
    ]);
  });

  it('with a slip in its name is told the near name', () => {
    expect(declared({ ...demo, overlp: '2h' }).problems).toEqual([
      { field: 'KEYTURN_TARGETS[0].overlp', found: 'a name that is not known here', accepted: 'did you mean overlap?' },
    ]);
  });

  it('that is like no other is told all names', () => {
    expect(declared({ ...demo, colour: 'red' }).problems[0]?.accepted).toMatch(/^one of name, accountId, vault, /);
  });

  it('inside an object is told the names of that object', () => {
    expect(declared({ ...demo, newKeyProof: { spred: '1s' } }).problems).toEqual([
      {
        field: 'KEYTURN_TARGETS[0].newKeyProof.spred',
        found: 'a name that is not known here',
        accepted: 'did you mean spread?',
      },
    ]);
  });
});

describe('fields that do not fit each other', () => {
  const consumers = { pointerCache: '5s', keyCache: '4s', longestRequest: '1s' };

  it.each<[string, object, string, string, RegExp]>([
    [
      'an overlap a millisecond shorter than consumers need',
      { ...consumers, overlap: '10999ms' },
      'overlap',
      '"10999ms"',
      /^at least 11s: pointerCache \+ keyCache/,
    ],
    [
      'a snapshot overlap that is too short',
      { ...consumers, overlap: '6s', snapshotReads: true },
      'overlap',
      '"6s"',
      /^at least 7s/,
    ],
    ['a default overlap that longer caches outgrow', { keyCache: '3h' }, 'overlap', '2h', /^at least 3h 40m 1s/],
    ['rotating within twice the overlap', { rotateEvery: '4h' }, 'rotateEvery', '"4h"', /^more than 4h/],
    [
      'a short overlap of a direct secret',
      { directSecretName: 'ai-key', overlap: '25h' },
      'overlap',
      '"25h"',
      /^at least 26h with directSecretName/,
    ],
    [
      'an acknowledgement of nothing',
      { acknowledgeShortDirectOverlap: true },
      'acknowledgeShortDirectOverlap',
      'true',
      /directSecretName/,
    ],
    [
      'a proof that outlasts an invocation',
      { newKeyProof: { acceptances: 20, spread: '15 min' } },
      'newKeyProof.spread',
      '"15 min"',
      /^at most 5m for 20 acceptances/,
    ],
    [
      'a proof whose pauses outlast a lease',
      { newKeyProof: { acceptances: 3, spread: '4 min' } },
      'newKeyProof.spread',
      '"4 min"',
      /^at most 1m 20s for 3 acceptances/,
    ],
    ['a validity of 30 days', { maxValidity: '30d', rotateEvery: '20d' }, 'maxValidity', '"30d"', /^more than 30d/],
    ['a validity that ends before the rotation', { maxValidity: '60d' }, 'maxValidity', '"60d"', /^at least 61d 4h/],
    [
      'a direct secret that is a key secret',
      { directSecretName: 'AI-services-key1' },
      'directSecretName',
      '"ai-services-key1"',
      /demo uses this one already/,
    ],
  ])('%s is refused', (_, changes, field, found, accepted) => {
    expect(declared({ ...demo, ...changes }).problems).toEqual([
      { field: `KEYTURN_TARGETS[0].${field}`, found, accepted: expect.stringMatching(accepted) },
    ]);
  });
});

describe('targets that do not fit each other', () => {
  it.each<[string, object, object, string, RegExp]>([
    ['one name', {}, { name: 'demo' }, 'name', /KEYTURN_TARGETS\[0\] has it already/],
    [
      'one account, whatever the case',
      {},
      { accountId: accountId('AI-DEMO') },
      'accountId',
      /demo \(KEYTURN_TARGETS\[0\]\) has it already/,
    ],
    [
      'one prefix in one vault',
      { prefix: 'ai' },
      { vault: 'https://kv-demo.vault.azure.net', prefix: 'AI' },
      'prefix',
      /demo \(ai-demo\) and other \(ai-other\)/,
    ],
    [
      'a direct secret with another target',
      { prefix: 'a' },
      { vault: 'kv-demo', prefix: 'b', directSecretName: 'a-endpoint' },
      'directSecretName',
      /demo uses this one already/,
    ],
  ])('%s is refused', (_, first, second, field, accepted) => {
    expect(declared({ ...demo, ...first }, { ...other, ...second }).problems).toEqual([
      { field: `KEYTURN_TARGETS[1].${field}`, found: expect.any(String), accepted: expect.stringMatching(accepted) },
    ]);
  });

  it('two of one vault must both say their prefix', () => {
    const { problems } = declared(demo, { ...other, vault: 'kv-demo' });
    expect(problems).toEqual(
      [0, 1].map((index) => ({
        field: `KEYTURN_TARGETS[${index}].prefix`,
        found: 'nothing',
        accepted: expect.stringContaining('https://kv-demo.vault.azure.net has demo, other'),
      })),
    );
  });
});

it.each<[string, unknown]>([
  ['a text', 'demo'],
  ['an object without targets', { target: [] }],
  ['null', null],
])('%s is no list of targets', (_, document) => {
  expect(declaredTargets(document, 'vault.azure.net', 'KEYTURN_TARGETS').problems).toMatchObject([
    { field: 'KEYTURN_TARGETS' },
  ]);
});

it('every problem of every target is told at once', () => {
  const { problems } = declared({ ...demo, probe: 'x', overlap: 'y' }, { ...other, rotateEvery: '1h' }, 7);
  expect(problems.map(({ field }) => field)).toEqual([
    'KEYTURN_TARGETS[0].overlap',
    'KEYTURN_TARGETS[0].probe',
    'KEYTURN_TARGETS[2]',
    'KEYTURN_TARGETS[1].rotateEvery',
  ]);
});
