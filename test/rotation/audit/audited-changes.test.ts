import { describe, expect, it } from 'vitest';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { auditedChanges, rotationsOf } from '../../../src/rotation/audit/audited-changes.ts';
import type { ActiveState, LeakedKey, RotationEnd, RotationState } from '../../../src/rotation/state.ts';
import { buildLeak, buildRow, buildState, fingerprintsBefore, hourMs, newFingerprint, nowMs } from '../row-builder.ts';

const at = (ms: number) => new Date(ms).toISOString();
const earlierMs = nowMs - hourMs;
const suspendedIn = (from: ActiveState, sinceMs = nowMs): RotationState => ({
  ...{ kind: 'suspended', reason: 'vault-stale', sinceMs, from },
});
const leak = (slot: 'key1' | 'key2', rotationId: string) =>
  buildLeak({ slot, reason: 'found in a log', rotationId, atMs: earlierMs });
const pending = ({ slot, overlapMs, by, reason, seen, rotationId, atMs }: LeakedKey) => ({
  ...{ slot, overlapMs, by, reason, seen, rotationId, atMs },
});
const ended: RotationEnd = {
  ...{ outcome: 'completed', endedAtMs: nowMs, refusal: 'seen', last: buildState('confirming') },
};
const request = {
  ...{ action: 'expedite', rotationId: 'r1', by: 'operator-1', atMs: nowMs, reason: 'audit', overlapMs: hourMs },
  confirm: ['leaked-key1'],
} as const;
const plain = { ...request, action: 'resume', reason: null, overlapMs: null, confirm: [] } as const;
const denied = { code: 'http-403', atMs: nowMs } as const;
const hold = { by: 'operator-1', reason: 'release night', atMs: nowMs } as const;
const sent = { atMs: nowMs } as const;
const versions = { key1: { name: 'a', version: 'v1' }, key2: { name: 'b', version: 'v2' } };

type Row = Partial<Omit<AccountRow, 'operatorRequest'>> & { readonly operatorRequest?: unknown };
const rows = (before: Row, after: Row) =>
  [buildRow(before as Partial<AccountRow>), buildRow(after as Partial<AccountRow>)] as const;

