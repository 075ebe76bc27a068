import type { Clock } from '../shared/clock.ts';
import type { SecretText } from '../shared/secret-text.ts';
import type { KeyProbe, ProbeAnswer, ProbedAccount } from './ports.ts';

export interface ProofRules {
  /** Acceptances in a row. */
  readonly acceptances: number;
  /** From the first acceptance to the last, milliseconds, so that the calls meet several gateway nodes over some time. */
  readonly spreadMs: number;
  /** Each call begins in its turn, whether the one before was answered or not: for a proof that must not take long. */
  readonly overlapping?: boolean;
}

/**
 * Calls the account's endpoint with `key` up to `rules.acceptances` times, evenly spread, and stops at the first call
 * that is not an acceptance.
 * @returns how it ended, and how many acceptances in a row there were before that
 */
export async function proveKey(
  probe: KeyProbe,
  clock: Clock,
  account: ProbedAccount,
  key: SecretText,
  rules: ProofRules,
): Promise<{ readonly answer: ProbeAnswer; readonly accepted: number }> {
  const pauseMs = rules.acceptances > 1 ? rules.spreadMs / (rules.acceptances - 1) : 0;
  if (rules.overlapping === true) {
    const calls: Promise<ProbeAnswer>[] = [];
    let isOver = false;
    for (let call = 0; call < rules.acceptances; call += 1) {
      if (call > 0 && pauseMs > 0) await clock.sleep(pauseMs);
      if (isOver) break;
      calls.push(
        probe.call(account, key).then((answer) => {
          isOver ||= answer.kind !== 'accepted';
          return answer;
        }),
      );
    }
    const answers = await Promise.all(calls);
    const at = answers.findIndex(({ kind }) => kind !== 'accepted');
    return { answer: answers[at] ?? { kind: 'accepted' }, accepted: at === -1 ? answers.length : at };
  }
  for (let accepted = 0; accepted < rules.acceptances; accepted += 1) {
    if (accepted > 0 && pauseMs > 0) await clock.sleep(pauseMs);
    const answer = await probe.call(account, key);
    if (answer.kind !== 'accepted') return { answer, accepted };
  }
  return { answer: { kind: 'accepted' }, accepted: rules.acceptances };
}
