import { eventGridOf } from '../../event-grid/event-grid-world.ts';
import { customTopicsOf, topicIdOf } from '../../event-grid-topics/custom-topic.ts';
import { vaultId } from '../../key-vault/vault-id.ts';
import { networkId, networkOf } from '../../network/network-world.ts';
import { webSiteId, webSitesOf } from '../../web-apps/web-site.ts';
import type { World } from '../../world.ts';
import { accountId } from '../cognitive-services/account-id.ts';
import { showSystemTopic } from '../event-grid/system-topics.ts';
import { resourceOf } from '../managed-identity/find-identity.ts';

/** Whatever keeps tags: `tags` is read and replaced as a whole. */
interface TagHolder {
  tags?: Record<string, string> | null | undefined;
}

/** Something with an ARM id that can have tags. */
export interface TaggedThing {
  readonly id: string;
  readonly holder: TagHolder;
}

/** Every subscription, group and resource that can have tags. */
export function taggedThings(world: World): readonly TaggedThing[] {
  const { virtualNetworks, privateEndpoints, privateDnsZones } = networkOf(world);
  return [
    ...world.subscriptions.map((holder) => ({ id: `/subscriptions/${holder.id}`, holder })),
    ...world.resourceGroups.map((holder) => ({
      id: `/subscriptions/${holder.subscriptionId}/resourceGroups/${holder.name}`,
      holder,
    })),
    ...world.accounts.map((account) => ({ id: accountId(account), holder: account.resource })),
    ...world.vaults.map((vault) => ({ id: vaultId(vault), holder: vault })),
    ...world.principals.flatMap((principal) =>
      principal.resourceId === null ? [] : [{ id: principal.resourceId, holder: resourceOf(principal) }],
    ),
    ...virtualNetworks.map((holder) => ({ id: networkId('virtualNetworks', holder), holder })),
    ...privateEndpoints.map((holder) => ({ id: networkId('privateEndpoints', holder), holder })),
    ...privateDnsZones.map((holder) => ({ id: networkId('privateDnsZones', holder), holder })),
    ...eventGridOf(world).systemTopics.map((holder) => ({ id: String(showSystemTopic(holder).id), holder })),
    ...webSitesOf(world).map((holder) => ({ id: webSiteId(holder), holder })),
    ...customTopicsOf(world).map((holder) => ({ id: topicIdOf(holder), holder })),
  ];
}
