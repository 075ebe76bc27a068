import { describe, expect, it } from 'vitest';
import { keyIdentifier } from '../../../src/app/targets/identify-key.ts';
import { type IdentifyGap, identifiedView, identifyGaps, keyStatuses } from '../../../src/app/targets/identify-view.ts';
import type { StoredRow } from '../../../src/durable/ports.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { placesKey } from '../../../src/rotation/history-places.ts';
import { confirmingMs } from '../../../src/rotation/numbers.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { DriftNotes } from '../../../src/targets/drift-notes.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { memoryClock } from '../../memory-world/memory-clock.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildLeak, buildRow, buildState, hourMs, nowMs } from '../../rotation/row-builder.ts';

const iso = (atMs: number) => new Date(atMs).toISOString();
const printOf = (key: string) => fingerprint(new SecretText(key), 'salt');
const ownNowMs = nowMs + 7 * 24 * hourMs;
const adoptedAtMs = nowMs - 100 * 24 * hourMs;

/** A row of the journal that names keys: `key1 A seen` and so on. */
const sighting = (atMs: number, ...keys: readonly string[]) => ({
  ...{ atMs, rotationId: keys.some((text) => text.endsWith('made')) ? 'r-made' : null },
  keys: keys.map((text) => {
    const [slot, key = '', from] = text.split(' ');
    return { slot, salt: 'salt', fingerprint: printOf(key), from };
  }),
});
type Sighting = ReturnType<typeof sighting>;

interface Journal {
  readonly row?: Partial<Record<keyof AccountRow, unknown>> | null;
  readonly notes?: Partial<DriftNotes> | null;
  readonly seen?: readonly Sighting[];
  /** Former ids, each with what lies under it. */
  readonly former?: readonly { readonly armId: string; readonly untilMs: number; readonly seen: readonly Sighting[] }[];
  readonly fails?: 'load' | 'loadNotes' | 'pageHistory';
}

const stored = (fields: unknown): StoredRow => ({ fields, etag: 'e', savedAtMs: nowMs, storageNowMs: nowMs });
const bothSeen = sighting(adoptedAtMs, 'key1 A seen', 'key2 B seen');
const noteOf = (change: Partial<DriftNotes>): DriftNotes => ({
  ...{ schemaVersion: 1, lookedAtMs: nowMs - hourMs, isDue: false, wakeSeq: 7, drift: [], events: 'unknown' },
  ...{ known: null, activeKey: null, expiresAtMs: null, ...change },
});

/** Asks whose `key` is, of one target or of several, by name. */
async function identify(key: string, journals: Readonly<Record<string, Journal>>, change: Partial<Target> = {}) {
  const targets = Object.keys(journals).map((name) => {
    const { account } = buildTarget();
    const armId = `${account.armId}-${name}`;
    return buildTarget({ ...change, name, account: { ...account, account: name, armId } });
  });
  const of = ({ armId }: { readonly armId: string }) => {
    const place = targets.find(({ account, name }) =>
      [account.armId, ...(journals[name]?.former ?? []).map((one) => one.armId)].includes(armId),
    );
    const journal = journals[place?.name ?? ''];
    if (journal === undefined) throw new TypeError(`no journal for ${armId}`);
    return journal;
  };
  const answer = <T>(journal: Journal, call: Journal['fails'], value: T): Promise<T> =>
    journal.fails === call
      ? Promise.reject(new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null }))
      : Promise.resolve(value);
  const ask = keyIdentifier({
    targets: fixedTargets(targets),
    // This worker's clock is wrong: what a row tells counts.
    clock: memoryClock(ownNowMs),
    rows: {
      load: (account) => {
        const journal = of(account);
        const row = journal.row === null ? null : stored({ ...buildRow(), ...journal.row });
        return answer(journal, 'load', row);
      },
      loadNotes: (account) => {
        const journal = of(account);
        return answer(journal, 'loadNotes', journal.notes ? stored(noteOf(journal.notes)) : null);
      },
      readHistory: async (account, name) => {
        const { former = [] } = of(account);
        if (name !== placesKey || former.length === 0) return null;
        const formerIds = former.map(({ armId, untilMs }) => ({ armId, sinceMs: 0, untilMs }));
        return { formerIds, sinceMs: former.at(-1)?.untilMs ?? 0 };
      },
      pageHistory: (account, _prefix, _after, limit) => {
        // A page of the table holds no more.
        expect(limit).toBe(1_000);
        const journal = of(account);
        const seen = journal.former?.find(({ armId }) => armId === account.armId)?.seen ?? journal.seen ?? [];
        return answer(
          journal,
          'pageHistory',
          seen.map((fields, index) => ({ key: `keys-${index}`, fields })),
        );
      },
    },
  });
  const answered = await ask(new SecretText(key));
  if (answered.kind !== 'identified') throw new TypeError(answered.kind);
  const { identified } = answered;
  // What goes over the wire is what the API's description says, member by member.
  expect(identifiedView.parse(identified)).toEqual(identified);
  return identified;
}

