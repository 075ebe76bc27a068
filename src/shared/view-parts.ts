import * as z from 'zod';

/** What the shapes of the admin API's answers are made of. */
export const instant = z.iso.datetime();

export const instantOrNull = instant.nullable();

export const textOrNull = z.string().nullable();

export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

export const group = <Shape extends z.core.$ZodLooseShape>(members: Shape) => z.object(members).readonly();

/** A shape that the API's description names, with what it says of it. */
export const view = <Shape extends z.core.$ZodLooseShape>(description: string, members: Shape) =>
  z.object(members).meta({ description });

export const azureCode = textOrNull.describe("Azure's own word for it, if there is one.");

/** One `FieldProblem`. */
export const problem = z.object({ field: z.string(), found: z.string(), accepted: z.string() });

/** What Keyturn's identity lacks, if that is why: both or neither. */
export const lackedView = {
  missingAction: textOrNull.describe("The action or data action that Keyturn's identity lacks, if Azure named it."),
  fix: textOrNull.describe('How it is granted.'),
};
