import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';
import { targetSchema } from '../../src/targets/target-schema.ts';

const good = {
  name: 'demo',
  accountId:
    '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai-demo',
  vault: 'kv-demo',
};
const duration = /^a duration with its unit, such as "90 s"/;
const flag = /^true or false$/;

/** What each member accepts, as far as a person needs it to mend the declaration. */
const accepts: Readonly<Record<string, RegExp>> = {
  name: /^1 to 63 of a-z, 0-9 and -, /,
  accountId: /^the full id of a Microsoft\.CognitiveServices account, /,
  vault: /^a vault's name, such as kv-ai102-secure, or its full https:\/\/ address$/,
  prefix: /^1 to 116 of 0-9, a-z, A-Z and -$/,
  directSecretName: /^a secret name: 1 to 127 of 0-9, a-z, A-Z and -$/,
  rotateEvery: duration,
  overlap: duration,
  acknowledgeShortDirectOverlap: flag,
  directReadersAreCopies: flag,
  pointerCache: duration,
  keyCache: duration,
  longestRequest: duration,
  snapshotReads: flag,
  newKeyProof: /^an object with acceptances and spread$/,
  probe: /^data-plane or control-plane-only$/,
  firstRotation: /^on-request or auto$/,
  driftEvery: duration,
  secretExpiry: /^keys or all$/,
  keyless: flag,
  maxValidity: duration,
  holdForStragglers: /^a duration with its unit, such as "2d", at most 7d$/,
  afterHold: /^continue or suspend$/,
  timeZone: /time zone/,
  maintenanceWindows: /^a list/,
  blackoutDates: /^a list/,
  copies: /^a list of at most 8 copies$/,
  canary: flag,
};

const problemsOf = (change: object) =>
  declaredTargets([{ ...good, ...change }], 'vault.azure.net', 'KEYTURN_TARGETS').problems;

