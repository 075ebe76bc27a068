import { describe, expect, it } from 'vitest';
import type { IdentifiedKeyView, IdentifiedView } from '../../../src/app/targets/identify-view.ts';
import { keysAsEver } from '../../../src/hardening/keyless/keyless-state.ts';
import { removeOldHistory } from '../../../src/rotation/audit/old-history.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { currentKey, type SimulatedKeyturn, simulatedKeyturn } from '../simulated-keyturn.ts';
import { adopted, deliverUntil, operator, rotating, rotationOf } from '../steered-rotation.ts';

const dayMs = 24 * 3_600_000;
const nobodys = 'a0b1c2d3e4f5061728394a5b6c7d8e9f';

async function identify({ app }: Pick<SimulatedKeyturn, 'app'>, key: string): Promise<IdentifiedView> {
  const answer = await app.identify(new SecretText(key), operator);
  if (answer.kind !== 'identified') throw new TypeError(answer.kind);
  return answer.identified;
}

/** The one target and slot whose key it is. */
async function theMatch(keyturn: Pick<SimulatedKeyturn, 'app'>, key: string): Promise<IdentifiedKeyView> {
  const { matches } = await identify(keyturn, key);
  const [match] = matches;
  if (match === undefined || matches.length > 1) throw new TypeError(`${matches.length} matches`);
  return match;
}

/** The keys before and after a whole rotation. */
async function rotated() {
  const { keyturn } = await rotating();
  const before = { key1: currentKey(keyturn.account, 'key1'), key2: currentKey(keyturn.account, 'key2') };
  await deliverAll(keyturn.journal, keyturn.app);
  const after = { key1: currentKey(keyturn.account, 'key1'), key2: currentKey(keyturn.account, 'key2') };
  return { keyturn, before, after };
}

/** As a person does it in the portal. */
function replaceKey({ account, clock }: SimulatedKeyturn, slot: Slot): string {
  const held = account.keys.filter((key) => key.slot === slot).at(-1);
  if (held === undefined) throw new TypeError('no key');
  const value = `${held.value.slice(0, -4)}9999`;
  account.keys.push({ ...held, value, madeAtMs: clock.nowMs() } as never);
  return value;
}

const dryRun = (slot: Slot) => ({
  method: 'POST',
  path: '/api/targets/demo/leak',
  body: { slot, dryRun: true },
});

