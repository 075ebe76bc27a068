import { expect, it } from 'vitest';
import { isVaultReached } from '../../../src/app/targets/vault-reached.ts';
import type { Secrets } from '../../../src/keys/ports.ts';
import { secretNames } from '../../../src/keys/target.ts';
import { type Failure, FailureError } from '../../../src/shared/failure.ts';
import { type RefusalReason, refusalReasons } from '../../../src/shared/refusals.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

/** The target's vault, which answers the read of the pointer. */
const target = buildTarget({});
const reached = (answer: () => Promise<Awaited<ReturnType<Secrets['read']>>>) => {
  const unasked = async () => Promise.reject(new TypeError('only the pointer is read'));
  const vault: Secrets = {
    read: async (name) => (name === secretNames(target).pointer ? await answer() : await unasked()),
    readVersion: unasked,
    listVersions: unasked,
    store: unasked,
    disableVersion: unasked,
    deletedTags: unasked,
    recover: unasked,
    setTags: unasked,
  };
  return isVaultReached({ secrets: () => vault }, target);
};
const reachedOn = (failure: Failure) => reached(() => Promise.reject(new FailureError(failure)));

/** What a vault refuses a call with that its network let in. */
const saidInside: readonly RefusalReason[] = [
  'vault-access-denied',
  'vault-in-another-tenant',
  'token-invalid',
  'deny-assignment',
  'vault-policy',
  'vault-read-only',
  'vault-not-found',
  'bad-request',
];

it.each(refusalReasons)('a vault that refuses with %s', async (reason) => {
  expect(await reachedOn({ kind: 'refused', reason, code: 'x' })).toBe(saidInside.includes(reason));
});

it.each<[says: string, reached: () => Promise<boolean>, expected: boolean]>([
  ['was reached', () => reached(async () => ({ secret: { kind: 'absent' }, vaultNowMs: 1 })), true],
  [
    'did not answer and was not',
    () => reachedOn({ kind: 'not-applied', code: 'no-answer', retryAfterMs: null }),
    false,
  ],
  ['answered nobody knows what and was not', () => reachedOn({ kind: 'outcome-unknown', code: 'timeout' }), false],
])('a vault that %s', async (_, reachedNow, expected) => {
  expect(await reachedNow()).toBe(expected);
});
