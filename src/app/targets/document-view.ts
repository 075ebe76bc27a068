import * as z from 'zod';
import { type RefusedDocumentReason, refusedDocumentReasons } from '../../targets/target-source.ts';

/** The targets document, and whether it is in force. */
export const documentView = z
  .object({
    blob: z.string().describe('Where it lies, as KEYTURN_TARGETS_BLOB says.'),
    status: z
      .enum(['accepted', 'refused', 'unknown'])
      .describe(
        '`accepted`: it is in force as it lies there. `refused`: the last accepted one stands. `unknown`: none was ever accepted, so the targets are not known, and nothing is begun.',
      ),
    detail: z.string().describe('Why, and what to do when something is to be done.'),
    accepted: z
      .object({
        etag: z.string().describe("The blob's ETag."),
        at: z.iso.datetime(),
        targets: z.number().describe('How many it declares.'),
        by: z
          .string()
          .nullable()
          .describe('Who accepted it in spite of the targets that it drops; null: nobody had to.'),
        reason: z.string().nullable(),
      })
      .readonly()
      .nullable()
      .describe('The document in force; null: none was ever accepted.'),
    refused: z
      .object({
        reason: z
          .enum(Object.keys(refusedDocumentReasons) as [RefusedDocumentReason, ...RefusedDocumentReason[]])
          .describe('From the closed list in the runbook.'),
        etag: z.string().nullable().describe("The blob's ETag; null where it could not be read."),
        since: z.iso.datetime(),
        code: z.string().nullable().describe("Azure's own code, where it could not be read."),
        problems: z
          .array(
            z.object({
              line: z.number().nullable().describe('From 1; null where it is about the document as a whole.'),
              field: z.string(),
              found: z.string(),
              accepted: z.string(),
            }),
          )
          .readonly()
          .describe('What is wrong, at most the first fifty.'),
        problemsInAll: z.number(),
        dropped: z.array(z.string()).readonly().describe('Targets that it no longer names, at most the first fifty.'),
        droppedInAll: z.number(),
      })
      .readonly()
      .nullable()
      .describe('The document as it lies there, where it is not in force; null: it is.'),
    waiting: z
      .array(
        z.object({
          target: z.string(),
          problems: z.array(z.object({ field: z.string(), found: z.string(), accepted: z.string() })).readonly(),
        }),
      )
      .readonly()
      .describe('Targets that wait until a rotation has ended of one that had their name, account or secrets.'),
  })
  .meta({ description: 'The targets document, and whether it is in force.' });

export type DocumentView = Readonly<z.infer<typeof documentView>>;
