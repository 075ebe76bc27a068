/** What bounds the schedule over all targets. 0 means no bound; for the jitter it means none. */
export interface FleetLimits {
  /** Rotations in flight at one time; suspended ones do not count. */
  readonly maxRunning: number;
  readonly maxRunningPerSubscription: number;
  /** So many suspended rotations open the circuit breaker: the schedule starts no more. */
  readonly stopAfterFailures: number;
  /** Targets that fall due together start spread over this time, each always at the same place in it. */
  readonly startJitterMs: number;
  /** Whether a discovered target's tag `keyturn-canary` makes others wait for it, as that of a declared one does. */
  readonly discoveredCanaries: boolean;
}

export const noFleetLimits: FleetLimits = {
  maxRunning: 0,
  maxRunningPerSubscription: 0,
  stopAfterFailures: 0,
  startJitterMs: 0,
  discoveredCanaries: false,
};
