import type { World } from '../../../../local/simulated-azure/world.ts';
import { isObject, itemsAt, type Json, type RecordedFile, textAt } from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

const GROUP = /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)/i;

/** The resource groups that a recording shows or passes through without having made them. */
export function groupEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const known = new Set<string>();
  const require = (path: string, shown: Json | undefined) => {
    const [found, subscription = '', name = ''] = GROUP.exec(path) ?? [];
    if (found === undefined || known.has(found.toLowerCase())) return;
    known.add(found.toLowerCase());
    edits.push({
      before: 0,
      apply: (world) => addGroup(world, subscription, decodeURIComponent(name), shown ?? shownOf(file, found)),
    });
  };
  for (const [index, { request, response }] of file.exchanges.entries()) {
    const path = new URL(request.url).pathname;
    const code = textAt(response.body, 'error', 'code');
    for (const item of itemsAt(response.body, 'value')) {
      const id = textAt(item, 'id') ?? '';
      require(id, textAt(item, 'type') === 'Microsoft.Resources/resourceGroups' ? item : undefined);
    }
    const isGroup = GROUP.exec(path)?.[0] === path;
    const absent = [
      'ResourceGroupNotFound',
      'InvalidResourceGroup',
      'AuthorizationFailed',
      'SubscriptionNotFound',
    ].includes(code ?? '');
    const justMade = isGroup && request.method === 'PUT' && response.status === 201;
    if (justMade) known.add(path.toLowerCase());
    if (isGroup && response.status === 404 && known.has(path.toLowerCase())) {
      edits.push({ before: index, apply: (world) => removeGroup(world, path) });
      known.delete(path.toLowerCase());
    }
    if (absent || justMade || (isGroup && response.status === 404)) continue;
    require(path, isGroup ? response.body : undefined);
  }
  return edits;
}

function removeGroup(world: World, path: string): void {
  const [, subscription = '', name = ''] = GROUP.exec(path) ?? [];
  const present = world.resourceGroups.findIndex(
    (group) =>
      group.name.toLowerCase() === decodeURIComponent(name).toLowerCase() && group.subscriptionId === subscription,
  );
  if (present >= 0) world.resourceGroups.splice(present, 1);
}

/** The group as the first answer of the file that holds it shows it. */
function shownOf(file: RecordedFile, id: string): Json | undefined {
  return file.exchanges
    .map(({ response }) => response.body)
    .find((body) => textAt(body, 'id')?.toLowerCase() === id.toLowerCase());
}

function addGroup(world: World, subscriptionId: string, name: string, shown: Json | undefined): void {
  const { tags } = isObject(shown) ? shown : {};
  const state = textAt(shown, 'properties', 'provisioningState');
  world.resourceGroups.push({
    subscriptionId,
    name,
    location: textAt(shown, 'location') ?? 'eastus',
    tags: isObject(tags) ? ({ ...tags } as Record<string, string>) : {},
    provisioningState: state === 'Deleting' ? 'Deleting' : 'Succeeded',
  });
}
