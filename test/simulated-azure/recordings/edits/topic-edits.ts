import {
  customTopicsOf,
  newCustomTopic,
  topicHostOf,
} from '../../../../local/simulated-azure/event-grid-topics/custom-topic.ts';
import type { World } from '../../../../local/simulated-azure/world.ts';
import { guidOf } from '../placeholders.ts';
import type { RecordedFile } from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

const hostPattern = /^([^.]+)\.([^.]+)-1\.(eventgrid\.azure\.[a-z]+)$/;

/** The custom topics behind the endpoints that a recording publishes to; what was taken tells their schema. */
export function topicEdits(file: RecordedFile): WorldEdit[] {
  return file.exchanges.flatMap((exchange, before) => {
    const { hostname } = new URL(exchange.request.url);
    const [, name, location] = hostPattern.exec(hostname) ?? [];
    if (name === undefined || location === undefined) return [];
    const isCloud = /cloudevents/.test(exchange.request.headers['content-type'] ?? '');
    const at = {
      subscriptionId: guidOf('subscription of recorded topics'),
      resourceGroup: 'rg-recorded',
      name,
      location,
    };
    return [
      {
        before,
        apply: (world) => {
          if (topicAt(world, hostname) === undefined)
            customTopicsOf(world).push(newCustomTopic(at, isCloud ? 'CloudEventSchemaV1_0' : 'EventGridSchema'));
        },
      },
    ];
  });
}

export function topicAt(world: World, host: string) {
  const suffix = hostPattern.exec(host)?.[3] ?? '';
  return customTopicsOf(world).find((topic) => topicHostOf(topic, suffix) === host);
}
