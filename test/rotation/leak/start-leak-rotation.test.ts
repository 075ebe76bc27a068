import { describe, expect, it } from 'vitest';
import type { Target } from '../../../src/keys/target.ts';
import { endedRow } from '../../../src/rotation/history-places.ts';
import { startLeakRotation } from '../../../src/rotation/leak/start-leak-rotation.ts';
import type { ActiveState, SuspendedState } from '../../../src/rotation/state.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';

const direct = { kind: 'direct', directSecretName: 'ai-services-key' } as const;
const leakedKey = { slot: 'key1', overlapMs: 60_000, by: 'operator-2', reason: 'found in a log', seen: null } as const;
const leak = { ...leakedKey, rotationId: 'r2', atMs: nowMs - hourMs };
const versions = { pointer: 'p1', key1: 'v1', key2: 'v2', direct: 'd1' };
const suspended = (from: ActiveState): SuspendedState => ({
  kind: 'suspended',
  reason: 'pointer-moved',
  sinceMs: nowMs - hourMs,
  from,
});
const known = { name: 'ai-services-key2', version: 'v0' };

/** What begins at an account whose key1 has leaked while a rotation that stood in `from` is suspended. */
function begun(from: ActiveState, layout: Target['layout'] = direct) {
  const row = buildRow({
    leak,
    lastSeen: { pointer: 'key1', versions, sinceMs: nowMs - 24 * hourMs },
    superseded: [known],
    rotation: suspended(from),
  });
  return startLeakRotation(row, buildTarget({ layout }), () => 'another', nowMs);
}

describe('a leaked key that is replaced in place of a suspended rotation', () => {
  it.each<[string, ActiveState, readonly object[]]>([
    [
      'the versions that it replaced, and those that were left to it',
      buildState('overlapping', { versionsBefore: versions }),
      [
        known,
        { name: 'ai-services-key1', version: 'v1' },
        { name: 'ai-services-key2', version: 'v2' },
        { name: 'ai-services-key', version: 'd1' },
      ],
    ],
    [
      'the versions that it replaced, if there was no direct value',
      buildState('confirming', { versionsBefore: { ...versions, direct: null } }),
      [known, { name: 'ai-services-key1', version: 'v1' }, { name: 'ai-services-key2', version: 'v2' }],
    ],
    ['those that were left to it, if it had replaced none', buildState('preparing'), [known]],
  ])('takes on %s', (_, from, superseded) => {
    const first = buildState('preparing', {
      ...{ rotationId: 'r2', cause: 'leak', startedBy: 'operator-2', startedAtMs: nowMs, salt: 'another' },
      ...{ leaked: leakedKey, vaultVerifiedAtMs: null, deadlineMs: nowMs + 26 * hourMs },
    });
    const end = { outcome: 'replaced', endedAtMs: nowMs, refusal: null, last: from } as const;
    expect(begun(from)).toEqual({
      row: { rotation: first, leak: null, lastEnd: end, superseded },
      history: [endedRow(end)],
    });
  });

  it('takes on no version of a direct value that the target has no more', () => {
    const from = buildState('overlapping', { versionsBefore: versions });
    expect(begun(from, { kind: 'pointer' })?.row.superseded).toEqual([
      known,
      { name: 'ai-services-key1', version: 'v1' },
      { name: 'ai-services-key2', version: 'v2' },
    ]);
  });
});
