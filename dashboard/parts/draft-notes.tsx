import { lacksText, useMay } from '../session.ts';
import type { Draft } from './draft.ts';

/**
 * What is to be known of a form of hardening: who may send it, and whether what it was filled in upon has changed.
 * @param what has changed: `The network has`
 */
export function DraftNotes({ draft, what }: { draft: Draft; what: string }) {
  const may = useMay('Keyturn.Admin');
  return (
    <>
      {!may && <p class="note">{lacksText('Keyturn.Admin')}</p>}
      {draft.isOld && (
        <p class="note warn" role="status">
          {what} changed since this was filled in.{' '}
          <button type="button" class="link" onClick={draft.takeOver}>
            Take the change over
          </button>
          , and keep what was filled in.
        </p>
      )}
      {draft.isFilledIn && (
        <p class="quiet">
          Kept in this window until it is sent.{' '}
          <button type="button" class="link" onClick={draft.discard}>
            Discard it
          </button>
        </p>
      )}
    </>
  );
}