const one = (key: string, journal: Journal, change: Partial<Target> = {}) => identify(key, { demo: journal }, change);
const rotated = [bothSeen, sighting(nowMs - 60 * hourMs, 'key2 C made'), sighting(nowMs - 30 * hourMs, 'key1 D made')];

describe('what of a target’s keys is not known is told', () => {
  const suspended = (reason: string) => ({
    kind: 'suspended',
    reason,
    sinceMs: nowMs - hourMs,
    from: buildState('probing'),
  });
  const end = (endedAtMs: number, last: object = buildState('confirming')) => {
    return { outcome: 'cancelled', endedAtMs, refusal: null, last };
  };
  const drift = (reason: 'vault-stale' | 'endpoint-stale') => [{ reason, sinceMs: 1 }] as const;
  const sent = { atMs: nowMs };

  it.each<[string, Journal, IdentifyGap | null]>([
    ['nothing, if both are known', { seen: [bothSeen] }, null],
    [
      'nothing, if a look knew both',
      { notes: { known: { salt: 'salt', fingerprints: { key1: printOf('A'), key2: printOf('B') }, atMs: nowMs } } },
      null,
    ],
    ['that it is not adopted: no row', { row: null, seen: [bothSeen] }, 'not-adopted'],
    ['that it is not adopted: a row of nobody’s', { row: { adoptedAtMs: null }, seen: [bothSeen] }, 'not-adopted'],
    [
      'that it is not adopted, whatever a look knew',
      {
        row: null,
        notes: { known: { salt: 'salt', fingerprints: { key1: printOf('A'), key2: printOf('B') }, atMs: nowMs } },
      },
      'not-adopted',
    ],
    ['that no key is known', {}, 'no-fingerprints'],
    ['that one is not known', { seen: [sighting(adoptedAtMs, 'key2 B seen')] }, 'no-fingerprints'],
    ['that a newer release wrote it', { row: { schemaVersion: 99 }, seen: [bothSeen] }, 'newer-schema'],
    ['that it cannot be read', { seen: [bothSeen], fails: 'load' }, 'unreachable'],
    ['that its notes cannot be read', { seen: [bothSeen], fails: 'loadNotes' }, 'unreachable'],
    ['that its history cannot be read', { seen: [bothSeen], fails: 'pageHistory' }, 'unreachable'],
    ['that its row is no row', { row: { wakeSeq: 'x' }, seen: [bothSeen] }, 'unreachable'],
    [
      'that keys were changed, as a look found',
      { seen: [bothSeen], notes: { drift: [...drift('vault-stale')] } },
      'keys-changed-outside',
    ],
    [
      'nothing, if a look found something else',
      { seen: [bothSeen], notes: { drift: [...drift('endpoint-stale')] } },
      null,
    ],
    [
      'nothing, if a rotation has ended since that look',
      { row: { lastEnd: end(nowMs) }, seen: [bothSeen], notes: { drift: [...drift('vault-stale')] } },
      null,
    ],
    [
      'nothing of a look from before the rotation in flight',
      { row: { rotation: buildState('probing') }, seen: [bothSeen], notes: { drift: [...drift('vault-stale')] } },
      null,
    ],
    [
      'that keys were changed, for which a rotation waits',
      { row: { rotation: suspended('out-of-band-regenerated') }, seen: [bothSeen] },
      'keys-changed-outside',
    ],
    [
      'nothing, if a rotation waits for something else',
      { row: { rotation: suspended('pointer-moved') }, seen: [bothSeen] },
      null,
    ],
    [
      'that a key is being made',
      { row: { rotation: buildState('regenerating', { sent }) }, seen: [bothSeen] },
      'key-being-made',
    ],
    ['nothing, before that was sent', { row: { rotation: buildState('regenerating') }, seen: [bothSeen] }, null],
    [
      'that the other one is being made',
      { row: { rotation: buildState('retiring', { sent }) }, seen: [bothSeen] },
      'key-being-made',
    ],
    ['nothing, before that one was sent', { row: { rotation: buildState('retiring') }, seen: [bothSeen] }, null],
    [
      'that one may have been made by what is undone',
      { row: { rotation: buildState('cancelling') }, seen: [bothSeen] },
      'key-being-made',
    ],
    [
      'nothing, if nothing is to be undone',
      { row: { rotation: buildState('cancelling', { before: null }) }, seen: [bothSeen] },
      null,
    ],
    [
      'that a rotation was undone, and nobody has looked since',
      { row: { lastEnd: end(nowMs, buildState('cancelling')) }, seen: [bothSeen] },
      'undone-recently',
    ],
    [
      'nothing, if somebody has',
      { row: { lastEnd: end(adoptedAtMs - 1, buildState('cancelling')) }, seen: [bothSeen] },
      null,
    ],
    [
      'nothing, if somebody has in that very moment',
      { row: { lastEnd: end(adoptedAtMs, buildState('cancelling')) }, seen: [bothSeen] },
      null,
    ],
    [
      'nothing, if there was nothing to undo',
      { row: { lastEnd: end(nowMs, buildState('cancelling', { before: null })) }, seen: [bothSeen] },
      null,
    ],
  ])('%s', async (_, journal, reason) => {
    const { gaps, gapsInAll } = await one('nobodys', journal);
    expect(gaps).toEqual(reason === null ? [] : [{ target: 'demo', reason, detail: identifyGaps[reason] }]);
    expect(gapsInAll).toBe(gaps.length);
  });

  it('for fifty targets at most, and how many there are', async () => {
    const names = Array.from({ length: 51 }, (_, n) => `t${String(n).padStart(2, '0')}`);
    const { gaps, gapsInAll, detail } = await identify('nobodys', Object.fromEntries(names.map((name) => [name, {}])));
    expect(gaps.map(({ target }) => target)).toEqual(names.slice(0, 50));
    expect(gapsInAll).toBe(51);
    expect(detail).toContain('Of 51 targets it does not know every key');
  });
});

