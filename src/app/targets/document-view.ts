import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { group, instant, list, problem, textOrNull, view } from '../../shared/view-parts.ts';
import { refusedDocumentReasons } from '../../targets/target-source.ts';

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
    etag: textOrNull.describe("The blob's ETag; null where it could not be read."),
    since: instant,
    code: textOrNull.describe("Azure's own code, where it could not be read."),
    problems: list(
      z.object({
        line: z.number().nullable().describe('From 1; null where it is about the document as a whole.'),
        field: z.string(),
        found: z.string(),
        accepted: z.string(),
      }),
    ).describe('What is wrong, at most the first fifty.'),
    problemsInAll: z.number(),
    dropped: list(z.string()).describe('Targets that it no longer names, at most the first fifty.'),
    droppedInAll: z.number(),
  })
    .nullable()
    .describe('The document as it lies there, where it is not in force; null: it is.'),
  waiting: list(
    z.object({
      target: z.string(),
      problems: list(problem),
    }),
  ).describe('Targets that wait until a rotation has ended of one that had their name, account or secrets.'),
});

export type DocumentView = Readonly<z.infer<typeof documentView>>;
