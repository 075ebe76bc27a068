import { eventGridOf } from '../event-grid/event-grid-world.ts';
import { customTopicsOf } from '../event-grid-topics/custom-topic.ts';
import { networkOf } from '../network/network-world.ts';
import { webSitesOf } from '../web-apps/web-site.ts';
import type { ArmCall } from './arm-call.ts';
import { showSystemTopic } from './event-grid/system-topics.ts';
import { showTopic } from './event-grid/topics.ts';
import { showEndpoint, showInterface } from './network/show-endpoint.ts';
import { showNetwork } from './network/show-network.ts';
import { showLink } from './private-dns/links.ts';
import { showZone } from './private-dns/zones.ts';
import { showSite } from './web/sites.ts';

/** A resource as lists of many kinds show it. */
export interface OtherResource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: unknown;
  readonly properties: unknown;
}

const eventGridVersion = '2025-02-15';
const networkVersion = '2024-05-01';
const dnsVersion = '2024-06-01';

/** Event Grid's topics, apps, networks and private DNS. Event subscriptions are no resources of their own: they are in no list of these. */
export function otherResources(call: ArmCall): OtherResource[] {
  const { world } = call;
  const { virtualNetworks, privateEndpoints, privateDnsZones } = networkOf(world);
  const bodies = [
    ...eventGridOf(world).systemTopics.map(showSystemTopic),
    ...customTopicsOf(world).map((topic) => showTopic({ ...call, apiVersion: eventGridVersion }, topic)),
    ...webSitesOf(world).map(showSite),
    ...virtualNetworks.map((network) => showNetwork(world, network, networkVersion)),
    ...privateEndpoints.map((endpoint) => showEndpoint(endpoint, networkVersion)),
    ...privateEndpoints.map(showInterface),
    ...privateDnsZones.map(showZone),
    ...privateDnsZones.flatMap((zone) =>
      zone.links.map((link) => showLink({ ...call, apiVersion: dnsVersion }, zone, link)),
    ),
  ];
  return bodies.map(placed);
}

function placed(body: Readonly<Record<string, unknown>>): OtherResource {
  const { id, name, type, location, tags, identity, properties } = body;
  const isZonePart = /virtualNetworkLinks$/i.test(String(type));
  const zone = String(id).split('/')[8] ?? '';
  return {
    id: String(id),
    // Below another resource a name holds the names above it.
    name: isZonePart ? `${zone}/${String(name)}` : String(name),
    type: String(type),
    location: String(location),
    ...(isTags(tags) ? { tags } : {}),
    ...(identity === undefined ? {} : { identity }),
    properties,
  };
}

function isTags(tags: unknown): tags is Readonly<Record<string, string>> {
  return typeof tags === 'object' && tags !== null;
}
