import type { HttpRequest } from '@azure/functions';
import type { NotConfirmed } from '../app/hardening/hardening-contract.ts';
import type { ChangedMeanwhile, NotNow, Unavailable, UnknownRotation, UnknownTarget } from '../app/refused.ts';
import type { Risk } from '../shared/difference.ts';
import { quoted } from '../shared/field-problem.ts';
import { assertNever } from '../shared/unexpected-error.ts';
import { ProblemError } from './problem.ts';

export type Refusal =
  | NotNow
  | Unavailable
  | UnknownTarget
  | UnknownRotation
  | NotConfirmed
  /** A leaked key would stay valid by the request. */
  | { readonly kind: 'not-confirmed'; readonly risks: readonly Risk[] }
  | ChangedMeanwhile
  | { readonly kind: 'key-reused' };

/**
 * The app's refusal as the problem that ends the request: 409 with the way to the rotation that stands in the way, 503
 * when waiting helps, 502 when Azure refuses for good, 404 for unknown names, 422 for a reused key. 409 with the names to
 * confirm as well, if a leaked key would stay valid by the request, and with the plan, if that has risks that nobody took;
 * 412 with the ETag of the area or document that is, when `If-Match` names one that is no more.
 */
export function refusal(request: HttpRequest, answer: Refusal): ProblemError {
  const { name = '', id = '' } = request.params;
  switch (answer.kind) {
    case 'not-now':
      return notNow(request, answer);
    case 'unavailable': {
      const { reason, detail, retryAfterMs, code, missing, changed } = answer;
      const more = { ...(code === undefined ? {} : { code }), ...missing, changed };
      return new ProblemError({ status: retryAfterMs === null ? 502 : 503, reason, detail, retryAfterMs, more });
    }
    case 'unknown-target': {
      const detail = `There is no target ${quoted(name)}. GET …/targets lists all.`;
      return new ProblemError({ status: 404, reason: 'unknown-target', detail });
    }
    case 'unknown-rotation': {
      const detail = `The target ${quoted(name)} has no rotation ${quoted(id)}.`;
      return new ProblemError({ status: 404, reason: 'unknown-rotation', detail });
    }
    case 'not-confirmed': {
      if ('plan' in answer) return planBlocked(answer);
      const { risks } = answer;
      const texts = risks.map(({ text }) => text).join(' ');
      const names = risks.map((risk) => risk.name).join(', ');
      const detail = `${texts} To have it so all the same, name it in confirm: ${names}. Nothing was changed.`;
      return new ProblemError({ status: 409, reason: 'leaked-key-not-confirmed', detail, more: { risks } });
    }
    case 'changed-meanwhile': {
      const detail =
        'It is no longer as If-Match says: look again, with GET or a dry run, and ask with the new ETag. Nothing was changed.';
      const { kind: reason, etag } = answer;
      return new ProblemError({ status: 412, reason, detail, headers: { etag } });
    }
    case 'key-reused': {
      const detail = 'This Idempotency-Key was sent before with another request. Use a new one; nothing was changed.';
      return new ProblemError({ status: 422, reason: 'idempotency-key-reused', detail });
    }
    default:
      return assertNever(answer);
  }
}

function notNow(request: HttpRequest, answer: NotNow): ProblemError {
  const { reason, detail, rotationId, retryAfterMs, legalIn, changed } = answer;
  const problem = { status: 409, reason, detail, retryAfterMs, legalIn, more: { changed } } as const;
  if (rotationId === null) return new ProblemError(problem);
  const headers = { location: targetPath(request, 'rotations', rotationId) };
  return new ProblemError({ ...problem, rotationId, headers });
}

/** The one answer that was hoped for; any other ends the request. @throws ProblemError as `refusal` says */
export function expected<Hoped extends { readonly kind: string }>(
  request: HttpRequest,
  answer: Hoped | Refusal,
  kind: Hoped['kind'],
): Hoped {
  if (isOf(answer, kind)) return answer;
  throw refusal(request, answer);
}

function isOf<Hoped extends { readonly kind: string }>(answer: Hoped | Refusal, kind: Hoped['kind']): answer is Hoped {
  return answer.kind === kind;
}

/** The answer to a request whose plan has risks that nobody took, or that must be put right first: 409 with the plan. */
function planBlocked({ open, plan, etag }: NotConfirmed): ProblemError {
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

/**
 * The answer to a request that must say which plan or document was seen, and does not: 428 with the ETag of the one that is.
 * @param etag null: none was seen yet
 */
export function unconditional(
  asked: string,
  etag: string | null,
  condition = 'the ETag of the dry run, or *',
): ProblemError {
  const detail = `${asked}: send If-Match with ${condition}.`;
  const headers = etag === null ? {} : { etag };
  return new ProblemError({ status: 428, reason: 'condition-missing', detail, headers });
}

/**
 * Where the request's target is read, or what it has by that name (`rotations`) and id. A path, since a proxy may have
 * changed the host; the prefix is the host's.
 */
export function targetPath(request: HttpRequest, ...parts: readonly [] | readonly [list: string, id: string]): string {
  const { pathname } = new URL(request.url);
  const prefix = pathname.slice(0, pathname.toLowerCase().indexOf('/targets/'));
  const [list, id = ''] = parts;
  const below = list === undefined ? '' : `/${list}/${encodeURIComponent(id)}`;
  return `${prefix}/targets/${encodeURIComponent(request.params.name ?? '')}${below}`;
}
