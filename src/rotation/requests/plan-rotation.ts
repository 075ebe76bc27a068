import * as z from 'zod';
import { type Copy, type CopyFact, placeOf } from '../../keys/copies/copy.ts';
import { copyCalls } from '../../keys/copies/copy-kinds.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { copyHoldMs, type Target } from '../../keys/target.ts';
import { otherSlot, type Slot, slots } from '../../shared/slot.ts';
import { iso } from '../../shared/time.ts';
import { instant, instantOrNull, list, view } from '../../shared/view-parts.ts';
import type { Decision } from '../decision.ts';
import { copyLooksAfterMs, vaultRoundingMs } from '../numbers.ts';
import { inactiveKeyReadersView } from '../readers/readers-view.ts';
import { type SuspendReason, sentenceFor, type WaitReason } from '../reasons.ts';

const why = z.object({ reason: z.string().describe('From the closed list in the runbook.'), detail: z.string() });

/** What one phase asks of Azure when nothing goes wrong. */
const calls = z
  .object({
    resourceManager: z.number(),
    vaultReads: z.number(),
    vaultWrites: z.number(),
    endpoint: z.number().describe("Calls of the account's own endpoint with a key."),
  })
  .describe('Calls of a rotation that meets no failure and no wait.');

/** What a rotation would do, when, and what keeps it from beginning. Instants are ISO 8601 in UTC. */
export const rotationPlan = view('What a rotation would do, when, and what keeps it from beginning.', {
  target: z.string(),
  newSlot: z.enum(slots).nullable().describe('Whose key is regenerated first, and used from the switch on.'),
  oldSlot: z.enum(slots).nullable().describe('Whose key consumers use now; it is regenerated after the overlap.'),
  blockedBy: list(why).describe('What keeps it from beginning or would suspend it; empty: nothing does.'),
  waitsFor: why.extend({ until: instant }).nullable().describe('What it would wait for first; null: nothing.'),
  phases: list(
    z.object({
      state: z.string(),
      does: z.string(),
      from: instant.describe('About when, if nothing delays it.'),
      calls,
    }),
  ).describe('In their order; empty if it is blocked.'),
  copies: list(
    z.object({
      name: z.string(),
      kind: z.string(),
      place: z.string().describe('Where it lies, such as `https://kv-web.vault.azure.net/secrets/ai-key`.'),
      holds: z
        .enum(['active-key', 'inactive-key', 'another-value', 'outdated', 'nothing', 'unreadable'])
        .describe(
          'What it holds now. One that holds the inactive key, or may hold any key of before (outdated), is given the active one first.',
        ),
      waitsSeconds: z.number().describe('How long it has stood when a key that it held before is regenerated.'),
    }),
  ).describe('Declared copies of the key.'),
  inactiveKeyReaders: inactiveKeyReadersView
    .nullable()
    .describe(
      "Who reads the key that is regenerated first, by the vault's audit log; null without KEYTURN_AUDIT_WORKSPACE, or if the vault does not tell the slot.",
    ),
  endsAt: instantOrNull.describe('About when, if the retired key is refused at once; null if it is blocked.'),
});

export type RotationPlan = Readonly<z.infer<typeof rotationPlan>>;

type Counts = readonly [resourceManager: number, vaultReads: number, vaultWrites: number, endpoint: number];

/** Per phase, as a rotation that meets no failure makes them; with `probe` calls as the policy asks for them. */
const phases: readonly {
  readonly state: string;
  readonly does: string;
  readonly pointer: Counts;
  /** Left out: as in the other layout. */
  readonly direct?: Counts;
}[] = [
  {
    state: 'preparing',
    does: 'Compares vault and account, and proves that the vault can be written.',
    pointer: [2, 4, 1, 0],
    direct: [2, 5, 1, 0],
  },
  { state: 'regenerating', does: 'Regenerates the inactive key.', pointer: [1, 0, 0, 0] },
  { state: 'publishing', does: 'Stores the new key.', pointer: [0, 0, 1, 0] },
  { state: 'probing', does: 'Proves that the new key is accepted.', pointer: [0, 0, 0, 0] },
  { state: 'switching', does: 'Leads consumers to the new key.', pointer: [0, 2, 1, 0], direct: [0, 4, 2, 0] },
  {
    state: 'updating-copies',
    does: 'Stores the new key in each declared copy, one after another.',
    pointer: [0, 0, 0, 0],
  },
  {
    state: 'overlapping',
    does: 'Waits until every cache has expired, then proves the new key again.',
    pointer: [2, 3, 0, 4],
    direct: [2, 4, 0, 4],
  },
  { state: 'retiring', does: 'Regenerates the old key.', pointer: [1, 0, 0, 2] },
  { state: 'restocking', does: "Stores the old slot's new key.", pointer: [0, 1, 1, 0] },
  {
    state: 'confirming',
    does: 'Sees the retired key refused, and disables superseded versions.',
    pointer: [0, 0, 2, 1],
    direct: [0, 1, 3, 1],
  },
];

/** A phase of a few calls: five seconds, on the late side of what a healthy Azure takes. */
const shortPhaseMs = 5_000;

/** Phases that take longer than their calls, milliseconds. */
function phaseMs(state: string, { policy, copies }: Target): number {
  if (state === 'probing') return policy.probe === 'data-plane' ? policy.newKeyProof.spreadMs + shortPhaseMs : 0;
  const copiesMs = copies.map((copy) => copyHoldMs(copy, policy));
  if (state === 'overlapping') return Math.max(policy.overlapMs + vaultRoundingMs, ...copiesMs);
  const looksMs = copies.length > 0 ? Math.max(...copyLooksAfterMs) : 0;
  return shortPhaseMs + (state === 'confirming' ? looksMs : 0);
}

