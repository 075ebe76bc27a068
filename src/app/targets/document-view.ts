import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { iso } from '../../shared/time.ts';
import { group, instant, list, problem, textOrNull, view } from '../../shared/view-parts.ts';
import { refusedDocumentReasons } from '../../targets/target-source.ts';
import type { DocumentReport } from './document-targets.ts';

export const documentView = view('The targets document, and whether it is in force.', {
  blob: z.string().describe('Where it lies, as KEYTURN_TARGETS_BLOB says.'),
  status: z
    .enum(['accepted', 'refused', 'unknown'])
    .describe(
      '`accepted`: it is in force as it lies there. `refused`: the last accepted one stands. `unknown`: none was ever accepted, so the targets are not known, and nothing is begun.',
    ),
  detail: z.string().describe('Why, and what to do when something is to be done.'),
  accepted: group({
    etag: z.string().describe("The blob's ETag."),
    at: instant,
    targets: z.number().describe('How many it declares.'),
    by: textOrNull.describe('Who accepted it in spite of the targets that it drops; null: nobody had to.'),
    reason: textOrNull,
  })
    .nullable()
    .describe('The document in force; null: none was ever accepted.'),
  refused: group({
    reason: z.enum(namesOf(refusedDocumentReasons)).describe('From the closed list in the runbook.'),
    etag: textOrNull.describe("The blob's ETag; null if it could not be read."),
    since: instant,
    code: textOrNull.describe("Azure's own code, if it could not be read."),
    problems: list(
      z.object({
        line: z.number().nullable().describe('From 1; null if it is about the document as a whole.'),
        ...problem.shape,
      }),
    ).describe('What is wrong, at most the first fifty.'),
    problemsInAll: z.number(),
    dropped: list(z.string()).describe('Targets that it no longer names, at most the first fifty.'),
    droppedInAll: z.number(),
  })
    .nullable()
    .describe('The document as it lies there, if it is not in force; null: it is.'),
  waiting: list(z.object({ target: z.string(), problems: list(problem) })).describe(
    'Targets that wait until a rotation has ended of one that had their name, account or secrets.',
  ),
});

/** What the fleet's view shows of the targets document. */
export function viewDocument({ place, accepted, refused, waiting }: DocumentReport): z.infer<typeof documentView> {
  return {
    blob: place,
    status: accepted === null ? 'unknown' : refused === null ? 'accepted' : 'refused',
    detail: detailOf({ accepted, refused }),
    accepted: accepted && viewAccepted(accepted),
    refused: refused && viewRefused(refused),
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

function viewAccepted({ etag, targets, by, reason, atMs }: NonNullable<DocumentReport['accepted']>) {
  return { etag, targets, by, reason, at: iso(atMs) };
}

function viewRefused({ sinceMs, ...shown }: NonNullable<DocumentReport['refused']>) {
  return { ...shown, since: iso(sinceMs) };
}
