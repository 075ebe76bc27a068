import { sameId } from '../../network/network-world.ts';
import { armAnswer, armEmpty, gatewayError, resourceNotFound } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { tagsIn } from '../tags-in.ts';
import { type TaggedThing, taggedThings } from './tagged-things.ts';

/** The tags of a subscription, a group or a resource, as a resource of their own below it. */
export function getTags(call: ArmCall): Response {
  return withThing(call, (thing) => shown(call, thing));
}

export function putTags(call: ArmCall): Response {
  return withThing(call, (thing) => {
    thing.holder.tags = tagsIn(propertiesIn(call));
    return shown(call, thing);
  });
}

/** `Merge` adds and replaces by name, `Replace` replaces all, `Delete` takes away those that match in name and value. */
export function patchTags(call: ArmCall): Response {
  return withThing(call, (thing) => {
    const tags = tagsIn(propertiesIn(call));
    const before = thing.holder.tags ?? {};
    switch (String(call.body.operation).toLowerCase()) {
      case 'merge':
        thing.holder.tags = { ...without(before, (name) => named(tags, name) !== undefined), ...tags };
        break;
      case 'replace':
        thing.holder.tags = tags;
        break;
      case 'delete':
        thing.holder.tags = without(before, (name, value) => named(tags, name) === value);
        break;
      default:
        // Assumed: neither code nor text is on record.
        return gatewayError(
          400,
          'InvalidTagsPatchOperation',
          `The operation '${String(call.body.operation)}' of the tags is not one of Merge, Replace, Delete.`,
        );
    }
    return shown(call, thing);
  });
}

export function deleteTags(call: ArmCall): Response {
  return withThing(call, (thing) => {
    thing.holder.tags = {};
    return armEmpty(200);
  });
}

function withThing(call: ArmCall, answer: (thing: TaggedThing) => Response): Response {
  const scope = call.param('scope');
  const thing = taggedThings(call.world).find(({ id }) => sameId(id, scope));
  if (thing !== undefined) return answer(thing);
  const [type = '', name = ''] = scope.split('/').slice(-2);
  const namespace = /\/providers\/([^/]+)\//i.exec(scope)?.[1] ?? 'Microsoft.Resources';
  return resourceNotFound(`${namespace}/${type}`, name, call.path.resourceGroup ?? '');
}

function shown(call: ArmCall, { holder }: TaggedThing): Response {
  return armAnswer(200, {
    id: `${call.param('scope')}/providers/Microsoft.Resources/tags/default`,
    name: 'default',
    type: 'Microsoft.Resources/tags',
    properties: { tags: holder.tags ?? {} },
  });
}

function propertiesIn({ body }: ArmCall): Record<string, unknown> {
  return typeof body.properties === 'object' && body.properties !== null ? { ...body.properties } : {};
}

/** Names of tags compare without case, values with it. */
function named(tags: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(tags).find(([known]) => sameId(known, name))?.[1];
}

function without(
  tags: Readonly<Record<string, string>>,
  isGone: (name: string, value: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([name, value]) => !isGone(name, value)));
}