describe('a key that somebody found', () => {
  it('is told as the active one, with the request that previews its replacement', async () => {
    const { keyturn } = await adopted();
    const adoptedAt = keyturn.clock.nowMs() - keyturn.target.policy.overlapMs - 2_000;
    const { matches, ...rest } = await identify(keyturn, currentKey(keyturn.account, 'key1'));
    const at = matches[0]?.since ?? '';
    expect(Date.parse(at) - adoptedAt).toBeLessThan(60_000);
    expect(matches).toEqual([
      {
        target: 'demo',
        accountId: keyturn.target.account.armId,
        slot: 'key1',
        status: 'active',
        detail:
          'Consumers are pointed at this key. The account takes it: if it has leaked, ask what replacing it does with the request in dryRun.',
        accepted: 'yes',
        since: at,
        madeByKeyturn: false,
        ageSeconds: expect.any(Number),
        lastSeenAt: at,
        retiredAt: null,
        retiredByKeyturn: null,
        rotationId: null,
        leakReportedAt: null,
        dryRun: dryRun('key1'),
      },
    ]);
    expect(rest).toEqual({
      found: true,
      detail: `It is key1 of demo. ${matches[0]?.detail}`,
      compared: { targets: 1, fingerprints: 2, completeSince: at },
      gaps: [],
      gapsInAll: 0,
    });
  });

  it('is told as the inactive one once nobody may have been given it lately', async () => {
    const { keyturn } = await adopted();
    expect(await theMatch(keyturn, currentKey(keyturn.account, 'key2'))).toMatchObject({
      slot: 'key2',
      status: 'inactive',
      accepted: 'yes',
      dryRun: dryRun('key2'),
    });
  });

  it('is compared without a call to Azure, also while the instance is paused', async () => {
    const { keyturn } = await adopted();
    await keyturn.app.setPause({ paused: true, reason: null }, operator);
    const before = keyturn.azure.calls.length;
    expect(await theMatch(keyturn, currentKey(keyturn.account, 'key1'))).toMatchObject({ status: 'active' });
    expect(keyturn.azure.calls.length).toBe(before);
  });

  it('is told as retired with when and by which rotation, and refused after a day', async () => {
    const { keyturn, before, after } = await rotated();
    const retired = await theMatch(keyturn, before.key1);
    expect(retired).toMatchObject({
      slot: 'key1',
      status: 'retired',
      accepted: 'unknown',
      retiredByKeyturn: true,
      dryRun: null,
    });
    expect(retired.rotationId).not.toBeNull();
    const made = await theMatch(keyturn, after.key1);
    expect(made).toMatchObject({ status: 'inactive', madeByKeyturn: true, since: retired.retiredAt });
    expect(await theMatch(keyturn, after.key2)).toMatchObject({ status: 'active', madeByKeyturn: true });
    expect(await theMatch(keyturn, before.key2)).toMatchObject({ slot: 'key2', status: 'retired' });
    keyturn.clock.advance(dayMs);
    const { accepted, ageSeconds, since, retiredAt } = await theMatch(keyturn, before.key1);
    expect(accepted).toBe('no');
    expect(ageSeconds).toBe(Math.floor((Date.parse(retiredAt ?? '') - Date.parse(since)) / 1000));
  });

  it('is known as soon as the rotation has made it, and the one that consumers were just led away from is told so', async () => {
    const { keyturn } = await rotating();
    const left = currentKey(keyturn.account, 'key1');
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    expect(await theMatch(keyturn, currentKey(keyturn.account, 'key2'))).toMatchObject({
      status: 'active',
      madeByKeyturn: true,
    });
    expect(await theMatch(keyturn, left)).toMatchObject({ status: 'left', accepted: 'yes', dryRun: dryRun('key1') });
  });

  it('is none of ours if no fingerprint is its own, and the answer tells how far back it looked', async () => {
    const { keyturn } = await rotated();
    const { found, matches, detail, compared } = await identify(keyturn, nobodys);
    expect({ found, matches }).toEqual({ found: false, matches: [] });
    expect(detail).toBe(
      'It is none of the keys that Keyturn knows of 1 targets, back to compared.completeSince at least.',
    );
    expect(compared.targets).toBe(1);
    expect(compared.completeSince).not.toBeNull();
  });

  it('cannot be compared with a target that nobody has adopted, which is said', async () => {
    const keyturn = simulatedKeyturn();
    const key = currentKey(keyturn.account, 'key1');
    expect(await identify(keyturn, key)).toEqual({
      found: false,
      detail:
        'It is none of the keys that Keyturn knows of 0 targets, back to compared.completeSince at least. Of 1 targets it does not know every key: see gaps.',
      matches: [],
      compared: { targets: 0, fingerprints: 0, completeSince: null },
      gaps: [
        {
          target: 'demo',
          reason: 'not-adopted',
          detail: 'It is not adopted, so the keys that it has now are not known. Adopt it.',
        },
      ],
      gapsInAll: 1,
    });
  });

  it('cannot be compared with a target of which no fingerprints are stored, until it is adopted again', async () => {
    const { keyturn } = await adopted();
    const key = currentKey(keyturn.account, 'key1');
    for (const name of [...keyturn.journal.journal.history.keys()])
      if (name.startsWith('keys-')) keyturn.journal.journal.history.delete(name);
    const { found, gaps } = await identify(keyturn, key);
    expect({ found, reasons: gaps.map(({ reason }) => reason) }).toEqual({
      found: false,
      reasons: ['no-fingerprints'],
    });
    await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect(await theMatch(keyturn, key)).toMatchObject({ status: 'active' });
  });

  it('may be one that somebody made outside: the target is told as not wholly known until it is repaired', async () => {
    const { keyturn } = await adopted();
    const { clock, target } = keyturn;
    clock.advance(target.policy.driftEveryMs);
    await keyturn.app.sweep();
    const old = currentKey(keyturn.account, 'key2');
    const made = replaceKey(keyturn, 'key2');
    clock.advance(target.policy.driftEveryMs);
    await keyturn.app.sweep();
    const { found, gaps } = await identify(keyturn, made);
    expect({ found, reasons: gaps.map(({ reason }) => reason) }).toEqual({
      found: false,
      reasons: ['keys-changed-outside'],
    });
    expect(await theMatch(keyturn, old)).toMatchObject({ accepted: 'unknown' });
    await keyturn.app.repair('demo', operator);
    expect(await theMatch(keyturn, made)).toMatchObject({ slot: 'key2', accepted: 'yes', madeByKeyturn: false });
    expect(await theMatch(keyturn, old)).toMatchObject({ status: 'retired', retiredByKeyturn: false });
  });

  it.each<[string, object | null, string, string]>([
    [
      'refused if keys are off',
      { offSinceMs: 1, change: null },
      'no',
      'Keys are turned off on this account: it is refused until they are turned on again.',
    ],
    [
      'perhaps accepted if nobody knows how far keys are on their way off',
      null,
      'unknown',
      'Keys are turned off on this account, or are being turned off or on: whether it takes this one is not known.',
    ],
  ])('is told as %s, and can be reported all the same', async (_, state, accepted, detail) => {
    const { keyturn } = await adopted();
    const { journal, clock, hardeningRows, target, account } = keyturn;
    const row = Object(journal.journal.row?.fields);
    journal.journal.restore({ ...row, keyless: { by: 'operator-1', atMs: clock.nowMs() } });
    const fields = {
      schemaVersion: 1,
      lease: { kind: 'released', token: '', saveSeq: 0 },
      settleUntilMs: 0,
      inDoubt: null,
      wakeAtMs: null,
      wakeSeq: 1,
      retrying: null,
    };
    if (state !== null)
      await hardeningRows.ports.save(
        target.account,
        'keyless',
        { ...fields, state: { ...keysAsEver, ...state } },
        null,
      );
    expect(await theMatch(keyturn, currentKey(account, 'key1'))).toMatchObject({
      accepted,
      dryRun: dryRun('key1'),
      detail: `Consumers are pointed at this key. ${detail}`,
    });
  });

  it('is told as one of a target that was offboarded, of which nothing more is known', async () => {
    const { keyturn } = await adopted();
    const request = { dryRun: false, history: 'keep', confirm: [], ifMatch: ['*'] } as const;
    expect((await keyturn.app.offboard('demo', request, operator)).kind).toBe('offboarded');
    const { matches, gaps } = await identify(keyturn, currentKey(keyturn.account, 'key1'));
    expect(matches).toMatchObject([
      {
        ...{ slot: 'key1', status: 'unknown', accepted: 'unknown', leakReportedAt: null, dryRun: null },
        detail:
          'This key stood there when the target was last under care; Keyturn has no record of it since. Whether the account takes it is not known.',
      },
    ]);
    expect(gaps.map(({ reason }) => reason)).toEqual(['not-adopted']);
  });

  it('is told as reported if it was reported as leaked, before and after the journal knows which key was meant', async () => {
    const { keyturn } = await adopted({ policy: { firstRotation: 'auto' } });
    const leaked = currentKey(keyturn.account, 'key1');
    const other = currentKey(keyturn.account, 'key2');
    await keyturn.app.leak('demo', { slot: 'key1', dryRun: false, reason: null, overlapSeconds: null }, operator);
    const { leakReportedAt } = await theMatch(keyturn, leaked);
    expect(leakReportedAt).not.toBeNull();
    await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
    expect(await theMatch(keyturn, leaked)).toMatchObject({ leakReportedAt });
    expect(await theMatch(keyturn, other)).toMatchObject({ leakReportedAt: null });
  });

  it('of a rotation that was cancelled before it knew the key that it made is known after the next look, which is said', async () => {
    const { keyturn, id } = await rotating();
    const { app, account, azure, journal, clock, target } = keyturn;
    // Azure regenerates, and nobody gets to see it for a while.
    Object.assign(azure.world.pace, { listKeysStaleMs: 120_000 });
    let made = '';
    keyturn.afterEachCall(async () => {
      if (made !== '' || rotationOf(journal)?.kind !== 'regenerating') return;
      if (account.keys.filter(({ slot }) => slot === 'key2').length < 2) return;
      made = currentKey(account, 'key2');
      await app.cancel('demo', id, operator);
    });
    await deliverAll(journal, app);
    Object.assign(azure.world.pace, { listKeysStaleMs: 0 });
    const { gaps } = await identify(keyturn, made);
    expect(gaps.map(({ reason }) => reason)).toEqual(['undone-recently']);
    clock.advance(target.policy.driftEveryMs);
    await app.sweep();
    expect((await identify(keyturn, made)).gaps).toEqual([]);
    expect(await theMatch(keyturn, made)).toMatchObject({ slot: 'key2', status: 'inactive' });
  });

  it('is not looked for by more than two requests of a worker at a time', async () => {
    const { keyturn } = await adopted();
    const key = new SecretText(nobodys);
    const answers = await Promise.all([1, 2, 3].map(() => keyturn.app.identify(key, operator)));
    expect(answers.map(({ kind }) => kind)).toEqual(['identified', 'identified', 'unavailable']);
    expect(answers[2]).toEqual({
      kind: 'unavailable',
      reason: 'identify-busy',
      detail: 'Other keys are being compared with every target’s fingerprints right now; ask again shortly.',
      retryAfterMs: 5_000,
    });
    expect((await keyturn.app.identify(key, operator)).kind).toBe('identified');
  });

  it('leaves no trace but who asked and what was found', async () => {
    const { keyturn, before } = await rotated();
    const stored = () => JSON.stringify([...keyturn.journal.journal.history, keyturn.journal.journal.row]);
    const was = stored();
    for (const key of [nobodys, before.key1]) await identify(keyturn, key);
    expect(stored()).toBe(was);
    expect(keyturn.log.slice(-2)).toEqual([
      { event: 'key-identified', operator: 'operator-1', targets: [] },
      { event: 'key-identified', operator: 'operator-1', targets: ['demo'] },
    ]);
    expect(`${was}${JSON.stringify(keyturn.log)}`).not.toContain(nobodys);
  });
});

describe('old history', () => {
  it('is forgotten with the keys that are long gone, never those that may stand there still', async () => {
    const { keyturn, before, after } = await rotated();
    const cutMs = keyturn.clock.nowMs() + 1_000 * dayMs;
    const place = { account: keyturn.target.account, sinceMs: 0, untilMs: Number.POSITIVE_INFINITY };
    await removeOldHistory(keyturn.journal.ports.rows, [place], new Set(), cutMs);
    expect(await theMatch(keyturn, after.key1)).toMatchObject({ status: 'inactive' });
    expect(await theMatch(keyturn, after.key2)).toMatchObject({ status: 'active' });
    expect((await identify(keyturn, before.key1)).found).toBe(false);
  });
});
