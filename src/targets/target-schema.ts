import * as z from 'zod';
import { longestHoldMs, targetName } from '../keys/target.ts';
import { flag, strictMembers, textLike } from '../shared/field-problem.ts';
import { parseAccountId } from '../shared/resource-id.ts';
import { blackoutsSchema, timeZoneSchema, windowsSchema } from './calendar-schema.ts';
import { copiesSchema } from './copy-schema.ts';
import { durationOf, durationText } from './duration-text.ts';

/** Key Vault secret names: 1 to 127 of 0-9, a-z, A-Z and -. https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
const longestSecretName = 127;
const longestPrefix = longestSecretName - '-active-key'.length;

const nameAccepted = '1 to 63 of a-z, 0-9 and -, starting and ending with a letter or digit';
const accountAccepted =
  'the full id of a Microsoft.CognitiveServices account, without blanks, escapes or placeholders: /subscriptions/<GUID>/resourceGroups/…/providers/Microsoft.CognitiveServices/accounts/…';
const vaultAccepted = "a vault's name, such as kv-ai102-secure, or its full https:// address";
const prefixAccepted = `1 to ${longestPrefix} of 0-9, a-z, A-Z and -`;
const acceptancesAccepted = 'a whole number from 1 to 100';
const holdAccepted = 'a duration with its unit, such as "2d", at most 7d';
const directAccepted = `a secret name: 1 to ${longestSecretName} of 0-9, a-z, A-Z and -`;

/** Made when a first target is read, and once: a lazy schema of zod is made again by every `unwrap`. */
const members = once(() =>
  strictMembers(
    {
      name: textLike(targetName, nameAccepted).describe(
        'Name of the target in the admin API, the log and the journal. Unique.',
      ),
      accountId: z
        .string({ error: accountAccepted })
        .transform((armId, context) => {
          const account = parseAccountId(armId);
          if (account !== null) return account;
          context.addIssue({ code: 'custom', message: `${accountAccepted}${flawOf(armId)}`, input: armId });
          return z.NEVER;
        })
        .describe('Full ARM id of the AI account. One target an account.'),
      vault: textLike(/^(?:https:\/\/[0-9A-Za-z.-]+\/?|[A-Za-z](?:-?[0-9A-Za-z]){2,23})$/, vaultAccepted).describe(
        'Key vault that holds the keys: its name, or its full address.',
      ),
      prefix: textLike(new RegExp(`^[0-9A-Za-z-]{1,${longestPrefix}}$`), prefixAccepted)
        .optional()
        .describe(
          'Start of the secret names {prefix}-key1, -key2, -endpoint, -active-key. Default ai-services for the one target of a vault.',
        ),
      directSecretName: textLike(new RegExp(`^[0-9A-Za-z-]{1,${longestSecretName}}$`), directAccepted)
        .optional()
        .describe('Secret that holds the active key itself, for consumers that cannot follow a pointer.'),
      rotateEvery: durationText.prefault('60d').describe('Time from one completed rotation to the next. Default 60d.'),
      overlap: durationText
        .optional()
        .describe(
          'Time from switching the pointer to regenerating the old key. Default 2h, or 26h with directSecretName.',
        ),
      acknowledgeShortDirectOverlap: flag().describe(
        'Allows an overlap under 26h with directSecretName. App Service refreshes references within 24 h.',
      ),
      directReadersAreCopies: flag().describe(
        'Every reader of the direct-value secret is declared as a copy of kind reference-refresh, so the 26 h of App Service do not count.',
      ),
      pointerCache: durationText.prefault('30 min').describe('How long a consumer keeps the pointer. Default 30 min.'),
      keyCache: durationText.prefault('30 min').describe('How long a consumer keeps a key. Default 30 min.'),
      longestRequest: durationText
        .prefault('10 min')
        .describe('The longest that one call to the AI service takes. Default 10 min.'),
      snapshotReads: flag().describe(
        'Consumers read pointer and key together and drop both together, so their cache counts once.',
      ),
      newKeyProof: proofSchema()
        .prefault({})
        .describe(
          'How a new key is proved before consumers are pointed at it: it takes time to spread to all gateways.',
        ),
      probe: z
        .enum(['data-plane', 'control-plane-only'], { error: 'data-plane or control-plane-only' })
        .default('data-plane')
        .describe(
          'control-plane-only: the endpoint of the account is never called, with a key or a token, and every answer says so.',
        ),
      firstRotation: z
        .enum(['on-request', 'auto'], { error: 'on-request or auto' })
        .default('on-request')
        .describe(
          'auto: nobody uses the inactive key when the target is adopted, so the first rotation need not wait for a request.',
        ),
      driftEvery: durationText
        .prefault('1h')
        .describe('How often vault and account are compared while no rotation is in flight. Default 1h.'),
      secretExpiry: z
        .enum(['keys', 'all'], { error: 'keys or all' })
        .default('keys')
        .describe("all: the vault's policy wants an expiry on every secret."),
      keyless: flag().describe(
        'Local authentication is off on this account and stays off: there is nothing to adopt or rotate.',
      ),
      maxValidity: durationText
        .optional()
        .describe("The vault policy's maximum validity of a secret. More than 30d. Default none."),
      holdForStragglers: durationOf(0, holdAccepted, longestHoldMs)
        .prefault('0 s')
        .describe(
          "How long the old key is kept beyond the overlap while the vault's audit log shows who still reads it; needs KEYTURN_AUDIT_WORKSPACE. At most 7d. Default 0 s.",
        ),
      afterHold: z
        .enum(['continue', 'suspend'], { error: 'continue or suspend' })
        .default('continue')
        .describe('What comes if holdForStragglers is over and the old key is still read. Default continue.'),
      timeZone: timeZoneSchema
        .default('UTC')
        .describe('IANA time zone of maintenanceWindows and blackoutDates that name none. Default UTC.'),
      maintenanceWindows: windowsSchema.describe(
        'The schedule starts rotations only in these windows; a rotation under way always goes on. Default at any time.',
      ),
      blackoutDates: blackoutsSchema.describe(
        'Days on which the schedule starts nothing: "2026-12-24", "12-24" for every year, or { "from": …, "to": … }. Default none.',
      ),
      copies: copiesSchema,
      canary: flag().describe(
        'The schedule rotates canaries first: the other targets wait until each of them has come through.',
      ),
    },
    'an object with the members of a target',
  ).meta({ id: 'Target', title: 'Target', description: 'One AI account under the care of Keyturn.' }),
);

