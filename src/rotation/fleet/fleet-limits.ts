/** What bounds the schedule over all targets. 0 means no bound, but for the jitter, where it means none. */
export interface FleetLimits {
  /** Rotations in flight at one time; suspended ones do not count. */
  readonly maxRunning: number;
  readonly maxRunningPerSubscription: number;
  /** So many suspended rotations stop the line: the schedule starts no more. */
  readonly stopAfterFailures: number;
  /** Targets that fall due together start spread over this time, each always at the same place in it. */
  readonly startJitterMs: number;
}

export const noFleetLimits: FleetLimits = {
  maxRunning: 0,
  maxRunningPerSubscription: 0,
  stopAfterFailures: 0,
  startJitterMs: 0,
};
