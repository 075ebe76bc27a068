import { identityResource } from '../../../../local/simulated-azure/arm/managed-identity/identity-resource.ts';
import { at, isObject, itemsAt, type Json, type RecordedFile, textAt } from '../recorded-file.ts';
import type { RecordedWorld, WorldEdit } from './world-edit.ts';

const IDENTITY =
  /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.managedidentity\/userassignedidentities\/[^/]+$/i;

/** The user-assigned identities that a recording shows without having made them. */
export function identityEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const known = new Set<string>();
  for (const [index, { request, response }] of file.exchanges.entries()) {
    const path = new URL(request.url).pathname.replace(/^\/+/, '/');
    const isIdentity = IDENTITY.test(path);
    const id = path.toLowerCase();
    const before = known.size === 0 ? 0 : index;
    if (isIdentity && response.status === 404) known.delete(id);
    if (isIdentity && request.method === 'PUT' && response.status === 201) known.add(id);
    if (isIdentity && response.status === 200 && !known.has(id)) {
      known.add(id);
      edits.push({ before, apply: (world) => addIdentity(world, path, response.body) });
    }
    for (const item of itemsAt(response.body, 'value')) {
      const shown = textAt(item, 'id') ?? '';
      if (!IDENTITY.test(shown) || known.has(shown.toLowerCase())) continue;
      known.add(shown.toLowerCase());
      edits.push({ before, apply: (world) => addIdentity(world, shown, item) });
    }
    if (isIdentity && request.method === 'DELETE') known.delete(id);
  }
  return edits;
}

function addIdentity(world: RecordedWorld, path: string, shown: Json | undefined): void {
  const tags = at(shown, 'tags');
  world.principals.push({
    objectId: textAt(shown, 'properties', 'principalId') ?? crypto.randomUUID(),
    clientId: textAt(shown, 'properties', 'clientId') ?? crypto.randomUUID(),
    name: path.split('/').at(-1) ?? '',
    kind: 'user-assigned',
    resourceId: path.replace(/\/resourcegroups\//i, '/resourcegroups/'),
    secret: null,
    appRoles: {},
    identity: identityResource(textAt(shown, 'location') ?? 'eastus', {
      tags: isObject(tags) ? ({ ...tags } as Record<string, string>) : {},
      isolationScope: textAt(shown, 'properties', 'isolationScope') ?? 'None',
    }),
  });
}