describe('a declared target', () => {
  it('has no member without a case here', () => {
    expect(Object.keys(accepts).sort()).toEqual(Object.keys(targetSchema.unwrap().shape).sort());
  });

  it('is checked against what is made once, and not by every tag of every account again', () => {
    expect(targetSchema.unwrap()).toBe(targetSchema.unwrap());
  });

  it.each(Object.entries(accepts))('whose %s is no such thing is told what may stand there', (field, accepted) => {
    expect(problemsOf({ [field]: 4711 })).toEqual([
      { field: `KEYTURN_TARGETS[0].${field}`, found: '4711', accepted: expect.stringMatching(accepted) },
    ]);
  });

  it.each(['90', '-1h', '1h 30m', '1 year', 'forever', '3651d', '', ' 2h'])(
    'whose overlap is %j is told once what a duration is',
    (overlap) => {
      expect(problemsOf({ overlap })).toEqual([
        {
          field: 'KEYTURN_TARGETS[0].overlap',
          found: JSON.stringify(overlap),
          accepted: expect.stringMatching(duration),
        },
      ]);
    },
  );

  it.each([
    ['acceptances', 0],
    ['acceptances', 101],
    ['acceptances', 1.5],
    ['acceptances', 'many'],
  ])('whose newKeyProof has %s %s is told what may stand there', (field, value) => {
    expect(problemsOf({ newKeyProof: { [field]: value } })).toEqual([
      {
        field: `KEYTURN_TARGETS[0].newKeyProof.${field}`,
        found: typeof value === 'string' ? `"${value}"` : String(value),
        accepted: 'a whole number from 1 to 100',
      },
    ]);
  });

  it.each([
    'kv',
    '9kv-contoso',
    'kv--contoso',
    'kv_contoso',
    'http://kv.vault.azure.net',
    'https://kv/secrets',
    '',
    42,
    null,
  ])('whose vault is %j is told once what may stand there', (vault) => {
    expect(problemsOf({ vault })).toEqual([
      {
        field: 'KEYTURN_TARGETS[0].vault',
        found: JSON.stringify(vault),
        accepted: "a vault's name, such as kv-ai102-secure, or its full https:// address",
      },
    ]);
  });

  it.each([
    ['kv-contoso-shop-westeuro', true],
    ['kv-contoso-shop-west-euro', false],
    ['https://kv-contoso-shop-west-euro.vault.azure.net', false],
  ])('may have a vault of 24 characters and no more: %s', (vault, isGood) => {
    const accepted = expect.stringMatching(/^a vault's name, /);
    const bad = [{ field: 'KEYTURN_TARGETS[0].vault', found: JSON.stringify(vault), accepted }];
    expect(problemsOf({ vault })).toEqual(isGood ? [] : bad);
  });

  it('may be looked at every ten years, and not more seldom', () => {
    expect(problemsOf({ driftEvery: '3650d' })).toEqual([]);
    expect(problemsOf({ driftEvery: '315360000001 ms' })).toHaveLength(1);
  });

  const aDay = /a day of the calendar: 2026-12-24, or 12-24 for every year/;
  const window = { from: '22:00', hours: 6 };
  const shown = (value: unknown) => (Array.isArray(value) ? 'an empty list' : JSON.stringify(value));
  const day = /^a day of the calendar: 2026-12-24, or 12-24 for every year$/;

  it.each<[member: string, values: readonly unknown[], accepted: RegExp]>([
    ['days', ['sat', [], null], /^a list of mon, tue, wed, thu, fri, sat, sun, at least one/],
    ['days[0]', [['Saturday'], [6]], /^one of mon, tue/],
    ['from', [2200, '24:00', '22:60', '22', '9:00', 'x22:00', '22:00x'], /^a time of day from 00:00 to 23:59$/],
    ['hours', ['six', 0, -1, 169, null, true], /^a number of hours, more than 0 and at most 168$/],
    ['timeZone', [1, 'CET/DST', ''], /time zone/],
  ])('whose maintenance window has no such %s is told once what may stand there', (member, values, accepted) => {
    for (const value of values) {
      const name = member.replace('[0]', '');
      const found = problemsOf({ maintenanceWindows: [{ ...window, [name]: value }] });
      expect(found).toEqual([
        {
          field: `KEYTURN_TARGETS[0].maintenanceWindows[0].${member}`,
          found: shown(member === name ? value : Object(value)[0]),
          accepted: expect.stringMatching(accepted),
        },
      ]);
    }
  });

  it.each(['', '2026-02-30', '02-30', '2026-13-01', '26-12-24', '2026-1-2', '2026-12-24T00', 'Christmas', 1224, null])(
    'whose blackout date is %j is told once what a day is',
    (date) => {
      expect(problemsOf({ blackoutDates: [date] })).toEqual([
        {
          field: 'KEYTURN_TARGETS[0].blackoutDates[0]',
          found: JSON.stringify(date),
          accepted: expect.stringMatching(day),
        },
      ]);
    },
  );

  it.each([
    [{ from: '2026-02-30', to: '2026-03-01' }, aDay],
    [{ from: '12-24', to: 'x' }, aDay],
    [{ from: '12-24' }, aDay],
    [{ from: 1224, to: '12-31' }, aDay],
    [{ from: '2026-12-24', to: '2026-12-23' }, /^from and to of one form/],
    [{ from: '2026-12-24', to: '12-31' }, /^from and to of one form/],
    [{ from: '12-24', to: '12-31', timeZone: 'Mars' }, /^an IANA time zone/],
  ])('whose blackout is %j is told once what is wrong', (span, accepted) => {
    const [problem, ...more] = problemsOf({ blackoutDates: [span] });
    expect(more).toEqual([]);
    expect(problem?.accepted).toMatch(accepted);
  });

  it.each([
    [{ from: '2026-12-24', to: '2026-12-24' }],
    [{ from: '12-31', to: '01-02' }],
    [{ from: '2028-02-29', to: '2028-03-01' }],
    ['02-29'],
    ['2026-12-24'],
  ])('may have the blackout %j', (span) => {
    expect(problemsOf({ blackoutDates: [span] })).toEqual([]);
  });

  it.each([
    ['maintenanceWindows', window],
    ['blackoutDates', '12-24'],
  ])('may have 100 entries in %s, and is told so if there are more', (field, entry) => {
    const of = (length: number) => problemsOf({ [field]: Array.from({ length }, () => entry) });
    expect(of(100)).toEqual([]);
    expect(of(101)).toEqual([
      { field: `KEYTURN_TARGETS[0].${field}`, found: 'a list', accepted: 'a list of at most 100' },
    ]);
  });

  it('may have a window of a moment, and of a week', () => {
    expect(
      problemsOf({
        maintenanceWindows: [
          { ...window, hours: 0.01 },
          { ...window, hours: 168 },
        ],
      }),
    ).toEqual([]);
  });
});
