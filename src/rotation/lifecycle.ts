import { hourMs } from '../shared/time.ts';
import type { SuspendReason } from './reasons.ts';
import type { ActiveState, RotationEnd, StateKind, States } from './state.ts';

/** Where consumers are pointed, and what has become of the key that they used when the rotation began. */
export interface Position {
  /** `either`: our write of the pointer may have left; or it is being moved back, from wherever it stands. */
  readonly consumers: 'old-slot' | 'new-slot' | 'either';
  /** `maybe-invalidated`: our regenerate of the old slot may have left. */
  readonly oldKey: 'valid' | 'maybe-invalidated' | 'invalidated';
}

/** What an operator may ask of a rotation. A leaked key (`leak`) is reported of its target, not of a rotation. */
export const operatorActions = ['cancel', 'roll-back', 'hold', 'release-hold', 'expedite', 'resume'] as const;

export type OperatorAction = (typeof operatorActions)[number];

interface LifecycleRow {
  /** What it does, and what it waits for: docs/rotation.md is made from this table. */
  readonly does: string;
  readonly until: string;
  readonly position: Position;
  /** The position once the write that leads on may have left: from then on nobody asks anything of the rotation. */
  readonly onceSent?: Position;
  /** How long it may take beyond the wait that is its purpose; then it suspends for `overdue`. */
  readonly deadlineMs: number;
  readonly overdue: SuspendReason;
  /** What an operator may ask. Any state may be suspended, and then resumed. */
  readonly may: readonly Exclude<OperatorAction, 'resume'>[];
  /** The states that may come next; another one does not compile, and the explorer refuses it. */
  readonly follows: readonly StateKind[];
  /** How a rotation may end here. One that is suspended may be `replaced` by a leaked key's, wherever it stood. */
  readonly ends: readonly RotationEnd['outcome'][];
}

const before: Position = { consumers: 'old-slot', oldKey: 'valid' };
const between: Position = { consumers: 'either', oldKey: 'valid' };
const after: Position = { consumers: 'new-slot', oldKey: 'valid' };
const replacing: Position = { consumers: 'new-slot', oldKey: 'maybe-invalidated' };
const replaced: Position = { consumers: 'new-slot', oldKey: 'invalidated' };

/** The protocol in its order, one row a state. How a state is decided and carried out says its page in `states/`. */
export const lifecycle = {
  preparing: {
    does: 'the gate: pointer, active key, direct value and copies agree and have stood unchanged for the overlap; vault and copies are proved writable',
    until: 'the gate is open; if the key in use has leaked, `probing` of the other one follows',
    position: before,
    deadlineMs: 24 * hourMs,
    overdue: 'preparing-overdue',
    may: ['cancel'],
    follows: ['regenerating', 'probing', 'cancelling'],
    ends: [],
  },
  regenerating: {
    does: 'the whole gate again, saves the intent, regenerates the inactive key',
    until: 'both keys of the reply, or a look, show the new key',
    position: before,
    deadlineMs: hourMs,
    overdue: 'regenerating-overdue',
    may: ['cancel'],
    follows: ['publishing', 'preparing', 'cancelling'],
    ends: [],
  },
  publishing: {
    does: "stores the new key in the new slot's secret",
    until: 'the vault shows it',
    position: before,
    deadlineMs: 24 * hourMs,
    overdue: 'publishing-overdue',
    may: ['cancel'],
    follows: ['probing', 'cancelling'],
    ends: [],
  },
  probing: {
    does: "calls the account's endpoint with it, 20 times over 40 s by default, each on a fresh connection",
    until: 'all in a row are accepted',
    position: before,
    deadlineMs: 2 * hourMs,
    overdue: 'new-key-not-accepted',
    may: ['cancel'],
    follows: ['switching', 'publishing', 'preparing', 'cancelling'],
    ends: [],
  },
  switching: {
    does: 'direct-value secret first, pointer last',
    until: 'the vault shows the pointer',
    position: before,
    onceSent: between,
    deadlineMs: 24 * hourMs,
    overdue: 'switching-overdue',
    may: ['cancel'],
    follows: ['updating-copies', 'overlapping', 'publishing', 'preparing', 'cancelling'],
    ends: [],
  },
  'updating-copies': {
    does: 'stores the new key in each declared copy, one after another',
    until: 'each shows it, or holds no key; without copies it is left out',
    position: after,
    deadlineMs: 24 * hourMs,
    overdue: 'updating-copies-overdue',
    may: ['roll-back'],
    follows: ['overlapping', 'rolling-back'],
    ends: ['replaced'],
  },
  overlapping: {
    does: 'waits until every cache has expired',
    until: 'the overlap is over, each copy has stood for its cache, and the new key is proved',
    position: after,
    deadlineMs: 24 * hourMs,
    overdue: 'overlapping-overdue',
    may: ['roll-back', 'hold', 'release-hold', 'expedite'],
    follows: ['updating-copies', 'retiring', 'rolling-back'],
    ends: ['replaced'],
  },
  retiring: {
    does: 'same versions, same owner, same copies, proof: then saves the intent and regenerates the old key',
    until: 'both keys of the reply, or a look, show its successor',
    position: after,
    onceSent: replacing,
    deadlineMs: hourMs,
    overdue: 'retiring-overdue',
    may: ['roll-back', 'hold'],
    follows: ['updating-copies', 'restocking', 'overlapping', 'rolling-back'],
    ends: ['replaced'],
  },
  restocking: {
    does: "stores the old key's successor",
    until: 'the vault shows it',
    position: replaced,
    deadlineMs: 24 * hourMs,
    overdue: 'restocking-overdue',
    may: [],
    follows: ['confirming'],
    ends: [],
  },
  confirming: {
    does: 'vault and account agree; the retired key is refused; copies are read twice more; superseded versions are disabled',
    until: 'done, or a day has passed',
    position: replaced,
    deadlineMs: 24 * hourMs,
    overdue: 'confirming-overdue',
    may: [],
    follows: ['restocking'],
    ends: ['completed'],
  },
  'rolling-back': {
    does: 'proves the old key, then direct value and pointer go back',
    until: 'the vault shows them; if the old key is dead, the overlap goes on',
    position: between,
    deadlineMs: hourMs,
    overdue: 'rolling-back-overdue',
    may: [],
    follows: ['updating-copies', 'overlapping'],
    ends: ['rolled-back'],
  },
  cancelling: {
    does: "direct value back after a proof of the old key; the new slot's secret as the account has it, by two looks",
    until: 'the vault shows both',
    position: before,
    deadlineMs: hourMs,
    overdue: 'cancelling-overdue',
    may: [],
    follows: [],
    ends: ['cancelled'],
  },
} as const satisfies { readonly [K in StateKind]: LifecycleRow };

/** The states that may come after `K`, itself among them. */
export type From<K extends StateKind> = States[K] | States[(typeof lifecycle)[K]['follows'][number]];

/** What an operator may ask in `K`. */
export type May<K extends StateKind> = (typeof lifecycle)[K]['may'][number];

/** How a rotation may end in `K`. */
export type EndOf<K extends StateKind> = RotationEnd & { readonly outcome: (typeof lifecycle)[K]['ends'][number] };

/** Where consumers are pointed in `state`, and whether the old key lives. */
export function positionOf(state: ActiveState): Position {
  if (state.kind === 'switching' && state.sent?.what === 'pointer') return lifecycle.switching.onceSent;
  if (state.kind === 'retiring' && state.sent !== null) return lifecycle.retiring.onceSent;
  return lifecycle[state.kind].position;
}
