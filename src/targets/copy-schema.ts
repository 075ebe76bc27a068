import * as z from 'zod';
import type { Copy } from '../keys/copies/copy.ts';
import { mostCopies } from '../keys/target.ts';
import { type FieldProblem, found, strictMembers } from '../shared/field-problem.ts';
import { dayMs } from '../shared/time.ts';
import { durationText } from './duration-text.ts';
import { vaultUrl } from './vault-url.ts';

const nameAccepted = 'a name of its own in this target: 1 to 63 of a-z, 0-9 and -';
const secretAccepted = "the secret's name, without a version: 1 to 127 of 0-9, a-z, A-Z and -";
const vaultAccepted = "a vault's name, such as kv-web, or its full https:// address";
const cacheAccepted = 'a duration with its unit, such as "90 s", "30 min" or "26h", at most 7d';
const kindAccepted = 'an object whose kind is key-vault-secret';

/** Longer than any refresh that is known of; a rotation waits for it. */
const longestCacheMs = 7 * dayMs;

/** What every copy has. */
const common = {
  name: z
    .string({ error: nameAccepted })
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, { error: nameAccepted })
    .describe('Name of the copy in answers and requests. Unique in the target.'),
  cache: durationText
    .refine((ms) => ms <= longestCacheMs, { error: cacheAccepted })
    .prefault('26h')
    .describe(
      'How long running code may go on with the value from before. Default 26h: App Service refreshes references within 24 h.',
    ),
};

const secretCopySchema = strictMembers(
  {
    ...common,
    kind: z.literal('key-vault-secret').describe('The key itself in another secret.'),
    vault: z
      .string({ error: vaultAccepted })
      .describe('Key vault of the copy: its name, or its full address. Keyturn needs a role of its own there.'),
    secretName: z
      .string({ error: secretAccepted })
      .regex(/^[0-9A-Za-z-]{1,127}$/, { error: secretAccepted })
      .describe('Secret that holds the active key. None of the secrets of a target.'),
    create: z
      .boolean({ error: 'true or false' })
      .default(false)
      .describe(
        'Whether Keyturn creates the secret if there is none. Default false: a secret that is gone holds nothing.',
      ),
  },
  'an object with the members of a copy',
);

const copySchema = z.discriminatedUnion('kind', [secretCopySchema], { error: kindAccepted });

export const copiesSchema = z
  .array(copySchema, { error: `a list of at most ${mostCopies} copies` })
  .max(mostCopies, { error: `a list of at most ${mostCopies} copies` })
  .default([])
  .describe(
    'Places outside the vault secrets of the target that hold the active key. Keyturn leads them along, and regenerates no key that one of them holds.',
  );

type DeclaredCopy = z.infer<typeof copySchema>;

/**
 * The copies of a target, or what is wrong with them by themselves.
 * @param at where they are written: `KEYTURN_TARGETS[0].copies`
 * @param vaultSuffix of the cloud: `vault.azure.net`
 */
export function declaredCopies(
  declared: readonly DeclaredCopy[],
  at: string,
  vaultSuffix: string,
): { readonly copies: readonly Copy[]; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const copies: Copy[] = [];
  for (const [index, { name, kind, vault, secretName, cache, create }] of declared.entries()) {
    const here = `${at}[${index}]`;
    if (declared.findIndex((one) => one.name === name) < index)
      problems.push({ field: `${here}.name`, found: found(name), accepted: nameAccepted });
    const url = vaultUrl(vault, vaultSuffix);
    if (url === null)
      problems.push({
        field: `${here}.vault`,
        found: found(vault),
        accepted: `a vault's name, or https://<name>.${vaultSuffix}`,
      });
    else copies.push({ name, kind, vaultUrl: url, secretName, cacheMs: cache, create });
  }
  return { copies, problems };
}
