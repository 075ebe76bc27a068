import leven from 'leven';
import * as z from 'zod';
import { clouds } from '../azure/clouds.ts';
import { systemClock } from '../azure/system-clock.ts';
import type { FleetLimits } from '../rotation/schedule/fleet-facts.ts';
import { guidPattern } from '../shared/arm-id.ts';
import { type FieldProblem, fieldProblems, found, textLike } from '../shared/field-problem.ts';
import { dayMs } from '../shared/time.ts';
import { durationOf, durationText } from '../targets/duration-text.ts';
import { auditSettings } from './audit-settings.ts';
import { discoverySettings } from './discovery-settings.ts';
import { scheduleProblem } from './ncrontab.ts';
import { notificationSettings } from './notification-settings.ts';
import { SettingsError } from './settings-error.ts';
import { storageSettings } from './storage-settings.ts';
import { targetsSettings } from './targets-settings.ts';
import type { Variables } from './variables.ts';

/** What the app is told from outside, checked and with every default filled in. */
export type Settings = Readonly<ReturnType<typeof readSettings>>;

const guid = textLike(guidPattern, 'a GUID such as 00000000-0000-0000-0000-000000000000');
const address = textLike(/^https:\/\/[a-z0-9.-]+(?::\d+)?\/?$/i, 'an https:// address without a path').transform(
  (url) => url.replace(/\/$/, ''),
);

/** Every five minutes. The heart of a rotation is woken by its own messages; the sweep finds what they missed. */
export const defaultSweepSchedule = '0 */5 * * * *';

/** Where Event Grid delivers Key Vault's events for an app without public inbound; in the app's own storage account. */
export const defaultEventsQueue = 'keyturn-secret-events';

/** Less would take away what a person looks for after a holiday. */
const leastRetentionMs = 30 * dayMs;
const retentionAccepted = 'a duration from 30d to 3650d';

const mostOfLimit = 100_000;
const limitAccepted = `a whole number from 0 (no bound) to ${mostOfLimit}`;
const limit = textLike(/^\d{1,6}$/, limitAccepted)
  .refine((digits) => Number(digits) <= mostOfLimit, { error: limitAccepted })
  .transform(Number);

/** Every variable that Keyturn reads but the platform's own. In each, `error` is what is accepted. */
const schema = z.object({
  KEYTURN_CLOUD: z
    .enum(['public', 'usgovernment', 'china'], { error: 'public, usgovernment or china' })
    .default('public'),
  KEYTURN_TENANT_ID: guid,
  KEYTURN_API_CLIENT_ID: guid,
  KEYTURN_IDENTITY_CLIENT_ID: guid.optional(),
  // Key Vault tags hold 256 characters; 60 is the longest name of a function app, the default.
  KEYTURN_INSTANCE: textLike(
    /^[0-9A-Za-z][0-9A-Za-z-]{0,59}$/,
    '1 to 60 of 0-9, a-z, A-Z and -; in Azure the name of the function app by default',
  ),
  KEYTURN_SWEEP_SCHEDULE: z.string().default(defaultSweepSchedule),
  // A twentieth of ten thousand targets: with the default overlap, all of them take two days of the thirty that a key
  // outlives its due day.
  KEYTURN_MAX_RUNNING: limit.default(500),
  KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION: limit.default(100),
  KEYTURN_STOP_AFTER_FAILURES: limit.default(5),
  KEYTURN_START_JITTER: durationText.prefault('1h'),
  KEYTURN_DISCOVERED_CANARIES: z
    .enum(['true', 'false'], { error: 'true or false' })
    .default('false')
    .transform((value) => value === 'true'),
  // A year, and a month in which an audit may ask for it.
  KEYTURN_HISTORY_RETENTION: durationOf(leastRetentionMs, retentionAccepted).prefault('400d'),
  KEYTURN_AUDIT_WORKSPACE: guid.optional(),
  KEYTURN_AUDIT_SCANNERS: z.string().optional(),
  KEYTURN_EVENTS_QUEUE: textLike(
    // https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
    /^(?=.{3,63}$)(?!advance-rotation$)(?!.*-poison$)[a-z0-9](?:-?[a-z0-9])*$/,
    "a queue's name, such as keyturn-secret-events: 3 to 63 of a-z, 0-9 and single -; not advance-rotation, nor one that ends in -poison",
  ).default(defaultEventsQueue),
  KEYTURN_EVENT_GRID_TOPIC: z.string().optional(),
  KEYTURN_WEBHOOK_URL: z.string().optional(),
  KEYTURN_WEBHOOK_FORMAT: z.string().optional(),
  KEYTURN_NOTIFY: z.string().optional(),
  KEYTURN_TARGETS: z.string().optional(),
  KEYTURN_TARGETS_FILE: z.string().optional(),
  KEYTURN_TARGETS_BLOB: z.string().optional(),
  KEYTURN_DISCOVERY_SUBSCRIPTIONS: z.string().optional(),
  KEYTURN_DISCOVERY_VAULTS: z.string().optional(),
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__queueServiceUri: address.optional(),
  AzureWebJobsStorage__tableServiceUri: address.optional(),
  AzureWebJobsStorage__blobServiceUri: address.optional(),
  AzureWebJobsStorage__credential: textLike(/^managedidentity$/i, 'managedidentity').optional(),
  AzureWebJobsStorage__clientId: guid.optional(),
});

