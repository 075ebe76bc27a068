import type { EnginePorts } from '../../rotation/ports.ts';
import {
  type BlockedBy,
  type FleetFacts,
  type FleetLimits,
  isBreakerOpen,
  type Origin,
} from '../../rotation/schedule/fleet-facts.ts';
import {
  type LookPromise,
  readFleetNotes,
  type SweepSeen,
  saveFleetNotes,
} from '../../rotation/schedule/fleet-notes.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { leastSweepsEveryMs } from './look-share.ts';

/**
 * What the views show, and whether the circuit breaker has just opened or closed. No sweep decides by it, so a lost note is no harm.
 * @param nowMs when the sweep looked, by the storage service's clock
 * @param looks how often targets are looked at if sweeps come so often
 */
export async function noteFleet(
  ports: Pick<EnginePorts, 'pauses' | 'instance' | 'log'>,
  facts: FleetFacts,
  nowMs: number,
  looks: (sweepsEveryMs: number) => LookPromise,
  seen: Omit<SweepSeen, 'looks'>,
): Promise<void> {
  const before = await readFleetNotes(ports).catch(asFailure);
  const sinceMs = before === null || before instanceof FailureError ? 0 : nowMs - before.sweptAtMs;
  const promised = looks(Math.max(leastSweepsEveryMs, sinceMs));
  const saved = await saveFleetNotes(ports, facts, { ...seen, looks: promised }).catch(asFailure);
  if (saved instanceof FailureError || before instanceof FailureError) return;
  const { limits, heldUpBy } = facts;
  const was = before === null ? 'nobody' : openFor(before.heldUpBy, limits);
  const is = openFor(heldUpBy, limits);
  const { failed } = heldUpBy.discovered;
  if (was === is) return;
  ports.log(
    is === 'nobody'
      ? { event: 'circuit-breaker-closed', failed }
      : { event: 'circuit-breaker-open', failed, openFor: is },
  );
}

/** For whom the circuit breaker is open: declared failures open it for everybody, those of discovered targets for these. */
export function openFor(
  { declared, discovered }: Readonly<Record<Origin, BlockedBy>>,
  limits: FleetLimits,
): 'everybody' | 'discovered' | 'nobody' {
  if (isBreakerOpen(declared, limits)) return 'everybody';
  return isBreakerOpen(discovered, limits) ? 'discovered' : 'nobody';
}
