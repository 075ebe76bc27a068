import { parseArgs } from 'node:util';
import { z } from 'zod';

/** A mistake of the one who started this: its message is all there is to say. */
export class WrongUse extends Error {}

export const help = `Tries Keyturn on your own Azure: on a resource group that it creates, and deletes at the end whatever happens.

  npm run azure-check -- --subscription ID --location REGION [options]

  --subscription ID  the subscription's id, a GUID: you are its Owner, or Contributor and User Access Administrator
  --location REGION  such as westeurope: its name without blanks
  --cloud NAME       public (default), usgovernment or china
  --record FOLDER    writes there what was asked and answered, without keys, tokens, ids and names of yours
  --keep             leaves the resource group, and says how to delete it
  --yes              does not ask before anything is created
  --help

It signs in as Azure's other tools on this machine do, for instance after az login. What it costs is told first.`;

const shape = z.object({
  help: z.boolean().default(false),
  subscription: z
    .string({ error: 'is missing: the id of your subscription, a GUID' })
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'is no id of a subscription: a GUID'),
  location: z
    .string({ error: 'is missing: a region, such as westeurope' })
    .regex(/^[a-z][a-z0-9]{2,40}$/, 'is no name of a region: a to z and digits, such as westeurope'),
  cloud: z
    .enum(['public', 'usgovernment', 'china'], { error: 'is none of public, usgovernment, china' })
    .default('public'),
  record: z.string().min(1, 'names no folder').optional(),
  keep: z.boolean().default(false),
  yes: z.boolean().default(false),
});

export type Options = z.infer<typeof shape>;

/**
 * What the check was called with; null: it was asked for help.
 * @throws WrongUse
 */
export function readCheckOptions(args: readonly string[]): Options | null {
  const values = parsed(args);
  if (values.help) return null;
  const read = shape.safeParse(values);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new WrongUse(`--${issue?.path.join('.')} ${issue?.message}. See --help.`);
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { help: flag, subscription: text, location: text, cloud: text, record: text, keep: flag, yes: flag };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongUse(`${error instanceof Error ? error.message.split('. ')[0] : error}. See --help.`);
  }
}
