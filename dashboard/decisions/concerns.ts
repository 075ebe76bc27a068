import type { ListedTarget } from '../api/views.ts';
import { type AskName, asksFor } from './offers.ts';

/** Why a target waits for a person: the gravest matter, with what is done about it. */
export interface Concern {
  /** 1: consumers fail or a key is out. 2: something stands still. 3: something is to be begun. */
  readonly rank: 1 | 2 | 3;
  /** The word of the runbook. */
  readonly reason: string;
  readonly detail: string;
  readonly whatToDo: string | null;
  /** Null: it is not known. */
  readonly since: string | null;
  /** What helps, first what helps most; the page shows a button for each. */
  readonly asks: readonly AskName[];
}

/** Findings that mean that consumers fail now. */
const consumersFail = ['pointer-to-dead-key', 'active-key-refused', 'pointer-missing', 'pointer-disabled'];

/** Null: nothing waits for a person. */
export function concernOf(target: ListedTarget): Concern | null {
  if (!target.needsPerson) return null;
  const { leakedKeys, rotation, drift, overdue, whatToDo, detail, state } = target;
  const asks = asksFor(target);
  const [leak] = leakedKeys;
  if (leak !== undefined) return { rank: 1, reason: 'leaked', detail, whatToDo, since: leak.reportedAt, asks };
  if (target.blockedRevert !== null) {
    const { area, reason, code, since, whatToDo: advice, ...revert } = target.blockedRevert;
    const says = `A change of ${area} is to be undone, and Azure refuses that (${code}): consumers may be shut out. ${revert.detail}`;
    return { rank: 1, reason, detail: says, whatToDo: advice, since, asks };
  }
  if (rotation?.state === 'suspended') {
    const failing = drift.some(({ reason }) => consumersFail.includes(reason));
    const reason = rotation.reason ?? state;
    return {
      rank: failing ? 1 : 2,
      reason,
      detail: rotation.detail ?? detail,
      whatToDo,
      since: rotation.stateSince,
      asks,
    };
  }
  const worst = drift.find(({ reason }) => consumersFail.includes(reason)) ?? drift[0];
  if (worst !== undefined) {
    const rank = consumersFail.includes(worst.reason) ? 1 : 2;
    return { rank, reason: worst.reason, detail: worst.detail, whatToDo: worst.whatToDo, since: worst.since, asks };
  }
  if (overdue) {
    const since = rotation?.stateSince ?? target.nextDueAt;
    return { rank: 2, reason: 'overdue', detail: overdueText(target), whatToDo: overdueAdvice, since, asks };
  }
  return { rank: state === 'newer-schema' ? 2 : 3, reason: state, detail, whatToDo, since: null, asks };
}

const overdueAdvice = 'Diagnose the target: it tests what usually goes wrong, and proposes the fix.';

function overdueText({ rotation, detail, schedule }: ListedTarget): string {
  return rotation === null
    ? `No rotation was completed, though one was due long before. ${schedule?.detail ?? ''}`.trim()
    : `The rotation in flight makes no progress. ${rotation.detail ?? detail}`;
}

/** The gravest first, and of one rank the oldest. */
export function byGravity(one: Concern, other: Concern): number {
  const sinceOf = ({ since }: Concern) => (since === null ? Number.POSITIVE_INFINITY : Date.parse(since));
  return one.rank - other.rank || (sinceOf(one) < sinceOf(other) ? -1 : 1);
}
