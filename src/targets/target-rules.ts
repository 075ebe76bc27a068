import ms from 'ms';
import { copyHoldMs, directHoldMs, pointerHoldMs, type Target } from '../keys/target.ts';
import { type FieldProblem, found } from '../shared/field-problem.ts';
import { isEverOpen } from '../shared/start-calendar.ts';
import { dayMs, hourMs } from '../shared/time.ts';
import type { DeclaredTarget } from './target-schema.ts';

/** Key Vault announces an expiry 30 days ahead: a secret that lives no longer is announced the day it is made, forever. */
const nearExpiryMs = 30 * dayMs;

/** Beside the overlaps: the starts' jitter, a slow vault, a person. As much as a rotation is begun before an expiry. */
const finishingMs = dayMs;
/** `functionTimeout` in `host.json` is ten minutes, and an invocation may have worked for three before. */
const longestSpreadMs = 5 * 60_000;
/** A lease of a minute is renewed before the pause, and the probe after it needs its time. */
const longestProofPauseMs = 40_000;

type Rule = (placed: PlacedTarget) => FieldProblem | null;

/** What the fields of one target must be to each other. */
const rules: readonly Rule[] = [
  overlapCoversConsumers,
  rotationLeavesRoomForOverlap,
  directOverlapCoversAppService,
  acknowledgementNeedsDirectSecret,
  declaredReadersAreRefreshed,
  validityOutlivesNearExpiry,
  validityOutlivesRotation,
  proofFitsALease,
  calendarLeavesADay,
];

/** Each rule that the target breaks, in the order of the list. */
export function targetProblems(placed: PlacedTarget): FieldProblem[] {
  return rules.map((rule) => rule(placed)).filter((problem) => problem !== null);
}

function overlapCoversConsumers({ at, written, target: { policy } }: PlacedTarget): FieldProblem | null {
  const leastMs = pointerHoldMs(policy);
  if (policy.overlapMs >= leastMs) return null;
  const accepted = `at least ${exact(leastMs)}: pointerCache + keyCache + longestRequest + 1 s, so that no consumer still holds a key that is invalidated`;
  return { field: `${at}.overlap`, found: foundDuration(written, 'overlap', policy.overlapMs), accepted };
}

function rotationLeavesRoomForOverlap({ at, written, target: { policy, copies } }: PlacedTarget): FieldProblem | null {
  const longestMs = longestWaitMs(policy, copies);
  if (policy.rotateEveryMs > 2 * longestMs) return null;
  const held = policy.stragglers.holdMs > 0 ? ', with holdForStragglers' : '';
  const of =
    longestMs === policy.overlapMs + policy.stragglers.holdMs ? 'the overlap' : 'what its slowest copy is waited for';
  const accepted = `more than ${exact(2 * longestMs)}: twice ${of}${held}`;
  return { field: `${at}.rotateEvery`, found: foundDuration(written, 'rotateEvery', policy.rotateEveryMs), accepted };
}

/** A rotation waits for the overlap, for each copy's own time beside it, and then for who still reads the old key. */
function longestWaitMs(policy: Target['policy'], copies: Target['copies']): number {
  return Math.max(policy.overlapMs, ...copies.map((copy) => copyHoldMs(copy, policy))) + policy.stragglers.holdMs;
}

function directOverlapCoversAppService({ at, written, declared, target }: PlacedTarget): FieldProblem | null {
  const { layout } = target;
  if (layout.kind === 'pointer' || layout.readers === 'copies' || declared.acknowledgeShortDirectOverlap) return null;
  if (target.policy.overlapMs >= directHoldMs) return null;
  const accepted =
    'at least 26h with directSecretName, since App Service refreshes references within 24 h; less only with "acknowledgeShortDirectOverlap": true';
  return { field: `${at}.overlap`, found: foundDuration(written, 'overlap', target.policy.overlapMs), accepted };
}

function acknowledgementNeedsDirectSecret({ at, declared, target }: PlacedTarget): FieldProblem | null {
  if (target.layout.kind === 'direct' || !declared.acknowledgeShortDirectOverlap) return null;
  return { field: `${at}.acknowledgeShortDirectOverlap`, found: 'true', accepted: 'true only beside directSecretName' };
}