describe('the evidence of a save', () => {
  const preparing = buildState('preparing');
  const publishing = buildState('publishing');
  const probing = buildState('probing');
  const overlapping = buildState('overlapping');
  const retiring = buildState('retiring');
  const confirming = buildState('confirming');
  const cancelling = buildState('cancelling');
  const otherFollowed = { pointer: 'p3', key: 'v9', direct: 'd1' };
  const failed = { ...publishing, attempts: 2, lastFailure: denied };

  it.each<[says: string, before: Row, after: Row, changes: readonly object[]]>([
    ['says nothing of a lease alone', { rotation: preparing }, { rotation: preparing, wakeSeq: 8 }, []],
    ['says nothing of another rotation', {}, { rotation: { ...preparing, rotationId: 'r2' } }, []],
    [
      'says what a state was entered with',
      { rotation: buildState('regenerating') },
      { rotation: publishing },
      [{ what: 'entered', state: 'publishing', newFingerprint }],
    ],
    [
      'says of an intent that was carried out only what came of it',
      { rotation: buildState('regenerating', { sent }) },
      { rotation: publishing },
      [{ what: 'entered', state: 'publishing', newFingerprint }],
    ],
    [
      'says that a state was entered again',
      { rotation: { ...publishing, stateSinceMs: earlierMs } },
      { rotation: publishing },
      [{ what: 'entered', state: 'publishing' }],
    ],
    [
      'says once what is known of a state that was entered again',
      { rotation: { ...publishing, stateSinceMs: earlierMs } },
      { rotation: { ...publishing, newFingerprint: fingerprintsBefore.key2 } },
      [{ what: 'entered', state: 'publishing', newFingerprint: fingerprintsBefore.key2 }],
    ],
    [
      'says nothing of acceptances if there are none yet',
      { rotation: publishing },
      { rotation: probing },
      [{ what: 'entered', state: 'probing', newSecretVersion: 'v3' }],
    ],
    [
      'says what is about to be regenerated',
      { rotation: buildState('regenerating') },
      { rotation: buildState('regenerating', { sent }) },
      [{ what: 'intent', effect: 'regenerate-key2', sentAt: at(nowMs) }],
    ],
    [
      'says that the old key is about to be regenerated',
      { rotation: buildState('retiring') },
      { rotation: buildState('retiring', { sent }) },
      [{ what: 'intent', effect: 'regenerate-key1', sentAt: at(nowMs) }],
    ],
    [
      'says that the old key is about to be regenerated if it is key2',
      { rotation: buildState('retiring', { newSlot: 'key1' }) },
      { rotation: buildState('retiring', { newSlot: 'key1', sent }) },
      [{ what: 'intent', effect: 'regenerate-key2', sentAt: at(nowMs) }],
    ],
    [
      'says that the pointer is about to be stored',
      { rotation: buildState('switching') },
      { rotation: buildState('switching', { sent: { ...sent, what: 'pointer' } }) },
      [{ what: 'intent', effect: 'store-pointer', sentAt: at(nowMs) }],
    ],
    [
      'says that a write is sent again',
      { rotation: buildState('regenerating', { sent: { atMs: earlierMs } }) },
      { rotation: buildState('regenerating', { sent }) },
      [{ what: 'intent', effect: 'regenerate-key2', sentAt: at(nowMs) }],
    ],
    [
      'says nothing of an intent that stands',
      { rotation: buildState('regenerating', { sent }) },
      { rotation: buildState('regenerating', { sent, attempts: 1 }) },
      [],
    ],
    [
      'says that an intent was taken back',
      { rotation: buildState('regenerating', { sent }) },
      { rotation: buildState('regenerating') },
      [{ what: 'intent-withdrawn' }],
    ],
    [
      'says how often the new key was accepted',
      { rotation: { ...probing, accepted: 3 } },
      { rotation: { ...probing, accepted: 7 } },
      [{ what: 'accepted', times: 7 }],
    ],
    [
      'says nothing of acceptances that are as many as before',
      { rotation: { ...probing, accepted: 7 } },
      { rotation: { ...probing, accepted: 7, attempts: 1 } },
      [],
    ],
    [
      'says that the acceptances count again',
      { rotation: { ...probing, accepted: 7 } },
      { rotation: probing },
      [{ what: 'accepted', times: 0 }],
    ],
    [
      'says who changed the overlap, and why',
      { rotation: overlapping },
      { rotation: { ...overlapping, overlap: { ms: hourMs, by: 'operator-1', reason: 'audit' } } },
      [{ what: 'overlap-changed', seconds: 3_600, by: 'operator-1', reason: 'audit' }],
    ],
    [
      'says who holds the overlap',
      { rotation: overlapping },
      { rotation: { ...overlapping, held: hold } },
      [{ what: 'held', by: 'operator-1', reason: 'release night' }],
    ],
    [
      'says who holds it after somebody else',
      { rotation: { ...overlapping, held: { ...hold, by: 'operator-2', atMs: earlierMs } } },
      { rotation: { ...overlapping, held: hold } },
      [{ what: 'held', by: 'operator-1', reason: 'release night' }],
    ],
    [
      'says nothing of a hold that stands',
      { rotation: { ...overlapping, held: hold } },
      { rotation: { ...overlapping, held: hold, attempts: 1 } },
      [],
    ],
    [
      'says that it was released',
      { rotation: { ...overlapping, held: hold } },
      { rotation: overlapping },
      [{ what: 'released' }],
    ],
    [
      'says nothing of a release if the state was left',
      { rotation: { ...overlapping, held: hold } },
      { rotation: suspendedIn({ ...overlapping, held: hold }) },
      [{ what: 'suspended', reason: 'vault-stale', state: 'overlapping' }],
    ],
    [
      'says which versions were disabled',
      { rotation: { ...confirming, superseded: [versions.key1, versions.key2] } },
      { rotation: { ...confirming, superseded: [versions.key2] } },
      [{ what: 'disabled', versions: [versions.key1] }],
    ],
    [
      'says which call failed, and how often by now',
      { rotation: publishing },
      { rotation: failed },
      [{ what: 'failed', code: 'http-403', attempts: 2 }],
    ],
    ['says nothing of a failure of before', { rotation: failed }, { rotation: { ...failed, attempts: 3 } }, []],
    [
      'says nothing of a key that spreads, and is refused once more',
      { rotation: { ...probing, attempts: 1, lastFailure: { code: 'key-refused', atMs: earlierMs } } },
      { rotation: { ...probing, attempts: 1, lastFailure: { code: 'key-refused', atMs: nowMs } } },
      [],
    ],
    [
      'says that it failed again',
      { rotation: { ...failed, attempts: 1, lastFailure: { ...denied, atMs: earlierMs } } },
      { rotation: failed },
      [{ what: 'failed', code: 'http-403', attempts: 2 }],
    ],
    [
      'says what it waits for',
      { rotation: publishing },
      { rotation: { ...publishing, waiting: 'settling' } },
      [{ what: 'waits', reason: 'settling' }],
    ],
    [
      'says that it waits for something else',
      { rotation: { ...publishing, waiting: 'settling' } },
      { rotation: { ...publishing, waiting: 'keys-stale' } },
      [{ what: 'waits', reason: 'keys-stale' }],
    ],
    [
      'says nothing of a wait that goes on',
      { rotation: { ...publishing, waiting: 'settling' } },
      { rotation: { ...publishing, waiting: 'settling', attempts: 1 } },
      [],
    ],
    [
      'says that another worker took its place, and until when it writes nothing',
      { rotation: publishing },
      { rotation: publishing, inDoubt: { kind: 'takeover', sentAtMs: nowMs }, settleUntilMs: nowMs + 1_000 },
      [{ what: 'worker-replaced', writesNothingUntil: at(nowMs + 1_000) }],
    ],
    [
      'says nothing of a takeover that stands',
      { rotation: publishing, inDoubt: { kind: 'takeover', sentAtMs: nowMs } },
      { rotation: publishing, inDoubt: { kind: 'takeover', sentAtMs: nowMs }, settleUntilMs: nowMs + 1_000 },
      [],
    ],
    [
      'says nothing of a write without an answer, which is an intent',
      { rotation: publishing },
      { rotation: publishing, inDoubt: { kind: 'store', sentAtMs: nowMs }, settleUntilMs: nowMs + 1_000 },
      [],
    ],
    [
      'says why it stands still, and where',
      { rotation: publishing },
      { rotation: suspendedIn(publishing) },
      [{ what: 'suspended', reason: 'vault-stale', state: 'publishing' }],
    ],
    [
      'says that it stands still again',
      { rotation: suspendedIn(publishing, earlierMs) },
      { rotation: suspendedIn(publishing) },
      [{ what: 'suspended', reason: 'vault-stale', state: 'publishing' }],
    ],
    [
      'says nothing of a standstill that goes on',
      { rotation: suspendedIn(publishing) },
      { rotation: suspendedIn(publishing), leakGoneAtMs: nowMs },
      [],
    ],
    [
      'says that it was resumed',
      { rotation: suspendedIn({ ...publishing, stateSinceMs: earlierMs }) },
      { rotation: publishing },
      [
        { what: 'resumed', state: 'publishing' },
        { what: 'entered', state: 'publishing' },
      ],
    ],
    [
      'says how it ended',
      { rotation: confirming },
      { lastEnd: ended },
      [{ what: 'ended', outcome: 'completed', retiredKeyRefused: 'seen' }],
    ],
    [
      'says nothing of an end of before',
      { rotation: confirming },
      { lastEnd: { ...ended, last: { ...confirming, rotationId: 'r0' } } },
      [],
    ],
    [
      'says what an operator asked, with which overlap and risks',
      { rotation: overlapping },
      { rotation: overlapping, operatorRequest: request },
      [
        {
          what: 'asked',
          action: 'expedite',
          by: 'operator-1',
          reason: 'audit',
          overlapSeconds: 3_600,
          confirm: ['leaked-key1'],
        },
      ],
    ],
    [
      'says what an operator asked without either',
      { rotation: suspendedIn(publishing) },
      { rotation: suspendedIn(publishing), operatorRequest: plain },
      [{ what: 'asked', action: 'resume', by: 'operator-1', reason: null }],
    ],
    [
      'says what was asked after another request',
      { rotation: overlapping, operatorRequest: { ...plain, atMs: earlierMs } },
      { rotation: overlapping, operatorRequest: plain },
      [{ what: 'asked', action: 'resume', by: 'operator-1', reason: null }],
    ],
    [
      'says what was asked in the moment in which the rotation ended',
      { rotation: confirming },
      { lastEnd: ended, operatorRequest: plain },
      [
        { what: 'asked', action: 'resume', by: 'operator-1', reason: null },
        { what: 'ended', outcome: 'completed', retiredKeyRefused: 'seen' },
      ],
    ],
    [
      'says nothing of a request that stands',
      { rotation: overlapping, operatorRequest: plain },
      { rotation: overlapping, operatorRequest: plain, wakeSeq: 8 },
      [],
    ],
    [
      'says that a request was refused',
      { rotation: overlapping },
      { rotation: overlapping, requestRefused: { action: 'expedite', reason: 'not-shorter', atMs: nowMs } },
      [{ what: 'request-refused', action: 'expedite', reason: 'not-shorter' }],
    ],
    [
      'says nothing of a refusal of before',
      { rotation: overlapping, requestRefused: { action: 'expedite', reason: 'not-shorter', atMs: nowMs } },
      { rotation: overlapping, requestRefused: { action: 'expedite', reason: 'not-shorter', atMs: nowMs }, wakeSeq: 8 },
      [],
    ],
    [
      'says that a key was reported as leaked while the rotation makes way',
      { rotation: publishing },
      { rotation: publishing, leaks: [leak('key1', 'r2')], leak: pending(leak('key1', 'r2')) },
      [{ what: 'key-leaked', slot: 'key1', by: 'operator-2', reason: 'found in a log' }],
    ],
    [
      'says nothing of a leaked key that was reported before',
      { rotation: publishing, leaks: [leak('key1', 'r2')] },
      { rotation: publishing, leaks: [leak('key1', 'r2')], leak: pending(leak('key1', 'r2')) },
      [],
    ],
    [
      'says nothing of a leaked key in whose place the rotation goes on',
      { rotation: publishing },
      { rotation: publishing, leaks: [leak('key1', 'r2')] },
      [],
    ],
    [
      'says that the key it was to replace is gone',
      { rotation: confirming, leaks: [leak('key1', 'r1')] },
      { rotation: confirming },
      [{ what: 'leaked-key-gone', slot: 'key1', reportedAt: at(earlierMs) }],
    ],
    [
      'says that the key it was to replace is gone while the other slot is leaked still',
      { rotation: confirming, leaks: [leak('key2', 'r0'), leak('key1', 'r1')] },
      { rotation: confirming, leaks: [leak('key2', 'r0')] },
      [{ what: 'leaked-key-gone', slot: 'key1', reportedAt: at(earlierMs) }],
    ],
    [
      'says nothing of a key that is gone and was another rotation’s',
      { rotation: confirming, leaks: [leak('key1', 'r0')] },
      { rotation: confirming },
      [],
    ],
    [
      'says nothing of a key that is gone if it was only reported again',
      { rotation: confirming, leaks: [leak('key1', 'r1')] },
      { rotation: confirming, leaks: [leak('key1', 'r2')] },
      [],
    ],
  ])('%s', (_, before, after, changes) => {
    expect(auditedChanges(...rows(before, after), 'r1')).toEqual(changes);
  });

  it('says of a new rotation what leaked, the whole plan and whose word there is', () => {
    const leaked = { slot: 'key2', overlapMs: 60_000, by: 'operator-2', reason: null, seen: null } as const;
    const rotation = buildState('preparing', { cause: 'leak', leaked, vaultVerifiedAtMs: null });
    const [before, after] = rows(
      {},
      {
        rotation,
        leaks: [leak('key2', 'r1')],
        directSecretName: 'ai-services-key',
        firstRotationConfirmedBy: 'operator-3',
      },
    );
    const plan = {
      ...{ account: after.armId, vault: after.vaultUrl, prefix: after.prefix, instance: 'here' },
      ...{ layout: 'direct', directSecretName: 'ai-services-key', firstRegenerated: 'key2', leakedSlot: 'key2' },
      overlap: { seconds: 7_200, by: 'target', reason: 'policy' },
    };
    expect(auditedChanges(before, after, 'r1')).toEqual([
      { what: 'key-leaked', slot: 'key2', by: 'operator-2', reason: 'found in a log' },
      { what: 'began', cause: 'leak', startedBy: 'operator-1', plan, inactiveKeyConfirmedBy: 'operator-3' },
      { what: 'entered', state: 'preparing' },
    ]);
    const layout = { ...plan, layout: 'pointer', directSecretName: null, leakedSlot: null };
    const scheduled = buildRow({ rotation: buildState('preparing', { vaultVerifiedAtMs: null }) });
    expect(auditedChanges(null, scheduled, 'r1')[0]).toEqual({
      ...{
        what: 'began',
        cause: 'operator',
        startedBy: 'operator-1',
        plan: layout,
        inactiveKeyConfirmedBy: 'operator-1',
      },
    });
  });

  const otherFingerprints = { key1: newFingerprint, key2: newFingerprint };
  const otherVersions = { pointer: 'p7', key1: 'v7', key2: 'v8', direct: 'd7' };

  it.each<[field: string, before: RotationState, after: RotationState, told: object]>([
    ['gateUntilMs', preparing, { ...preparing, gateUntilMs: nowMs + 1 }, { gateUntil: at(nowMs + 1) }],
    [
      'vaultVerifiedAtMs',
      preparing,
      { ...preparing, vaultVerifiedAtMs: nowMs + 1 },
      { vaultVerifiedAt: at(nowMs + 1) },
    ],
    [
      'fingerprintsBefore',
      publishing,
      { ...publishing, fingerprintsBefore: otherFingerprints },
      { fingerprintsBefore: otherFingerprints },
    ],
    ['versionsBefore', publishing, { ...publishing, versionsBefore: otherVersions }, { versionsBefore: otherVersions }],
    [
      'newFingerprint',
      publishing,
      { ...publishing, newFingerprint: fingerprintsBefore.key1 },
      { newFingerprint: fingerprintsBefore.key1 },
    ],
    ['newSecretVersion', probing, { ...probing, newSecretVersion: 'v9' }, { newSecretVersion: 'v9' }],
    ['acceptedSinceMs', probing, { ...probing, acceptedSinceMs: nowMs }, { acceptedSince: at(nowMs) }],
    ['followed', overlapping, { ...overlapping, followed: otherFollowed }, { followed: otherFollowed }],
    ['switchedAtVaultMs', overlapping, { ...overlapping, switchedAtVaultMs: nowMs }, { switchedAtVault: at(nowMs) }],
    ['overlapUntilMs', overlapping, { ...overlapping, overlapUntilMs: nowMs + 1 }, { overlapUntil: at(nowMs + 1) }],
    ['provedAtMs', retiring, { ...retiring, provedAtMs: nowMs + 1 }, { provedAt: at(nowMs + 1) }],
    [
      'newInactiveFingerprint',
      confirming,
      { ...confirming, newInactiveFingerprint: newFingerprint },
      { newInactiveFingerprint: newFingerprint },
    ],
    [
      'newInactiveSecretVersion',
      confirming,
      { ...confirming, newInactiveSecretVersion: 'v9' },
      { newInactiveSecretVersion: 'v9' },
    ],
    ['agreed', confirming, { ...confirming, agreed: true }, { agreed: true }],
    ['refusal', confirming, { ...confirming, refusal: 'seen' }, { refusal: 'seen' }],
    ['giveUpAtMs', confirming, { ...confirming, giveUpAtMs: nowMs }, { giveUpAt: at(nowMs) }],
    ['requestedBy', cancelling, { ...cancelling, requestedBy: 'operator-2' }, { requestedBy: 'operator-2' }],
    ['before', { ...cancelling, before: null }, cancelling, { before: cancelling.before }],
  ])('tells %s once it is known', (_, before, after, told) => {
    expect(auditedChanges(...rows({ rotation: before }, { rotation: after }), 'r1')).toEqual([
      { what: 'learnt', ...told },
    ]);
  });
});

describe('the rotations that a save is about', () => {
  const other = buildState('preparing', { rotationId: 'r2' });

  it.each<[says: string, before: Row | null, after: Row, ids: readonly string[]]>([
    ['are none if there is none', null, {}, []],
    ['are the one in flight, once', { rotation: buildState('probing') }, { rotation: buildState('switching') }, ['r1']],
    [
      'are the one that ended and the one that began',
      { rotation: buildState('confirming') },
      { rotation: other },
      ['r1', 'r2'],
    ],
    ['are the suspended one', null, { rotation: suspendedIn(other) }, ['r2']],
    ['are the one whose leaked key is gone', { leaks: [leak('key1', 'r0')] }, {}, ['r0']],
    ['are not the one whose leaked key was reported now', {}, { leaks: [leak('key1', 'r0')] }, []],
  ])('%s', (_, before, after, ids) => {
    const [was, is] = rows(before ?? {}, after);
    expect(rotationsOf(before === null ? null : was, is)).toEqual(ids);
  });
});
