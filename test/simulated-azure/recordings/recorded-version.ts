import type { World } from '../../../local/simulated-azure/world.ts';
import { versionOf } from './put-secret.ts';
import type { Json, RecordedExchange } from './recorded-file.ts';

/**
 * Gives a version of a secret that was just set the id that it had when recorded: lists are in order of these ids, so
 * that pages of them come out as recorded. Returns the answer with that id.
 */
export function withRecordedVersion(
  world: World,
  { request, response }: RecordedExchange,
  live: Json | undefined,
): Json | undefined {
  const [recordedId, liveId] = [versionOf(response.body), versionOf(live)];
  if (request.method !== 'PUT' || recordedId === undefined || liveId === undefined) return live;
  const versions = world.vaults.flatMap(({ secrets }) => secrets.flatMap((secret) => secret.versions));
  const made = versions.find(({ version }) => version === liveId);
  if (made === undefined || versions.some(({ version }) => version === recordedId)) return live;
  Object.assign(made, { version: recordedId });
  return JSON.parse(JSON.stringify(live).replaceAll(liveId, recordedId)) as Json;
}
