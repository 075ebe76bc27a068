/** A difference that stays, and why. An entry that no longer applies fails the suite, unless its file is absent. */
export interface Tolerated {
  readonly file: string;
  /** Position of the exchange in the file, from 0. */
  readonly exchange: number;
  /** The path of the difference, exactly as the suite prints it. */
  readonly path: string;
  readonly reason: string;
}

export const TOLERATED: readonly Tolerated[] = [];
