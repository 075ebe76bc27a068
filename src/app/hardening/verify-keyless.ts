import { LeaseLost } from '../../durable/lease-fence.ts';
import { leaseHardening } from '../../hardening/lease-hardening.ts';
import { kindNotProbeable, tokenCall } from '../../keys/account-probe.ts';
import { mayCallEndpoint, notCalledCode } from '../../keys/endpoint-calls.ts';
import type { TokenAnswer } from '../../keys/ports.ts';
import type { Target } from '../../keys/target.ts';
import { missingPermission, viewLacked, withMissing } from '../../shared/missing-permission.ts';
import { assertNever } from '../../shared/unexpected-error.ts';
import type { AccessParts } from './change-access.ts';
import { keylessPlace, readKeyless } from './change-keyless.ts';
import type { VerifyAnswer } from './hardening-contract.ts';

/**
 * Calls the account once with the token of Keyturn's own identity, and notes what came of it. Calls nothing and notes
 * nothing if the target's settings keep Keyturn off the endpoint.
 * @throws FailureError when the account cannot be read
 */
export async function verifyKeyless(parts: AccessParts, target: Target): Promise<VerifyAnswer> {
  const { localAuth, tokenProbe } = parts.hardening;
  const facts = await localAuth.read(target.account);
  const answer: TokenAnswer =
    facts.customSubdomain === null ? { kind: 'no-custom-subdomain' } : await tokenProbe.call(facts);
  if (mayCallEndpoint(target)) await note(parts, target, answer);
  const missing = missingPermission(answer.kind === 'denied' ? answer.action : null);
  return {
    kind: 'verified',
    view: {
      target: target.name,
      accepted: answer.kind === 'accepted',
      method: tokenCall(facts)?.name ?? null,
      code: codeOf(answer),
      detail: sentence(answer),
      ...viewLacked(missing),
    },
  };
}

/** While a change is under way its own proof counts, and nothing is noted. */
async function note(parts: AccessParts, target: Target, answer: TokenAnswer): Promise<void> {
  if ((await readKeyless(parts, target)).change !== null) return;
  const { hardening, clock, newId } = parts;
  const hold = await leaseHardening({ ...hardening, clock, newId }, keylessPlace(target.account), null);
  if (hold.kind !== 'held') return;
  const { held } = hold;
  const { state } = held.row;
  const verified = { atMs: held.nowMs(), accepted: answer.kind === 'accepted', code: codeOf(answer) };
  try {
    await held.giveBack({ state: { ...state, verified } });
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  }
}

function codeOf(answer: TokenAnswer): string {
  return answer.kind === 'unknown' ? answer.code : answer.kind;
}

function sentence(answer: TokenAnswer): string {
  switch (answer.kind) {
    case 'accepted':
      return "The account accepted a call with the token of Keyturn's identity, without any key.";
    case 'denied':
      return withMissing(
        "Keyturn's identity has no role with the data action, or it has not spread yet (up to ten minutes): PUT …/access grants one.",
        missingPermission(answer.action),
      );
    case 'no-custom-subdomain':
      return 'The account has no custom subdomain, and takes no tokens without one. Once set it can never be changed.';
    case 'network-denied':
      return "The account's network rules keep Keyturn out.";
    case 'unknown':
      if (answer.code === notCalledCode)
        return "The target's settings (probe: control-plane-only) keep Keyturn off the account's endpoint: nothing was called.";
      if (answer.code === kindNotProbeable)
        return 'No call is known that proves a token of this kind of account at its endpoint: nothing was called.';
      return 'The account gave no clear answer on the token.';
    default:
      return assertNever(answer);
  }
}