/**
 * The plan of a rotation that begins now.
 * @param first what the decision for its first state is by what vault and account show now
 * @param blockedBy what keeps it from starting at all
 * @param newSlot null: the vault does not tell
 */
export function planRotation(
  target: Target,
  first: Decision | null,
  blockedBy: RotationPlan['blockedBy'],
  newSlot: Slot | null,
  nowMs: number,
  copies: RotationPlan['copies'] = [],
): RotationPlan {
  const stops = first?.kind === 'suspend' ? [because(first.reason)] : [];
  const blocks = [...blockedBy, ...stops];
  const wait = first === null ? null : waitOf(first, target);
  const named = {
    target: target.name,
    newSlot,
    oldSlot: newSlot && otherSlot(newSlot),
    blockedBy: blocks,
    inactiveKeyReaders: null,
    waitsFor: wait && { ...wait.why, until: iso(nowMs + wait.forMs) },
  };
  if (blocks.length > 0) return { ...named, phases: [], copies, endsAt: null };
  let fromMs = nowMs;
  const passed = phases.filter(({ state }) => state !== 'updating-copies' || target.copies.length > 0);
  const planned = passed.map(({ state, does, pointer, direct = pointer }) => {
    const from = iso(fromMs);
    fromMs += phaseMs(state, target) + (state === 'preparing' ? (wait?.forMs ?? 0) : 0);
    return { state, does, from, calls: viewCalls(state, { pointer, direct }[target.layout.kind], target) };
  });
  return { ...named, phases: planned, copies, endsAt: iso(fromMs) };
}

/** One copy as a plan shows it. @param active the slot that consumers use; null: the vault does not tell */
export function viewCopy(
  copy: Copy,
  fact: CopyFact | undefined,
  keys: KeyFingerprints | null,
  active: Slot | null,
  policy: Target['policy'],
): RotationPlan['copies'][number] {
  const { name, kind } = copy;
  return {
    name,
    kind,
    place: placeOf(copy),
    holds: heldBy(fact, keys, active),
    waitsSeconds: copyHoldMs(copy, policy) / 1000,
  };
}

function heldBy(
  fact: CopyFact | undefined,
  keys: KeyFingerprints | null,
  active: Slot | null,
): RotationPlan['copies'][number]['holds'] {
  if (fact?.kind === 'absent') return 'nothing';
  if (fact?.kind === 'outdated') return 'outdated';
  if (fact?.kind !== 'stored' || keys === null || active === null) return 'unreadable';
  if (fact.fingerprint === keys[active]) return 'active-key';
  return fact.fingerprint === keys[otherSlot(active)] ? 'inactive-key' : 'another-value';
}

function because(reason: WaitReason | SuspendReason): z.infer<typeof why> {
  return { reason, detail: sentenceFor(reason) };
}

function waitOf(first: Decision, { policy, copies }: Target) {
  // A copy of the inactive key is given the active one first, and its readers have their time.
  if (first.kind === 'step' && first.step.kind === 'write-copy') {
    const { copy: written } = first.step;
    const holdsMs = copies.filter(({ name }) => name === written).map((copy) => copyHoldMs(copy, policy));
    return { why: because('copies-not-expired'), forMs: Math.max(0, ...holdsMs) };
  }
  if (first.kind === 'wait' && first.forMs > 0) return { why: because(first.reason), forMs: first.forMs };
  // What consumers read is not as it was last seen: its age restarts.
  return first.kind === 'note' ? { why: because('caches-not-expired'), forMs: policy.overlapMs } : null;
}

/** What a phase does with each copy, and how often. */
const ofEachCopy: Readonly<Record<string, Partial<Record<'read' | 'proof' | 'write', number>>>> = {
  preparing: { read: 1, proof: 1 },
  'updating-copies': { read: 2, write: 1 },
  overlapping: { read: 1 },
  confirming: { read: copyLooksAfterMs.length },
};

/** What copies make it read of the target's own secrets: the pointer before each is written; and all of them at the end, an hour later. */
function readsForCopies(state: string, { copies, layout }: Target): number {
  if (state === 'updating-copies') return copies.length;
  if (state !== 'confirming' || copies.length === 0) return 0;
  return { pointer: 4, direct: 5 }[layout.kind];
}

function viewCalls(state: string, [resourceManager, reads, writes, counted]: Counts, target: Target) {
  const { policy, copies } = target;
  const { read = 0, proof = 0, write = 0 } = ofEachCopy[state] ?? {};
  const ofCopies = (what: 'resourceManager' | 'vaultReads' | 'vaultWrites') =>
    copies
      .map(({ kind }) => copyCalls[kind])
      .reduce((sum, calls) => sum + read * calls.read[what] + proof * calls.proof[what] + write * calls.write[what], 0);
  const proofs = state === 'probing' ? policy.newKeyProof.acceptances : counted;
  const endpoint = policy.probe === 'data-plane' ? proofs : 0;
  return {
    resourceManager: resourceManager + ofCopies('resourceManager'),
    vaultReads: reads + readsForCopies(state, target) + ofCopies('vaultReads'),
    vaultWrites: writes + ofCopies('vaultWrites'),
    endpoint,
  };
}