/** Only what is refreshed and restarted leaves an old direct value in time. */
function declaredReadersAreRefreshed({ at, declared, target: { layout, copies } }: PlacedTarget): FieldProblem | null {
  const first = copies.findIndex(({ kind }) => kind === 'reference-refresh');
  if (first >= 0 && layout.kind === 'pointer') {
    const accepted = 'reference-refresh only beside directSecretName, the secret that such settings refer to';
    return { field: `${at}.copies[${first}].kind`, found: '"reference-refresh"', accepted };
  }
  if (!declared.directReadersAreCopies || (layout.kind === 'direct' && first >= 0)) return null;
  const accepted =
    'true only beside directSecretName and copies of kind reference-refresh: every app that refers to it';
  return { field: `${at}.directReadersAreCopies`, found: 'true', accepted };
}

function validityOutlivesNearExpiry({ at, written, target: { policy } }: PlacedTarget): FieldProblem | null {
  if (policy.maxValidityMs === null || policy.maxValidityMs > nearExpiryMs) return null;
  const accepted =
    'more than 30d: Key Vault announces an expiry 30 days ahead, a shorter life would rotate without end';
  return { field: `${at}.maxValidity`, found: foundDuration(written, 'maxValidity', policy.maxValidityMs), accepted };
}

function validityOutlivesRotation({ at, written, target: { policy, copies } }: PlacedTarget): FieldProblem | null {
  const leastMs = policy.rotateEveryMs + 2 * longestWaitMs(policy, copies) + finishingMs;
  if (policy.maxValidityMs === null || policy.maxValidityMs <= nearExpiryMs || policy.maxValidityMs >= leastMs)
    return null;
  const accepted = `at least ${exact(leastMs)}: rotateEvery, twice the overlap and a day, so that a key secret outlives its key`;
  return { field: `${at}.maxValidity`, found: foundDuration(written, 'maxValidity', policy.maxValidityMs), accepted };
}

function proofFitsALease({ at, written, target: { policy } }: PlacedTarget): FieldProblem | null {
  const { acceptances, spreadMs } = policy.newKeyProof;
  const mostMs = Math.min(longestSpreadMs, longestProofPauseMs * (acceptances - 1));
  if (acceptances === 1 || spreadMs <= mostMs) return null;
  const accepted = `at most ${exact(mostMs)} for ${acceptances} acceptances: ${exact(longestProofPauseMs)} from one to the next, ${exact(longestSpreadMs)} in all, so that one invocation sees it through`;
  return { field: `${at}.newKeyProof.spread`, found: foundDuration(written, 'newKeyProof.spread', spreadMs), accepted };
}

function calendarLeavesADay({ at, target: { policy } }: PlacedTarget): FieldProblem | null {
  if (isEverOpen(policy.calendar)) return null;
  const accepted = 'dates that leave some day of the year free: no rotation could ever start';
  return { field: `${at}.blackoutDates`, found: 'every day of every year', accepted };
}

/**
 * A duration for a message: as it was written, or, if nobody wrote it, the default that counts.
 * @param path of the field within `written`, such as `newKeyProof.spread`
 */
export function foundDuration(written: unknown, path: string, durationMs: number): string {
  const value = path.split('.').reduce((place: unknown, name): unknown => Object(place)[name], written);
  return value === undefined ? exact(durationMs) : found(value);
}

/** Of more than none. Exact, unlike the rounding of the library: `1h 10m 1s`, `26h`, `60d`. */
function exact(durationMs: number): string {
  const parts: string[] = [];
  let restMs = durationMs;
  for (const unitMs of [dayMs, hourMs, 60_000, 1000, 1]) {
    // Up to two days in hours, as people write an overlap.
    if (unitMs === dayMs && durationMs < 2 * dayMs) continue;
    const whole = Math.floor(restMs / unitMs) * unitMs;
    if (whole > 0) parts.push(unitMs === hourMs ? `${whole / hourMs}h` : ms(whole));
    restMs -= whole;
  }
  return parts.join(' ');
}

/** A declared target with its defaults filled in, and where it is written, for messages. */
export interface PlacedTarget {
  /** `KEYTURN_TARGETS[0]` */
  readonly at: string;
  /** Word for word, for messages. */
  readonly written: unknown;
  readonly declared: DeclaredTarget;
  readonly target: Target;
}
