import type { HttpRequest } from '@azure/functions';
import type { NotNow, Unavailable, UnknownTarget } from '../app/contract.ts';
import { assertNever } from '../shared/assert-never.ts';
import { quoted } from '../shared/clipped.ts';
import type { Risk } from '../shared/difference.ts';
import { ProblemError } from './problem.ts';
import { rotationPath } from './rotations/rotation-path.ts';

type Refusal =
  | NotNow
  | Unavailable
  | UnknownTarget
  | { readonly kind: 'unknown-rotation' }
  | { readonly kind: 'not-confirmed'; readonly risks: readonly Risk[] }
  | { readonly kind: 'key-reused' };

/**
 * The app's refusal as the problem that ends the request: 409 with the way to the rotation that stands in the way, 503
 * when waiting helps, 502 when Azure refuses for good, 404 for unknown names, 422 for a reused key. 409 with the names to
 * confirm as well, where a leaked key would stay valid by the request.
 */
export function refusal(request: HttpRequest, answer: Refusal): ProblemError {
  const { name = '', id = '' } = request.params;
  switch (answer.kind) {
    case 'not-now':
      return notNow(request, answer);
    case 'unavailable':
      return new ProblemError({
        status: answer.retryAfterMs === null ? 502 : 503,
        reason: answer.reason,
        detail: answer.detail,
        retryAfterMs: answer.retryAfterMs,
        more: {
          ...(answer.code === undefined ? {} : { code: answer.code }),
          ...answer.missing,
          changed: answer.changed,
        },
      });
    case 'unknown-target': {
      const detail = `There is no target ${quoted(name)}. GET …/targets lists all.`;
      return new ProblemError({ status: 404, reason: 'unknown-target', detail });
    }
    case 'unknown-rotation': {
      const detail = `The target ${quoted(name)} has no rotation ${quoted(id)}.`;
      return new ProblemError({ status: 404, reason: 'unknown-rotation', detail });
    }
    case 'not-confirmed': {
      const { risks } = answer;
      const texts = risks.map(({ text }) => text).join(' ');
      const names = risks.map((risk) => risk.name).join(', ');
      const detail = `${texts} To have it so all the same, name it in confirm: ${names}. Nothing was changed.`;
      return new ProblemError({ status: 409, reason: 'leaked-key-not-confirmed', detail, more: { risks } });
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
  const problem = { status: 409, reason, detail: detail, retryAfterMs, legalIn, more: { changed } } as const;
  if (rotationId === null) return new ProblemError(problem);
  const headers = { location: rotationPath(request, rotationId) };
  return new ProblemError({ ...problem, rotationId, headers });
}
