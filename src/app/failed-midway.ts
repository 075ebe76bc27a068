import { FailureError } from '../shared/failure.ts';
import type { StoredView } from '../targets/stored-view.ts';

export type Changed = readonly Pick<StoredView, 'secret' | 'change'>[];

/** A failure of Azure after an adoption or repair had written: whoever asked is told which secrets. */
export class FailedMidway extends FailureError {
  readonly changed: Changed;

  private constructor({ failure }: FailureError, changed: Changed) {
    super(failure);
    this.name = 'FailedMidway';
    this.changed = changed;
  }

  /** What to throw in place of `error`: itself, where nothing was written or it is no failure of Azure. */
  static after(error: unknown, secrets: Changed): unknown {
    const changed = secrets.filter(({ change }) => change !== 'unchanged');
    return error instanceof FailureError && changed.length > 0
      ? new FailedMidway(
          error,
          changed.map(({ secret, change }) => ({ secret, change })),
        )
      : error;
  }
}
