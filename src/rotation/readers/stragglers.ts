import type { AccountRow } from '../account-row.ts';
import type { Note, Wait } from '../decision.ts';
import { stragglersNoticeMs } from '../numbers.ts';
import type { States } from '../state.ts';
import type { ReadersView } from './readers-view.ts';

type Overlapping = States['overlapping'];

/**
 * Whether the vault's audit log is asked who has followed, now that the overlap is over: once. It can only delay what comes next,
 * so while any key of the account counts as leaked it is left alone.
 */
export function asksForReaders({ leak, leaks }: Pick<AccountRow, 'leak' | 'leaks'>, { readers }: Overlapping): boolean {
  return readers === null && leak === null && leaks.length === 0;
}

/** Writes down who has followed. Of stragglers people are notified before the old key goes; what is unknown holds nothing up. */
export function noteReaders(state: Overlapping, readers: ReadersView): Note<Overlapping> | Wait<Overlapping> {
  const noted = { ...state, readers };
  return readers.stragglers.length === 0
    ? { kind: 'note', state: noted }
    : { kind: 'wait', state: noted, reason: 'stragglers', forMs: stragglersNoticeMs };
}
