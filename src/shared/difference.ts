/**
 * How grave it is to make a change: `advisory` is told and done, `confirm` is done only when the body's `confirm` names
 * it, `blocked` is not done until somebody puts something else right.
 */
export type RiskLevel = 'advisory' | 'confirm' | 'blocked';

/** One thing that a change may cost. `name` is kebab-case, fixed, and what `confirm` lists: `opens-to-everyone`. */
export interface Risk {
  readonly name: string;
  readonly level: RiskLevel;
  /** What will happen, in one sentence. */
  readonly text: string;
}

/**
 * One difference between an account's hardening and what is asked for. A plan is an ordered list of them: a dry run shows
 * it, and applying it performs the very same list, from first to last. Nothing to change is an empty list.
 */
export interface Difference<Change> {
  /** What differs, in a few words: `private DNS zone privatelink.openai.azure.com`. */
  readonly what: string;
  readonly why: string;
  /** The gravest level among `risks`; `none` without any. */
  readonly risk: 'none' | RiskLevel;
  readonly risks: readonly Risk[];
  /** The exact change, as data: anybody who applies the plan switches on it. */
  readonly change: Change;
}

const levels: readonly RiskLevel[] = ['blocked', 'confirm', 'advisory'];

/** A difference whose `risk` follows from its risks. */
export function difference<Change>(
  what: string,
  why: string,
  change: Change,
  risks: readonly Risk[] = [],
): Difference<Change> {
  const risk = levels.find((level) => risks.some((one) => one.level === level)) ?? 'none';
  return { what, why, risk, risks, change };
}

/** The risks that keep a plan from being applied: blocked ones, and those to confirm that `confirmed` does not name. */
export function openRisks(plan: readonly Difference<unknown>[], confirmed: readonly string[]): readonly Risk[] {
  const all = plan.flatMap(({ risks }) => risks);
  return all.filter(
    ({ name, level }, index) =>
      (level === 'blocked' || (level === 'confirm' && !confirmed.includes(name))) &&
      all.findIndex((other) => other.name === name && other.text === all[index]?.text) === index,
  );
}
