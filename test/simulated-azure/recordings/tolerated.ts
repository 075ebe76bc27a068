/** A difference that stays, and why. An entry that no longer applies fails the suite, unless its file is absent. */
export interface Tolerated {
  readonly file: string;
  /** Position of the exchange in the file, from 0. */
  readonly exchange: number;
  /** The path of the difference, exactly as the suite prints it. */
  readonly path: string;
  readonly reason: string;
}

const publicAccess = {
  file: 'ai-data-plane/reported-public-access-disabled-403',
  exchange: 1,
  reason: 'two reports of one refusal contradict one another; the other one is followed',
};

export const TOLERATED: readonly Tolerated[] = [
  { ...publicAccess, path: 'header policy-id' },
  { ...publicAccess, path: 'body.error.code' },
];
