import type { AuditEntry, RotationView } from '../api/views.ts';

/** The phases of a rotation in their order, in a person's words. */
const phases = [
  ['preparing', 'Waits until nobody can still hold the inactive key.'],
  ['regenerating', 'Makes a new key in the inactive slot. Nobody uses it yet.'],
  ['publishing', 'Stores the new key in the vault, and reads it back.'],
  ['probing', 'Calls the account until every gateway accepts the new key.'],
  ['switching', 'Moves the pointer. Consumers follow as their caches expire.'],
  ['updating-copies', 'Stores the new key in each declared copy.'],
  ['overlapping', 'Keeps the old key valid until every cache has expired.'],
  ['retiring', 'Proves the new key once more, then replaces the old one.'],
  ['restocking', 'Stores the key that replaced the old one.'],
  ['confirming', 'Sees the old key refused, and disables its versions.'],
] as const;

/** Ways back: shown after the phases that were reached. */
const waysBack: Readonly<Record<string, string>> = {
  'rolling-back': 'Leads consumers back to the old key.',
  cancelling: 'Undoes what was begun. Consumers stay with the key they have.',
};

export interface PhaseSeen {
  readonly name: string;
  readonly says: string;
  /** `skipped`: the rotation went on without it. */
  readonly stands: 'passed' | 'now' | 'stopped' | 'to-come' | 'skipped';
  readonly startedAtMs: number | null;
  /** Milliseconds in it, all its turns together; null while it has none. */
  readonly tookMs: number | null;
}

type Shown = Pick<RotationView, 'state' | 'suspendedIn' | 'stateSince' | 'endedAt' | 'startedAt'>;

/**
 * What became of each phase.
 * @param entries the audit trail; without it only the present phase has a time
 */
export function phasesSeen(rotation: Shown, entries: readonly AuditEntry[], nowMs: number): readonly PhaseSeen[] {
  const turns = turnsOf(rotation, entries);
  const isOver = rotation.endedAt !== null;
  const now = isOver ? null : (rotation.suspendedIn ?? rotation.state);
  const wayBack = now !== null && now in waysBack ? now : turns.findLast(({ name }) => name in waysBack)?.name;
  const order = phases.map(([name]) => name as string);
  const isUndone = rotation.state === 'rolled-back' || rotation.state === 'cancelled' || wayBack !== undefined;
  const reached = Math.max(...turns.map(({ name }) => order.indexOf(name)), now === null ? -1 : order.indexOf(now));
  const seen = (name: string, says: string): PhaseSeen => {
    const own = turns.filter((turn) => turn.name === name);
    const tookMs = own.reduce((sum, { fromMs, toMs }) => sum + (toMs ?? nowMs) - fromMs, 0);
    const at = order.indexOf(name);
    const isNow = name === now;
    const isKnown = own.length > 0 || turns.length <= 1;
    const isPassed = own.length > 0 || at < reached || rotation.state === 'completed';
    return {
      ...{ name, says },
      stands: isNow
        ? rotation.suspendedIn === null
          ? 'now'
          : 'stopped'
        : !isPassed
          ? 'to-come'
          : isKnown
            ? 'passed'
            : 'skipped',
      startedAtMs: own[0]?.fromMs ?? null,
      tookMs: own.length === 0 ? null : Math.max(0, tookMs),
    };
  };
  const onTheWay = phases
    .map(([name, says]) => seen(name, says))
    // A rotation without copies never enters their phase, and what was undone goes no further.
    .filter(({ name, stands }) => !(name === 'updating-copies' && (stands === 'to-come' || stands === 'skipped')))
    .filter(({ stands }) => !(isUndone && (stands === 'to-come' || stands === 'skipped')));
  return wayBack === undefined ? onTheWay : [...onTheWay, seen(wayBack, waysBack[wayBack] ?? '')];
}

interface Turn {
  readonly name: string;
  readonly fromMs: number;
  /** Null: it lasts. */
  readonly toMs: number | null;
}

/** When which phase was entered and left, as the audit trail tells. */
function turnsOf(rotation: Shown, entries: readonly AuditEntry[]): readonly Turn[] {
  const entered = entries.flatMap(({ at, changes }) =>
    changes.flatMap((change) =>
      change.what === 'entered' && typeof change.state === 'string'
        ? [{ name: change.state, fromMs: Date.parse(at) }]
        : [],
    ),
  );
  const present = { name: rotation.state, fromMs: Date.parse(rotation.stateSince) };
  const known =
    entered.length === 0 && rotation.endedAt === null && rotation.suspendedIn === null ? [present] : entered;
  const endMs = rotation.endedAt === null ? null : Date.parse(rotation.endedAt);
  return known.map((turn, index) => ({ ...turn, toMs: known[index + 1]?.fromMs ?? endMs }));
}
