/**
 * The worker process: loads the app and runs its functions, nothing else. Forked by worker-process.ts, told what to do over IPC.
 * Like the real Node worker it installs no signal handler; an unhandled rejection ends it with exit code 1.
 */
import { coreModule, emptyRegistrations } from './core-module.ts';
import { type HookData, invokeFunction, runHooks } from './invoke-function.ts';
import { loadApp } from './load-app.ts';
import { provideCoreModule } from './provide-core-module.ts';
import type { FromWorker, LoadedApp, ToWorker } from './wire.ts';

const registrations = emptyRegistrations();
const appHookData: HookData = {};
const appOnlyHookData: HookData = {};

function tell(message: FromWorker): void {
  process.send?.(message);
}

async function load(appFolder: string): Promise<LoadedApp> {
  provideCoreModule(
    coreModule(registrations, (level, category, message) => tell({ type: 'log', level, category, message })),
  );
  let loadError: string | null = null;
  try {
    await loadApp(appFolder, registrations);
  } catch (error) {
    loadError = error instanceof Error ? error.message : String(error);
    console.error(loadError);
  }
  // The hooks run even when an entry file failed, and before the host hears of any function.
  await runHooks(registrations, 'appStart', {
    hookData: appOnlyHookData,
    appHookData,
    functionAppDirectory: appFolder,
  });
  const capabilities = (await registrations.model?.getCapabilities?.({})) ?? {};
  registrations.locked = true;
  return { functions: [...registrations.functions.values()].map(({ metadata }) => metadata), capabilities, loadError };
}

process.on('message', async (message: ToWorker) => {
  switch (message.type) {
    case 'load':
      return tell({ type: 'loaded', app: await load(message.appFolder) });
    case 'invoke': {
      const { invocationId, functionId: functionName } = message.request;
      const outcome = await invokeFunction(registrations, message.request, appHookData, (level, category, text) =>
        tell({ type: 'log', level, category, message: text, functionName, invocationId }),
      );
      return tell({ type: 'outcome', invocationId, outcome });
    }
    case 'terminate':
      await runHooks(registrations, 'appTerminate', { hookData: appOnlyHookData, appHookData });
      return process.exit(0);
  }
});

// The channel closes when the host is gone, however it went: a worker never outlives it.
process.on('disconnect', () => process.exit(1));