/** The variables that Keyturn reads, the platform's own aside. */
export const settingNames: readonly string[] = Object.keys(schema.shape);

/** Set by the platform in every plan, by none of the local tools. Not CONTAINER_NAME, which the maker of a container may set. */
const platformVariables = ['WEBSITE_SITE_NAME', 'WEBSITE_INSTANCE_ID', 'WEBSITE_SKU'];

/**
 * The settings, from the environment. A variable of empty text counts as absent.
 * @param nowMs a schedule must come round soon after it
 * @throws SettingsError with every problem at once
 */
export function readSettings(environment: Variables = process.env, nowMs: number = systemClock.nowMs()) {
  const variables = withoutEmptyTexts(environment);
  const inAzure = platformVariables.some((name) => variables[name] !== undefined);
  const given = { ...variables, KEYTURN_INSTANCE: variables.KEYTURN_INSTANCE ?? variables.WEBSITE_SITE_NAME };
  const parsed = schema.safeParse(given, { reportInput: true });
  const problems = [...misspelled(variables), ...(parsed.success ? [] : fieldProblems(parsed.error))];
  if (inAzure) problems.push(...printingNode(variables));
  const schedule = variables.KEYTURN_SWEEP_SCHEDULE ?? defaultSweepSchedule;
  const noSchedule = scheduleProblem(schedule, nowMs);
  if (noSchedule !== null)
    problems.push({
      field: 'KEYTURN_SWEEP_SCHEDULE',
      found: found(schedule),
      accepted: `an NCRONTAB expression of 6 fields (5: without seconds), such as ${defaultSweepSchedule} (every 5 minutes); ${noSchedule}`,
    });

  const cloud = parsed.success ? parsed.data.KEYTURN_CLOUD : 'public';
  const ownApp = variables.WEBSITE_SITE_NAME ?? null;
  const storage = storageSettings(parsed.success ? parsed.data : variables, cloud, inAzure);
  // A bad address is already told by the schema.
  if ('field' in storage) problems.push(storage);
  const { targets, blob, problems: targetProblems } = targetsSettings(variables, clouds[cloud].vault.suffix, ownApp);
  const discovery = discoverySettings(variables, clouds[cloud].vault.suffix);
  const { notifier, problems: notificationProblems } = notificationSettings(variables, clouds[cloud].eventGrid.suffix);
  const { audit, problems: auditProblems } = auditSettings(variables, targets);
  problems.push(...targetProblems, ...discovery.problems, ...notificationProblems, ...auditProblems);
  problems.splice(0, problems.length, ...orUnresolved(problems, variables));
  if (!parsed.success || 'field' in storage || problems.length > 0) throw new SettingsError(problems);

  const data = parsed.data;
  return {
    cloud,
    tenantId: data.KEYTURN_TENANT_ID.toLowerCase(),
    /** Client id of the app registration of the admin API: the audience of its access tokens. */
    apiClientId: data.KEYTURN_API_CLIENT_ID.toLowerCase(),
    /** Client id of a user-assigned identity; null: the system-assigned one. */
    identityClientId: data.KEYTURN_IDENTITY_CLIENT_ID ?? null,
    storage,
    /** Written to the pointer's tag `keyturn-instance`: two instances with one name would not notice each other. */
    instance: data.KEYTURN_INSTANCE,
    /** NCRONTAB, resolved here and not by the host's `%…%`: an unresolved name would put the timer in error. */
    sweepSchedule: data.KEYTURN_SWEEP_SCHEDULE,
    /** The storage queue to which Event Grid delivers if it cannot reach the app; resolved here, as the schedule is. */
    eventsQueue: data.KEYTURN_EVENTS_QUEUE,
    /** Name of the app in which Keyturn runs; null: not in Azure. */
    ownApp,
    targets,
    /** The blob that lists them; null: `targets` does. */
    targetsBlob: blob,
    fleet: {
      maxRunning: data.KEYTURN_MAX_RUNNING,
      maxRunningPerSubscription: data.KEYTURN_MAX_RUNNING_PER_SUBSCRIPTION,
      stopAfterFailures: data.KEYTURN_STOP_AFTER_FAILURES,
      startJitterMs: data.KEYTURN_START_JITTER,
      discoveredCanaries: data.KEYTURN_DISCOVERED_CANARIES,
    } satisfies FleetLimits,
    /** Where tags on AI accounts may make targets; no subscriptions: nowhere. */
    discovery: discovery.rules,
    notifier,
    /** The Log Analytics workspace to which vaults send their audit log; null: it is not asked. */
    audit,
    /** How long history and audit trail of rotations that have ended are kept, milliseconds. */
    historyRetentionMs: data.KEYTURN_HISTORY_RETENTION,
  };
}

