import { relative } from 'node:path';
import { defaultApiClientId } from '../simulated-azure/default-world.ts';
import { loginHostOf } from '../simulated-azure/simulated-clouds.ts';
import { demoTarget } from './demo-target.ts';
import type { Stage } from './stage.ts';

/** What to try in another shell once a rotation was seen; every line works as it stands. */
export function nextSteps(
  { exportsFile, runner, local }: Pick<Stage, 'exportsFile' | 'runner' | 'local'>,
  rotationId: string,
): string[] {
  const target = `${runner.url}/api/targets/${demoTarget.name}`;
  const header = '-H "Authorization: Bearer $TOKEN"';
  return [
    '# this shell takes the simulated Azure for Azure',
    `. ${shortPath(exportsFile)}`,
    '# sign in, as an operator',
    `TOKEN=$(curl -s https://${loginHostOf(local.azure.world)}/$AZURE_TENANT_ID/oauth2/v2.0/token -d grant_type=client_credentials -d client_id=$AZURE_CLIENT_ID -d client_secret=$AZURE_CLIENT_SECRET -d scope=api://${defaultApiClientId}/.default | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    '# targets with their state; the rotation that you have seen',
    `curl -s ${header} ${runner.url}/api/targets`,
    `curl -s ${header} ${target}/rotations/${rotationId}`,
    '# rotate again: this time it needs no word, and moves the pointer back; watch it here',
    `curl -s -X POST -d '' ${header} ${target}/rotations`,
    '# wake the timer function by hand; see who called what',
    `curl -s -X POST -H "Content-Type: application/json" -d "{}" ${runner.url}/admin/functions/sweep`,
    'curl -s "$SIMULATED_AZURE_CONTROL/calls?since=0" | tail -n 20',
  ];
}

/** Relative to where the user stands, when it lies below; `.` needs a slash in it either way. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : `./${path}`;
}