describe('a key is told', () => {
  const keyless = { keyless: { by: 'ada', atMs: 1 } };
  const replaced = (agoMs: number) => [bothSeen, sighting(nowMs - agoMs, 'key1 D made')];
  const endOf = (refusal: string | null, rotationId = 'r-made') => ({
    ...{ outcome: 'completed', endedAtMs: nowMs - hourMs, refusal },
    last: { ...buildState('confirming'), rotationId },
  });

  it.each<[string, string, Journal, object]>([
    [
      'as one that stands there',
      'A',
      { seen: [bothSeen] },
      {
        slot: 'key1',
        status: 'left',
        accepted: 'yes',
        retiredAt: null,
        retiredByKeyturn: null,
        rotationId: null,
        lastSeenAt: iso(adoptedAtMs),
      },
    ],
    [
      'as one that Keyturn made',
      'C',
      { seen: rotated },
      { slot: 'key2', madeByKeyturn: true, accepted: 'yes', since: iso(nowMs - 60 * hourMs) },
    ],
    [
      'as retired by a rotation, a day ago',
      'A',
      { seen: replaced(confirmingMs) },
      {
        status: 'retired',
        accepted: 'no',
        retiredAt: iso(nowMs - confirmingMs),
        retiredByKeyturn: true,
        rotationId: 'r-made',
        dryRun: null,
      },
    ],
    [
      'as retired less than a day ago',
      'A',
      { seen: replaced(confirmingMs - 1) },
      { status: 'retired', accepted: 'unknown' },
    ],
    [
      'as retired, if nobody saw it refused',
      'A',
      { row: { lastEnd: endOf('not-seen') }, seen: replaced(confirmingMs) },
      { status: 'retired', accepted: 'unknown' },
    ],
    [
      'as retired, if somebody saw it refused',
      'A',
      { row: { lastEnd: endOf('seen') }, seen: replaced(confirmingMs) },
      { status: 'retired', accepted: 'no' },
    ],
    [
      'as retired, if nobody saw another one refused',
      'A',
      { row: { lastEnd: endOf('not-seen', 'r-other') }, seen: replaced(confirmingMs) },
      { status: 'retired', accepted: 'no' },
    ],
    [
      'as retired by somebody else',
      'A',
      { seen: [bothSeen, sighting(nowMs - hourMs, 'key1 X seen')] },
      { status: 'retired', retiredByKeyturn: false },
    ],
    [
      'as retired, of an offboarded target',
      'A',
      { row: null, seen: replaced(confirmingMs) },
      { status: 'retired', accepted: 'no', dryRun: null },
    ],
    [
      'as unknown, of an offboarded target',
      'B',
      { row: null, seen: [bothSeen] },
      { status: 'unknown', accepted: 'unknown', dryRun: null },
    ],
    [
      'as perhaps accepted, if keys were changed',
      'B',
      { seen: [bothSeen], notes: { drift: [{ reason: 'account-recreated', sinceMs: 1 }] } },
      { accepted: 'unknown' },
    ],
    [
      'as perhaps accepted, after a rotation that was undone',
      'B',
      { row: { lastEnd: { ...endOf(null), outcome: 'cancelled', last: buildState('cancelling') } }, seen: [bothSeen] },
      { accepted: 'unknown' },
    ],
    [
      'as perhaps accepted, if keys are on their way off',
      'B',
      { row: keyless, seen: [bothSeen] },
      { accepted: 'unknown' },
    ],
    [
      'as perhaps accepted, while its own slot is regenerated',
      'B',
      {
        row: { rotation: buildState('regenerating', { sent: { atMs: nowMs } }) },
        seen: [bothSeen],
      },
      { accepted: 'unknown' },
    ],
    [
      'as accepted, while the other slot is regenerated',
      'A',
      {
        row: { rotation: buildState('regenerating', { sent: { atMs: nowMs } }) },
        seen: [bothSeen],
      },
      { accepted: 'yes' },
    ],
  ])('%s', async (_, key, journal, expected) => {
    const { matches, found, detail } = await one(key, journal);
    expect(matches).toMatchObject([expected]);
    const [match] = matches;
    expect([found, detail]).toEqual([true, `It is ${match?.slot} of demo. ${match?.detail}`]);
    expect(match?.detail).toContain(keyStatuses[match?.status ?? 'unknown']);
  });

  it.each<[string, string, Journal, says: string]>([
    ['that it is accepted', 'A', { seen: [bothSeen] }, 'The account takes it: if it has leaked'],
    ['that it was replaced a day ago', 'A', { seen: replaced(confirmingMs) }, 'The account takes it no more.'],
    ['that it was replaced lately', 'A', { seen: replaced(hourMs) }, 'Azure may take it for some hours after that.'],
    [
      'that keys are on their way off',
      'A',
      { row: keyless, seen: [bothSeen] },
      'Keys are turned off on this account, or are being turned off or on: whether it takes this one is not known.',
    ],
    [
      'that somebody has changed keys, whether or not they are off',
      'A',
      {
        row: { ...keyless, rotation: null },
        seen: [bothSeen],
        notes: { drift: [{ reason: 'account-recreated', sinceMs: 1 }] },
      },
      'Somebody outside Keyturn has changed keys since, so it may have been replaced.',
    ],
    [
      'that nobody knows, if it is regenerated',
      'B',
      { row: { rotation: buildState('regenerating', { sent: { atMs: nowMs } }) }, seen: [bothSeen] },
      'Whether the account takes it is not known.',
    ],
    ['that nobody knows, if it is offboarded', 'A', { row: null, seen: [bothSeen] }, 'is not known.'],
  ])('in words: %s', async (_, key, journal, says) => {
    expect((await one(key, journal)).matches[0]?.detail).toContain(says);
  });

  it('if a newer release has its row, too', async () => {
    const { matches } = await one('A', { row: { schemaVersion: 99 }, seen: [bothSeen] });
    expect(matches).toMatchObject([{ slot: 'key1', status: 'unknown' }]);
  });

  it('by this worker’s clock if no row tells the time', async () => {
    const { matches } = await one('A', { row: null, seen: [bothSeen] });
    expect(matches[0]?.ageSeconds).toBe((ownNowMs - adoptedAtMs) / 1_000);
  });

  it('with how old it is now, or was when it was replaced', async () => {
    const age = async (key: string) => (await one(key, { seen: rotated })).matches[0]?.ageSeconds;
    expect(await age('C')).toBe((60 * hourMs) / 1_000);
    expect(await age('A')).toBe((nowMs - 30 * hourMs - adoptedAtMs) / 1_000);
    const early = [sighting(nowMs + hourMs, 'key1 A seen', 'key2 B seen')];
    expect((await one('A', { seen: early })).matches[0]?.ageSeconds).toBe(0);
  });

  it('with the request that tells what reporting it would do, whatever the target is called', async () => {
    const { matches } = await identify('A', { 'my target': { seen: [bothSeen] } });
    expect(matches[0]?.dryRun).toEqual({
      ...{ method: 'POST', path: '/api/targets/my%20target/leak' },
      body: { slot: 'key1', dryRun: true },
    });
  });

  it('with each target that it is a key of', async () => {
    const { matches, compared } = await identify('A', { one: { seen: [bothSeen] }, two: { seen: rotated }, three: {} });
    expect(matches.map(({ target, status }) => [target, status])).toEqual([
      ['one', 'left'],
      ['two', 'retired'],
    ]);
    expect(compared).toMatchObject({ targets: 2, fingerprints: 6 });
  });

  it('by what lies under ids that the account had, as far as it was its own then', async () => {
    const formerId = `${buildTarget().account.armId}-former`;
    const movedAtMs = nowMs - 50 * hourMs;
    const before = [sighting(movedAtMs - hourMs, 'key1 A seen', 'key2 B seen'), sighting(movedAtMs + 1, 'key1 X seen')];
    const journal: Journal = {
      seen: [sighting(movedAtMs - 1, 'key1 Y seen'), sighting(movedAtMs + hourMs, 'key1 D made')],
      former: [{ armId: formerId, untilMs: movedAtMs, seen: before }],
    };
    expect((await one('A', journal)).matches).toMatchObject([{ slot: 'key1', status: 'retired' }]);
    expect((await one('B', journal)).matches).toMatchObject([{ slot: 'key2', accepted: 'yes' }]);
    for (const others of ['X', 'Y']) expect((await one(others, journal)).found).toBe(false);
  });
});

