import type { Risk } from '../../shared/difference.ts';
import { ProblemError } from '../problem.ts';

/** The answer to a request whose plan has risks that nobody took, or that must be put right first: 409 with the plan. */
export function planBlocked(held: {
  readonly open: readonly Risk[];
  /** As the dry run shows it. */
  readonly plan: unknown;
  readonly etag: string;
}): ProblemError {
  const { open, plan, etag } = held;
  const blocked = open.filter(({ level }) => level === 'blocked');
  const names = [...new Set(open.map(({ name }) => name))].join(', ');
  return new ProblemError({
    status: 409,
    reason: blocked.length > 0 ? 'plan-blocked' : 'plan-not-confirmed',
    detail:
      blocked.length > 0
        ? `Something else must be put right first: ${blocked.map(({ text }) => text).join(' ')} Nothing was changed.`
        : `The plan has risks; to take them, name them in confirm, with this ETag in If-Match: ${names}. Nothing was changed.`,
    more: { risks: open, plan },
    headers: { etag },
  });
}
