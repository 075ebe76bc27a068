import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The environment of the worker: `environment`, and below it the `Values` of local.settings.json if the app folder has one.
 * The host itself does not read that file; Core Tools turns it into environment variables, where existing ones win.
 */
export async function workerEnvironment(
  appFolder: string,
  environment: NodeJS.ProcessEnv,
  port: number,
): Promise<NodeJS.ProcessEnv> {
  const file = join(appFolder, 'local.settings.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  const { Values = {}, ConnectionStrings = {} } = parsed(file, text);
  const connections = Object.entries(ConnectionStrings).map(([name, value]) => [
    `ConnectionStrings__${name}`,
    String(value),
  ]);
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    WEBSITE_HOSTNAME: `localhost:${port}`,
    ...Object.fromEntries(connections),
    ...Object.fromEntries(Object.entries(Values).map(([name, value]) => [name, String(value)])),
    ...environment,
  };
}

function parsed(file: string, text: string): { Values?: object; ConnectionStrings?: object } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no valid JSON: ${error instanceof Error ? error.message : error}`);
  }
}
