/** One point in which the simulated answer is not the recorded one. */
export interface Difference {
  /** `status`, `header retry-after`, or a path into the body such as `body.error.code`; list items are `[]`. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** A value as a diff line shows it: short, and never two lines. */
export function shown(value: unknown): string {
  const text = value === undefined ? '(absent)' : JSON.stringify(value);
  return text.length > 220 ? `${text.slice(0, 217)}...` : text;
}
