import { expect, it } from 'vitest';
import { type Cause, causeOf } from '../../src/hardening/hardening-refusals.ts';
import type { Failure } from '../../src/shared/failure.ts';

const refused = { kind: 'refused', reason: 'account-access-denied', code: 'AuthorizationFailed' } as const;

it.each<[says: string, failure: Failure, cause: Cause]>([
  [
    'Azure’s code and what the identity lacks, if Azure named it',
    { ...refused, action: 'A/read' },
    { code: 'AuthorizationFailed', action: 'A/read' },
  ],
  ['the code alone, if Azure named nothing', refused, { code: 'AuthorizationFailed' }],
  [
    'the code of what was not applied',
    { kind: 'not-applied', code: 'http-429', retryAfterMs: 5 },
    { code: 'http-429' },
  ],
  ['the code of what nobody knows the outcome of', { kind: 'outcome-unknown', code: 'timeout' }, { code: 'timeout' }],
])('a change keeps of a failure %s', (_, failure, cause) => {
  expect(causeOf(failure)).toEqual(cause);
});