/** Read by Node before any code runs: with them it prints what it sends and is sent, keys and tokens among it, to the log. */
function printingNode(variables: Variables): readonly FieldProblem[] {
  return ['NODE_DEBUG', 'NODE_DEBUG_NATIVE'].flatMap((field) => {
    const value = variables[field];
    const accepted = 'nothing in Azure: with it Node writes requests with their keys and tokens into the log';
    return value === undefined ? [] : [{ field, found: found(value), accepted }];
  });
}

/**
 * What the platform, or a deployment, was to put in place of a text and did not. Whatever else is wrong with such a
 * setting follows from that, and is not told.
 */
function orUnresolved(problems: readonly FieldProblem[], variables: Variables): readonly FieldProblem[] {
  const unresolved = settingNames.flatMap((field): readonly FieldProblem[] => {
    const what = unresolvedText(variables[field] ?? '');
    return what === null ? [] : [{ field, ...what }];
  });
  return [...unresolved, ...problems.filter(({ field }) => !unresolved.some((one) => one.field === field))];
}

function unresolvedText(value: string): Omit<FieldProblem, 'field'> | null {
  const [, service] = /^@Microsoft\.(KeyVault|AppConfiguration)\(/i.exec(value) ?? [];
  if (service !== undefined) {
    const source = service.toLowerCase() === 'keyvault' ? 'Key Vault' : 'App Configuration';
    return {
      found: `a ${source} reference that was not resolved`,
      accepted: `the value itself: let the app's identity read the ${source}, over its network too, and look at the reference's status among the app's settings`,
    };
  }
  return /^%[^%\s]+%$/.test(value)
    ? { found: 'a name between % that nobody has replaced', accepted: 'the value itself' }
    : null;
}

function withoutEmptyTexts(environment: Variables): Variables {
  const trimmed = Object.entries(environment).map(([name, value]) => [name, value?.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== undefined && value !== ''));
}

/** Names one or two letters away from a setting of ours: an ignored slip would leave a default in force unseen. */
function misspelled(variables: Variables): FieldProblem[] {
  return Object.keys(variables).flatMap((name) => {
    if (!/^keyturn/i.test(name) || settingNames.includes(name)) return [];
    const near = settingNames.find((known) => leven(known, name.toUpperCase()) <= 2);
    return near === undefined
      ? []
      : [{ field: name, found: 'a name that is not known here', accepted: `did you mean ${near}?` }];
  });
}
