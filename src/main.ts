import { type HttpHandler, app as host } from '@azure/functions';
import { type Edge, refusingEdge } from './api/edge.ts';
import { invocationLog } from './api/invocation-log.ts';
import type { App } from './app/contract.ts';
import { clouds } from './azure/clouds.ts';
import { systemClock } from './azure/system-clock.ts';
import { defaultEventsQueue, defaultSweepSchedule, readSettings, type Settings } from './settings/settings.ts';
import { SettingsError } from './settings/settings-error.ts';
import { assertNever } from './shared/unexpected-error.ts';
import { functions, type Registration } from './triggers/registrations.ts';

/** From package.json: tools/build.ts puts it in. */
declare const keyturnVersion: string;

// Before the settings are read: the line stands there too when they are refused.
invocationLog({ event: 'app-started', version: keyturnVersion });
for (const registration of registrations()) register(registration);

/** Every function; with settings that cannot be used, all that can say so. */
function registrations(): readonly Registration[] {
  try {
    const settings = readSettings();
    return functions(edge(settings), settings, page(settings));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    invocationLog({ event: 'settings-refused', fields: error.problems.map(({ field }) => field) });
    // The sweep fails at each run, which an alert sees. The queues are left alone: their messages wait, instead of ending
    // as poison. Event Grid is answered 500 and comes again for a day; a function that is not there it would give up.
    const defaults = { sweepSchedule: defaultSweepSchedule, eventsQueue: defaultEventsQueue };
    return functions(refusingEdge(error), defaults, refused(error)).filter(({ trigger }) => trigger !== 'queue');
  }
}

function edge(settings: Settings): Edge {
  const authorise = onFirstUse(() => makeAuthoriser(settings));
  return {
    app: onFirstUse(() => makeApp(settings)),
    authorise: async (request, role) => (await authorise())(request, role),
    log: invocationLog,
    newId,
  };
}

/** The dashboard, loaded when somebody opens it; its files lie beside the bundle. */
function page({ cloud, tenantId, apiClientId }: Settings): HttpHandler {
  const handler = onFirstUse(async () => {
    const { dashboard } = await import('./api/dashboard/dashboard.ts');
    const { authorityHost, issuerHosts } = clouds[cloud];
    const signIn = { tenantId, apiClientId, authorityHost, issuerHost: issuerHosts.v2 };
    return await dashboard(new URL('./pages/', import.meta.url), signIn);
  });
  return async (request, context) => (await handler())(request, context);
}

function refused({ problems }: SettingsError): HttpHandler {
  return async (request, context) => {
    const { refusedPage } = await import('./api/dashboard/dashboard.ts');
    return refusedPage(problems.map(({ field }) => field))(request, context);
  };
}

/** Not by node:crypto, which a cold start would wait for. */
function newId(): string {
  return crypto.randomUUID();
}

/** Loaded when the first request comes in: the queue never needs it. */
async function makeAuthoriser({ cloud, tenantId, apiClientId }: Settings): Promise<Edge['authorise']> {
  const [{ authoriser }, { entraSigningKeys }] = await Promise.all([
    import('./api/authorise.ts'),
    import('./azure/entra/signing-keys.ts'),
  ]);
  const { authorityHost, issuerHosts } = clouds[cloud];
  const rules = { tenantId, apiClientId, authorityHost, issuerHosts };
  return authoriser(rules, entraSigningKeys(rules, systemClock), systemClock);
}

/** Loaded when the first call comes in, not when the functions are registered: a cold start waits for the latter. */
async function makeApp(settings: Settings): Promise<App> {
  const { storage, instance, fleet, audit, historyRetentionMs } = settings;
  const cloud = clouds[settings.cloud];
  const [{ createApp }, { shareReads }, { azureAccess }, { credential }, { makeTargets }, { makeNotifier }] =
    await Promise.all([
      import('./app/create-app.ts'),
      import('./app/sweep/share-reads.ts'),
      import('./azure/azure-access.ts'),
      import('./azure/entra/credential.ts'),
      import('./app/targets/make-targets.ts'),
      import('./app/notifier.ts'),
    ]);
  const access = azureAccess({ cloud, credential: credential(settings.identityClientId), storage });
  const rules = { ...settings.discovery, vaultSuffix: cloud.vault.suffix, instance };
  const { targets, targetsBlob: place, ownApp } = settings;
  const declared = { declared: targets, place, ownApp, rules };
  const app = createApp({
    ...access,
    ...makeTargets({ ...access, ...declared, log: invocationLog }),
    ...{ hardening: access, events: { vaults: access.vaultEvents, queue: settings.eventsQueue } },
    auditLog: audit && access.workspaceLog(audit),
    ...{ newId, random: Math.random },
    ...{ notifier: makeNotifier(access, settings.notifier), log: invocationLog },
    ...{ fleet, instance, historyRetentionMs, version: keyturnVersion },
  });
  return shareReads(app, systemClock);
}

/** What `make` makes, once; made again after a failure. */
function onFirstUse<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

function register(registration: Registration): void {
  const { name, trigger } = registration;
  switch (trigger) {
    case 'timer':
      host.timer(name, registration.options);
      break;
    case 'queue':
      host.storageQueue(name, registration.options);
      break;
    case 'event-grid':
      host.eventGrid(name, registration.options);
      break;
    case 'http':
      host.http(name, registration.options);
      break;
    default:
      assertNever(trigger);
  }
}
