import { iso } from '../../shared/time.ts';
import { refusedDocumentReasons } from '../../targets/target-source.ts';
import type { DocumentReport } from './document-targets.ts';
import type { DocumentView } from './document-view.ts';

/** What the fleet's view shows of the targets document. */
export function viewDocument({ place, accepted, refused, waiting }: DocumentReport): DocumentView {
  return {
    blob: place,
    status: accepted === null ? 'unknown' : refused === null ? 'accepted' : 'refused',
    detail: detailOf({ accepted, refused }),
    accepted: accepted && { ...withoutInstant(accepted), at: iso(accepted.atMs) },
    refused: refused && { ...refusedWithoutInstant(refused), since: iso(refused.sinceMs) },
    waiting,
  };
}

function detailOf({ accepted, refused }: Pick<DocumentReport, 'accepted' | 'refused'>): string {
  if (refused === null)
    return accepted === null ? 'No sweep has read the targets document yet.' : 'The targets document is in force.';
  const stands =
    accepted === null
      ? 'None was ever accepted: the targets are not known, and nothing is begun.'
      : 'The last accepted one stands.';
  return `${documentDetail(refused)} ${stands}`;
}

/** Why the document is not in force, in a sentence or two. */
export function documentDetail({
  reason,
  code,
}: Pick<NonNullable<DocumentReport['refused']>, 'reason' | 'code'>): string {
  const sentence = refusedDocumentReasons[reason];
  if (code === null) return sentence;
  // https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
  const lacks = /^Authorization/.test(code)
    ? " Give Keyturn's identity Storage Blob Data Reader on the container, and let it through the storage account's network."
    : '';
  return `${sentence} Code: ${code}.${lacks}`;
}

function withoutInstant({ etag, targets, by, reason }: NonNullable<DocumentReport['accepted']>) {
  return { etag, targets, by, reason };
}

function refusedWithoutInstant({ sinceMs: _, ...shown }: NonNullable<DocumentReport['refused']>) {
  return shown;
}
