import * as z from 'zod';
import { consumersHoldMs, copyHoldMs, type Target } from '../../keys/target.ts';
import { type Slot, slots } from '../../shared/slot.ts';
import { iso } from '../../shared/time.ts';
import { group, instantOrNull, list, textOrNull, view } from '../../shared/view-parts.ts';
import type { AccountRow } from '../account-row.ts';
import { rotationIdOf } from '../state.ts';
import { isOfOtherLeak } from './leaked-keys.ts';
import { leakedRoles, leftSinceMs, roleOfSlot } from './role-of-slot.ts';
import { leakedRefuge } from './start-leak-rotation.ts';

/** What the replacement of a leaked key may have to wait for before it begins. */
const replacementWaits = ['pause', 'keys-on'] as const;

/** What replacing a leaked key will do to consumers, as the journal tells it. Instants are ISO 8601 in UTC. */
export const leakPreview = view('What replacing a leaked key will do to consumers.', {
  slot: z.enum(slots),
  role: z
    .enum(leakedRoles)
    .describe(
      '`active`: consumers are pointed at it. `left`: they were led away, or may have been given it lately, and its overlap runs. `inactive`: neither.',
    ),
  effect: z.string(),
  inFlight: textOrNull.describe('The rotation that is preempted, or replaced.'),
  overlapSeconds: z
    .number()
    .nullable()
    .describe('From leading consumers away to the end of the key; null if it ends without one.'),
  heldBy: list(
    group({ cache: z.enum(['pointer', 'key', 'request', 'direct', 'copy']), upToSeconds: z.number() }),
  ).describe('Who may hold the key, and for how long after consumers are led away from it.'),
  waitsFor: z
    .enum(replacementWaits)
    .nullable()
    .describe(
      'What the replacement waits for before it begins: the end of the `pause`, or `keys-on`, since the account takes no keys; null: nothing.',
    ),
  keyEndsAt: instantOrNull.describe(
    'About when the key ends, if nothing delays its replacement; null while that `waitsFor` something.',
  ),
  consumersMayFailUntil: instantOrNull.describe(
    "Until when consumers that keep to the target's caches may fail; null: none of them does, or the replacement `waitsFor` something.",
  ),
});

export type LeakPreview = Readonly<z.infer<typeof leakPreview>>;

/** Beyond the new key's proof: looks, stores and pauses until consumers are led away. An estimate, on the late side. */
const switchAllowanceMs = 2 * 60_000;

const effects = {
  active: 'Consumers move to the other key once it is proved; this one is invalidated after the overlap.',
  left: 'Consumers have left it already, or do so while the rotation in flight is undone; it is invalidated after the overlap.',
  inactive:
    'The key is invalidated at once, however young the pointer is. Consumers that hold it longer than their caches say fail as well.',
  waits:
    'Both keys have leaked: the other one is replaced first, so that nobody moves back to it. If its rotation is suspended, resume that one.',
} as const;

const effectOnCopies = 'A copy that holds it gets the other key, or is left behind if it cannot be written.';

/** Before any of these. */
const waits = {
  pause: 'The whole instance is paused: nothing is done before that ends. Then:',
  'keys-on':
    'The account takes no keys, or is about to take none: the leak is noted, and the key replaced at once when keys are turned on again. Then:',
} as const;

/**
 * @param overlapMs what the operator states, bounded by the policy
 * @param waitsFor what comes before the replacement begins
 */
export function previewLeak(
  row: AccountRow,
  target: Target,
  slot: Slot,
  overlapMs: number,
  nowMs: number,
  waitsFor: LeakPreview['waitsFor'],
): LeakPreview {
  const role = roleOfSlot(row, slot);
  const directMs = consumersHoldMs(target);
  const copiesMs = target.copies.map((copy) => copyHoldMs(copy, target.policy));
  const holdMs = Math.max(directMs, ...copiesMs);
  const { pointerCacheMs, keyCacheMs, longestRequestMs, newKeyProof } = target.policy;
  const leftAtMs = leftSinceMs(row, role) ?? nowMs + newKeyProof.spreadMs + switchAllowanceMs;
  const endsAtMs = role === 'inactive' ? nowMs : Math.max(nowMs, leftAtMs + overlapMs);
  const heldUntilMs = leftAtMs + holdMs;
  const seconds = (ms: number) => ms / 1000;
  const own = isOfOtherLeak(row.rotation, slot) || leakedRefuge(row, slot) !== null ? effects.waits : effects[role];
  const effect = copiesMs.length === 0 ? own : `${own} ${effectOnCopies}`;
  const instant = (ms: number) => (waitsFor === null ? iso(ms) : null);
  return {
    slot,
    role,
    effect: waitsFor === null ? effect : `${waits[waitsFor]} ${effect}`,
    inFlight: row.rotation && rotationIdOf(row.rotation),
    overlapSeconds: role === 'inactive' ? null : seconds(overlapMs),
    heldBy: [
      { cache: 'pointer', upToSeconds: seconds(pointerCacheMs) },
      { cache: 'key', upToSeconds: seconds(keyCacheMs) },
      { cache: 'request', upToSeconds: seconds(longestRequestMs) },
      ...(target.layout.kind === 'direct' ? [{ cache: 'direct', upToSeconds: seconds(directMs) } as const] : []),
      // Of a copy that cannot be written, until somebody does.
      ...copiesMs.map((ms) => ({ cache: 'copy', upToSeconds: seconds(ms) }) as const),
    ],
    waitsFor,
    keyEndsAt: instant(endsAtMs),
    consumersMayFailUntil: heldUntilMs > endsAtMs ? instant(heldUntilMs) : null,
  };
}
