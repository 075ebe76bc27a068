/** `node local/runner/start.ts --app <folder> --state <folder> [--port 7071] [--keys on|off] [--log plain|json]` */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRunner } from './host.ts';
import { type LogEntry, plainLine, reasonOf } from './log.ts';

const usage =
  'node local/runner/start.ts --app <folder> --state <folder> [--port 7071] [--keys on|off] [--log plain|json]';

try {
  const { values } = parseArgs({
    options: {
      app: { type: 'string', default: '.' },
      state: { type: 'string', default: '.keyturn/runner' },
      port: { type: 'string', default: '7071' },
      keys: { type: 'string', default: 'off' },
      log: { type: 'string', default: 'plain' },
    },
  });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65_535)
    throw new Error(`--port must be 0 to 65535, not "${values.port}".`);
  if (values.keys !== 'on' && values.keys !== 'off') throw new Error(`--keys must be on or off, not "${values.keys}".`);
  if (values.log !== 'plain' && values.log !== 'json')
    throw new Error(`--log must be plain or json, not "${values.log}".`);
  const line = values.log === 'json' ? (entry: LogEntry) => JSON.stringify(entry) : plainLine;

  const runner = await startRunner({
    appFolder: resolve(values.app),
    stateFolder: resolve(values.state),
    port: Number(values.port),
    keys: values.keys,
    log: (entry) => console.log(line(entry)),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      // A second signal no longer waits: without the host's end of the channel the worker ends too.
      process.once(signal, () => process.exit(130));
      void runner.stop();
    });
  }
  process.exit((await runner.ended) === 'stopped' ? 0 : 1);
} catch (error) {
  console.error(reasonOf(error));
  if ((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')) console.error(usage);
  process.exit(1);
}
