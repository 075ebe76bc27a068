/** Why a due target is not started yet. */
export const startBlockers = {
  blackout: 'Today is one of its blackout dates.',
  'outside-window': 'It is due, and waits for its next maintenance window.',
  'circuit-breaker-open':
    'Too many scheduled rotations are suspended: the circuit breaker is open, and the schedule starts no more.',
  'canaries-first': 'It is due, and waits until every canary has come through its rotation, for ten days at most.',
  'fleet-busy': 'It is due, and as many rotations are in flight as the settings allow.',
  'subscription-busy':
    'It is due, and its subscription has as many rotations in flight as its share of requests allows.',
  'vault-busy': 'It is due, and its vault stores as many secrets until the next sweep as Azure lets it.',
} as const;

export type StartBlocker = keyof typeof startBlockers;

/** What the sweep makes of a target, one sentence each: the admin API and the runbook show the same. */
export const scheduleReasons = {
  'not-adopted': 'Keyturn has not stored its keys yet.',
  offboarded: 'A person offboarded it: nothing is done for it until somebody adopts it by name.',
  'newer-schema': 'A newer release of Keyturn wrote its journal.',
  suspended: 'Its rotation waits for a person.',
  overdue: "Its rotation's message is late: it is sent again.",
  'leaked-key-look': 'It is time to look whether its leaked key is still valid.',
  'in-flight': 'A rotation is in flight.',
  keyless: 'Its account takes no keys: there is nothing to rotate.',
  'adopted-elsewhere': 'Its settings name another vault, prefix or layout than it was adopted with.',
  'awaiting-first-rotation': 'Its first rotation waits for the confirmation that nobody uses the inactive key.',
  'undone-recently': 'An operator has cancelled or rolled back; the schedule leaves it alone for a day.',
  'not-due': 'Its next rotation is not due yet.',
  blocked: 'It is due, and blocked: its account carries the tag keyturn-pause, or is a target no longer.',
  ...startBlockers,
  'expires-before-next-window': 'A key secret expires before the next window: it starts outside of one.',
  'expires-soon': 'A key secret expires before the interval is over.',
  'leaked-key': 'A leaked key is still valid, and no rotation replaces it.',
  due: 'Its interval is over.',
} as const;

export type ScheduleReason = keyof typeof scheduleReasons;

export const scheduleReasonNames = Object.keys(scheduleReasons) as ScheduleReason[];
