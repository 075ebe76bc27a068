import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { defaultApiClientId } from '../simulated-azure/default-world.ts';
import { loginHostOf } from '../simulated-azure/simulated-clouds.ts';
import { demoTarget } from './demo-target.ts';
import type { Stage } from './stage.ts';

/** Prints JSON for people, and anything else as it is. */
const formatted =
  'let t="";process.stdin.on("data",(d)=>{t+=d}).on("end",()=>{try{console.log(JSON.stringify(JSON.parse(t),null,2))}catch{process.stdout.write(t)}})';

/**
 * What to try in another shell once a rotation was seen. Every indented line works as it stands, in any shell that knows
 * functions, from the folder in which this was started.
 */
export async function nextSteps({
  exportsFile,
  runFolder,
  runner,
  local,
}: Pick<Stage, 'exportsFile' | 'runFolder' | 'runner' | 'local'>): Promise<string[]> {
  const shellFile = join(runFolder, 'shell.sh');
  const token = `https://${loginHostOf(local.azure.world)}/$AZURE_TENANT_ID/oauth2/v2.0/token`;
  const lines = [
    `. ${quoted(exportsFile)}`,
    '# Calls the API as an operator: api METHOD PATH [BODY]',
    'api() {',
    '  curl -sS -X "$1" -H "Content-Type: application/json" -d "$3" \\',
    `    -H "Authorization: Bearer $(curl -sS "${token}" -d grant_type=client_credentials -d "client_id=$AZURE_CLIENT_ID" \\`,
    `    -d "client_secret=$AZURE_CLIENT_SECRET" -d scope=api://${defaultApiClientId}/.default \\`,
    `    | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')" "${runner.url}/api/$2" | formatted`,
    '}',
    `formatted() { ${quoted(process.execPath)} -e '${formatted}'; }`,
    `export KEYTURN_URL=${runner.url} KEYTURN_API_CLIENT_ID=${defaultApiClientId}`,
    `keyturn() { ${quoted(process.execPath)} ${quoted(join(import.meta.dirname, '../../cli/keyturn.ts'))} "$@"; }`,
  ];
  await writeFile(shellFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  return [
    'Let this shell take the simulated Azure for Azure; `keyturn` and `api` sign in as an operator:',
    `  . ${shortPath(shellFile)}`,
    'List the targets, and the rotation that you have seen:',
    '  keyturn targets',
    `  keyturn rotations ${demoTarget.name}`,
    'Rotate again and watch it, here too. This time no word is needed, and the pointer moves back:',
    `  keyturn rotate ${demoTarget.name} --watch`,
    'Ask the API itself:',
    `  api GET targets/${demoTarget.name}`,
    'Run the timer function by hand, and see who called what:',
    "  curl -s -H Content-Type:application/json -d '{}' \\",
    `    ${runner.url}/admin/functions/sweep`,
    '  curl -s $SIMULATED_AZURE_CONTROL/calls | tail -n 20',
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Relative to where the user stands, when it lies below; `.` needs a slash in it either way. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? quoted(file) : `./${path}`;
}
