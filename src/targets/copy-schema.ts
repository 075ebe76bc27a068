import * as z from 'zod';
import type { Copy } from '../keys/copies/copy.ts';
import { mostCopies, targetName } from '../keys/target.ts';
import { isOfType, shortName } from '../shared/arm-id.ts';
import { type FieldProblem, flag, found, strictMembers, textLike } from '../shared/field-problem.ts';
import { dayMs, minuteMs } from '../shared/time.ts';
import { durationText } from './duration-text.ts';
import { vaultUrl } from './vault-url.ts';

const nameAccepted = 'a name of its own in this target: 1 to 63 of a-z, 0-9 and -';
const secretAccepted = "the secret's name, without a version: 1 to 127 of 0-9, a-z, A-Z and -";
const vaultAccepted = "a vault's name, such as kv-web, or its full https:// address";
const cacheAccepted = 'a duration with its unit, such as "90 s", "30 min" or "26h", at most 7d';
const kindAccepted = 'an object whose kind is key-vault-secret, app-setting or reference-refresh';
const appAccepted =
  'the full id of an app without its slot: /subscriptions/<GUID>/resourceGroups/…/providers/Microsoft.Web/sites/…';
const ownAppAccepted = "an app that is not Keyturn's own: its settings are written by nobody else than who deploys it";
const slotAccepted = 'the name of a slot beside production: 1 to 59 of 0-9, a-z, A-Z and -; nothing for production';
const settingAccepted = "the setting's name: 1 to 128 of 0-9, a-z, A-Z, _, ., : and -";
const wholeSetAccepted =
  'true: Azure replaces all settings of an app at once, and what others change in the same moment may be lost';

/** Longer than any refresh that is known of; a rotation waits for it. */
const longestCacheMs = 7 * dayMs;

/** Workers take seconds to minutes to restart after a change, by what is reported; nothing documents a bound. */
const leastSettingCacheMs = 10 * minuteMs;
const settingCacheAccepted = 'a duration from 10 min to 7d: the time that workers take to restart';

/** Most targets have no copies: what one is checked against is made when the first of them is met. */
const copySchema = z.lazy(() => {
  /** What every copy has. */
  const common = {
    name: textLike(targetName, nameAccepted).describe(
      'Name of the copy in answers and requests. Unique in the target.',
    ),
    cache: durationText
      .refine((ms) => ms <= longestCacheMs, { error: cacheAccepted })
      .prefault('26h')
      .describe(
        'How long running code may go on with the value from before. Default 26h: App Service refreshes references within 24 h.',
      ),
  };

  const copyOf = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
    strictMembers({ ...common, ...shape }, 'an object with the members of a copy');

  const secretCopySchema = copyOf({
    kind: z.literal('key-vault-secret').describe('The key itself in another secret.'),
    vault: z
      .string({ error: vaultAccepted })
      .describe('Key vault of the copy: its name, or its full address. Keyturn needs a role of its own there.'),
    secretName: textLike(/^[0-9A-Za-z-]{1,127}$/, secretAccepted).describe(
      'Secret that holds the active key. None of the secrets of a target.',
    ),
    create: flag().describe(
      'Whether Keyturn creates the secret if there is none. Default false: a secret that is gone holds nothing.',
    ),
  });

  /** What every copy in an app has. */
  const ofApp = {
    app: z
      .string({ error: appAccepted })
      .refine((id) => isOfType(id, 'Microsoft.Web/sites'), { error: appAccepted })
      .describe('ARM id of the app. Keyturn needs a role of its own there.'),
    slot: textLike(/^[0-9A-Za-z-]{1,59}$/, slotAccepted)
      .refine((name) => name.toLowerCase() !== 'production', { error: slotAccepted })
      .optional()
      .describe('Name of the slot. Default: production.'),
    setting: textLike(/^[\w.:-]{1,128}$/, settingAccepted).describe(
      'Name of the setting. One that holds the key must stay with its slot, or be declared in each.',
    ),
    cache: durationText
      .refine((ms) => ms >= leastSettingCacheMs && ms <= longestCacheMs, { error: settingCacheAccepted })
      .prefault('1h')
      .describe('How long code may go on with the value from before, until all workers have restarted. Default 1h.'),
  };

  const settingCopySchema = copyOf({
    ...ofApp,
    kind: z.literal('app-setting').describe('The key itself in a setting of an App Service or Functions app.'),
    acceptWholeSetWrites: z
      .literal(true, { error: wholeSetAccepted })
      .describe('That all settings of the app are replaced to change one, as Azure offers nothing else.'),
  });

  const referenceCopySchema = copyOf({
    ...ofApp,
    kind: z
      .literal('reference-refresh')
      .describe('A setting that refers to the direct-value secret: refreshed, and the workers of its app restarted.'),
  });

  return z.discriminatedUnion('kind', [secretCopySchema, settingCopySchema, referenceCopySchema], {
    error: kindAccepted,
  });
});

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
 * @param ownApp name of the app in which Keyturn runs; null: not known
 */
export function declaredCopies(
  declared: readonly DeclaredCopy[],
  at: string,
  vaultSuffix: string,
  ownApp: string | null,
): { readonly copies: readonly Copy[]; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const copies: Copy[] = [];
  for (const [index, one] of declared.entries()) {
    const refuse = (member: string, value: string, accepted: string) =>
      problems.push({ field: `${at}[${index}].${member}`, found: found(value), accepted });
    const { name, cache: cacheMs } = one;
    if (declared.findIndex((other) => other.name === name) < index) refuse('name', name, nameAccepted);
    if (one.kind !== 'key-vault-secret') {
      const { kind, app: appId, slot = null, setting } = one;
      // Names of apps are unique in a cloud: each is a host name.
      if (shortName(appId).toLowerCase() === ownApp?.toLowerCase()) refuse('app', appId, ownAppAccepted);
      else copies.push({ name, kind, appId, slot, setting, cacheMs, create: false });
      continue;
    }
    const { kind, vault, secretName, create } = one;
    const url = vaultUrl(vault, vaultSuffix);
    if (url === null) refuse('vault', vault, `a vault's name, or https://<name>.${vaultSuffix}`);
    else copies.push({ name, kind, vaultUrl: url, secretName, cacheMs, create });
  }
  return { copies, problems };
}