describe('a report of a leaked key', () => {
  const leak = (slot: 'key1' | 'key2', more: object) => buildLeak({ slot, atMs: nowMs - hourMs, ...more });
  const keysOf = (key: string) => ({ isKnown: true, keys: [{ salt: 'salt', fingerprint: printOf(key) }] });
  const at = iso(nowMs - hourMs);

  it.each<[string, string, readonly object[], string | null]>([
    ['of its slot is one of it, while nobody knows which was meant', 'D', [leak('key1', {})], at],
    ['of the other slot is none of it', 'D', [leak('key2', {})], null],
    ['that meant this very key is one of it', 'D', [leak('key1', keysOf('D'))], at],
    ['that meant another key of its slot is none', 'D', [leak('key1', keysOf('A'))], null],
    ['that meant it before it was replaced is one of it', 'A', [leak('key1', keysOf('A'))], at],
    ['of its slot, if it stands there no more, is none', 'A', [leak('key1', {})], null],
  ])('%s', async (_, key, leaks, reportedAt) => {
    const { matches } = await one(key, { row: { leaks }, seen: rotated });
    expect(matches[0]?.leakReportedAt).toBe(reportedAt);
  });
});

describe('how far back all of that is known', () => {
  it('is since the last target began to be known', async () => {
    const late = [sighting(nowMs - 2 * hourMs, 'key1 E seen', 'key2 F seen'), sighting(nowMs - hourMs, 'key1 G seen')];
    const { compared } = await identify('nobodys', { one: { seen: rotated }, two: { seen: late } });
    expect(compared.completeSince).toBe(iso(nowMs - 2 * hourMs));
  });

  it('includes the keys that a look knew', async () => {
    const known = { salt: 'salt', fingerprints: { key1: printOf('G'), key2: printOf('H') }, atMs: nowMs - hourMs };
    const { matches } = await one('G', { seen: [bothSeen], notes: { known } });
    expect(matches).toMatchObject([{ slot: 'key1', since: iso(nowMs - hourMs), madeByKeyturn: false }]);
    expect((await one('H', { notes: { known } })).matches).toMatchObject([{ slot: 'key2' }]);
  });
});

describe('a question that cannot be answered', () => {
  const parts = (list: () => Promise<never>) => ({
    ...{ targets: { ...fixedTargets([]), list }, clock: memoryClock(nowMs) },
    rows: {} as never,
  });

  it('now says so, and does not count as one that is still asked', async () => {
    const failure = { kind: 'not-applied', code: 'ServerBusy', retryAfterMs: 3_000 } as const;
    const ask = keyIdentifier(parts(() => Promise.reject(new FailureError(failure))));
    for (let times = 0; times < 3; times += 1)
      expect(await ask(new SecretText('x'))).toMatchObject({ kind: 'unavailable', retryAfterMs: 3_000 });
  });

  it('by a fault of our own is no answer', async () => {
    const ask = keyIdentifier(parts(() => Promise.reject(new TypeError('ours'))));
    await expect(ask(new SecretText('x'))).rejects.toThrow('ours');
  });
});
