import { secretNames } from '../keys/target.ts';
import type { DecisionContext } from './decision.ts';
import type { Session } from './session.ts';

/** What row and settings say to a decision of this moment. */
export function decisionContext(session: Session, random: number): DecisionContext {
  const { owned, target, instance } = session;
  const { armId, internalId, settleUntilMs, lastSeen, leftovers } = owned.row;
  return {
    nowMs: owned.nowMs(),
    armId,
    internalId,
    instance,
    settleUntilMs,
    lastSeen,
    leftovers,
    policy: target.policy,
    secretNames: secretNames(target),
    random,
  };
}