/**
 * One target as people write it. In each field `error` is what the field accepts, as `fieldProblems` wants it. Defaults
 * that depend on other fields (`prefix`, `overlap`) are set in `declared-targets.ts`. Lazy: a cold start waits for what its settings
 * are checked against.
 */
export const targetSchema = z.lazy(members);

/**
 * A burst of acceptances can meet only one gateway node: with one node of four lagging, twenty calls miss it three times
 * in a thousand. Forty seconds leave the keys of the regenerate's reply current (60 s) until the pointer is switched.
 */
const proofSchema = () =>
  strictMembers(
    {
      acceptances: z
        .int({ error: acceptancesAccepted })
        .min(1)
        .max(100)
        .default(20)
        .describe('This many acceptances in a row, each on a fresh connection. Default 20.'),
      spread: durationText
        .prefault('40 s')
        .describe('Over at least this long. Default 40 s; at most 5 min, and 40 s from one acceptance to the next.'),
    },
    'an object with acceptances and spread',
  );

/** What is easily overlooked in an id, and too far back to be quoted. */
const flaws: readonly (readonly [pattern: RegExp, says: string])[] = [
  [/[\r\n]/, 'a line break'],
  [/\s/, 'a blank'],
  [/[<>{}$]|\.\.\.|…/, 'a placeholder'],
  [/%/, 'a percent escape'],
  [/\/$/, 'a `/` at its end'],
  [/^\/subscriptions\/(?![0-9a-f]{8}-)/i, 'a subscription that is no GUID'],
];

function flawOf(armId: string): string {
  const flaw = flaws.find(([pattern]) => pattern.test(armId));
  return flaw === undefined ? '' : `; this one holds ${flaw[1]}`;
}

export type DeclaredTarget = z.infer<typeof targetSchema>;

/** What `KEYTURN_TARGETS` and the targets file hold: a list, or an object that can name this schema for editors. */
export const targetsDocument = z
  .union([z.array(targetSchema), z.strictObject({ $schema: z.string().optional(), targets: z.array(targetSchema) })])
  .meta({ title: 'Keyturn targets' });

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
