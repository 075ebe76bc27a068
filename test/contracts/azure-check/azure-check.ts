import { help, readCheckOptions, WrongUse } from './options.ts';
import { runCheck } from './run-check.ts';

/** `npm run azure-check`: tries Keyturn on the reader's own Azure. */

try {
  const options = readCheckOptions(process.argv.slice(2));
  if (options === null) console.log(help);
  else process.exitCode = await runCheck(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}
// Connections that are kept alive would keep the process.
process.exit();
