import { LeaseLost } from '../../durable/lease-fence.ts';
import { runUntilIdle } from '../../durable/run-until-idle.ts';
import { sendWakeUp } from '../../durable/send-wake-up.ts';
import type { AccessState } from '../../hardening/access/access-state.ts';
import type { KeylessState } from '../../hardening/keyless/keyless-state.ts';
import {
  type HardeningPlace,
  type Hold,
  type LeasedHardening,
  leaseHardening,
} from '../../hardening/lease-hardening.ts';
import type { HardeningArea } from '../../hardening/ports.ts';
import { type HardeningWork, runHardeningChange } from '../../hardening/run-hardening.ts';
import type { Target } from '../../keys/target.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { entityTag } from '../../shared/entity-tag.ts';
import { notNow } from '../answers.ts';
import type { NotNow } from '../refused.ts';
import type { HardeningPorts } from './hardening-ports.ts';

/** How long one invocation works at a change: below any answer's time limit, and within the lease's renewals. */
const hardeningBudgetMs = 20_000;

/**
 * Works at a change under its lease and asks to be woken if something is to be waited for.
 * @param looksInDoubt as `runHardeningChange` has it
 * @throws FailureError when the row cannot be saved
 */
export async function runHardening<State>(
  ports: Pick<EnginePorts, 'clock' | 'wakeUps' | 'log'>,
  target: Target,
  area: HardeningArea,
  held: LeasedHardening<State>,
  work: HardeningWork<State>,
  {
    budgetMs = hardeningBudgetMs,
    looksInDoubt = false,
  }: { readonly budgetMs?: number; readonly looksInDoubt?: boolean } = {},
): Promise<void> {
  try {
    await runUntilIdle(
      held,
      () => runHardeningChange(held, ports.clock, work, budgetMs, looksInDoubt),
      (wakeSeq, delayMs) => wakeHardening(ports, target, area, wakeSeq, delayMs),
    );
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    ports.log({ event: 'lease-lost', target: target.name });
  }
}

/**
 * An area's row under this invocation's lease: what is begun under it goes on if it does not end here.
 * @param wakeSeq of the message that has come; null: it is a request
 * @throws FailureError
 */
export function holdArea<State>(
  parts: Pick<EnginePorts, 'clock' | 'newId' | 'wakeUps' | 'log'> & {
    readonly hardening: Pick<HardeningPorts, 'hardeningRows'>;
  },
  target: Target,
  place: HardeningPlace<State>,
  wakeSeq: number | null,
): Promise<Hold<State>> {
  const { hardening, clock, newId } = parts;
  const comeBack = (seq: number, delayMs: number) => wakeHardening(parts, target, place.area, seq, delayMs);
  return leaseHardening({ hardeningRows: hardening.hardeningRows, clock, newId }, place, { wakeSeq, comeBack });
}

/** Logs the end of the change that was under way when this invocation began, if it has come. */
export function logEnd(
  { log }: Pick<EnginePorts, 'log'>,
  { name }: Target,
  area: 'access' | 'keyless',
  before: unknown,
  { change, last }: AccessState | KeylessState,
): void {
  if (before === null || change !== null || last === null) return;
  const { outcome, reason, code } = last;
  log({ event: 'hardening-change-ended', target: name, area, outcome, reason, code });
}

/** A message that cannot be sent is not lost work: the row says when it is due, and the sweep finds what is overdue. */
export function wakeHardening(
  ports: Pick<EnginePorts, 'wakeUps' | 'log'>,
  { name: target }: Target,
  area: HardeningArea,
  wakeSeq: number,
  delayMs: number,
): Promise<void> {
  return sendWakeUp(ports, { target, wakeSeq, area }, delayMs);
}

/**
 * What a hold on an area's row gives to the one who planned by `before`: the row under the lease, or why the plan is void.
 * Of a row that says otherwise by now nothing is changed, and its own change goes on.
 * @throws LeaseLost, FailureError
 */
export async function holdUnlessChanged<State extends { readonly change: unknown }>(
  hold: Hold<State>,
  before: State,
): Promise<{ readonly kind: 'held'; readonly held: LeasedHardening<State> } | NotNow> {
  if (hold.kind !== 'held') return notNow('hardening-change-running', null, hold.kind === 'busy' ? hold.forMs : null);
  const { held } = hold;
  const { state } = held.row;
  // Somebody else's change began, or ended, between the look and the lease.
  if (state.change === null && entityTag(state) === entityTag(before)) return hold;
  await held.giveBack({});
  return notNow('lost-race');
}
