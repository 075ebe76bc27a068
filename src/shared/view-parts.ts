import * as z from 'zod';

/** What the shapes of the admin API's answers are made of. */
export const instant = z.iso.datetime();

export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

export const azureCode = z.string().nullable().describe("Azure's own word for it, where there is one.");

/** What Keyturn's identity lacks, where that is why: both or neither. */
export const lackedView = {
  missingAction: z
    .string()
    .nullable()
    .describe("The action or data action that Keyturn's identity lacks, where Azure named it."),
  fix: z.string().nullable().describe('How it is granted.'),
};
