import { sameId } from '../../network/network-world.ts';
import { armAnswer, armEmpty, gatewayError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { taggedThings } from './tagged-things.ts';

/** The names and values of tags in a subscription: those in use, counted, and those made in advance. */
export function listTagNames(call: ArmCall): Response {
  return armAnswer(200, { value: namesOf(call).map((name) => show(call, name)) });
}

/** 201 for a new name, 200 for one that is known. */
export function putTagName(call: ArmCall): Response {
  const name = call.param('name');
  const isNew = !namesOf(call).some((known) => sameId(known, name));
  madeIn(call)[keyOf(call, name)] ??= [];
  return armAnswer(isNew ? 201 : 200, show(call, name));
}

export function putTagValue(call: ArmCall): Response {
  const [name, value] = [call.param('name'), call.param('value')];
  if (!namesOf(call).some((known) => sameId(known, name))) return notFound(name);
  const isNew = !valuesOf(call, name).includes(value);
  const made = madeIn(call);
  const key = keyOf(call, name);
  made[key] = [...new Set([...(made[key] ?? []), value])];
  return armAnswer(isNew ? 201 : 200, showValue(call, name, value));
}

/** A name or value that something still has stays: 409. */
export function deleteTagName(call: ArmCall): Response {
  const name = call.param('name');
  if (usesOf(call, name).length > 0) return inUse(name);
  const isKnown = namesOf(call).some((known) => sameId(known, name));
  delete madeIn(call)[keyOf(call, name)];
  return armEmpty(isKnown ? 200 : 204);
}

export function deleteTagValue(call: ArmCall): Response {
  const [name, value] = [call.param('name'), call.param('value')];
  if (usesOf(call, name).includes(value)) return inUse(`${name}=${value}`);
  const made = madeIn(call);
  const key = keyOf(call, name);
  if (made[key] !== undefined) made[key] = made[key].filter((one) => one !== value);
  return armEmpty(200);
}

function show(call: ArmCall, name: string): Record<string, unknown> {
  return {
    id: idOf(call, name),
    tagName: name,
    count: { type: 'Total', value: usesOf(call, name).length },
    values: valuesOf(call, name).map((value) => showValue(call, name, value)),
  };
}

function showValue(call: ArmCall, name: string, value: string): Record<string, unknown> {
  const count = usesOf(call, name).filter((one) => one === value).length;
  return { id: `${idOf(call, name)}/tagValues/${value}`, tagValue: value, count: { type: 'Total', value: count } };
}

function idOf(call: ArmCall, name: string): string {
  return `/subscriptions/${call.param('subscription')}/tagNames/${name}`;
}

function namesOf(call: ArmCall): string[] {
  const all = [...Object.keys(madeIn(call)), ...tagsInUse(call).map(([name]) => name)];
  return all.filter((name, at) => all.findIndex((other) => sameId(other, name)) === at);
}

function valuesOf(call: ArmCall, name: string): string[] {
  return [...new Set([...(madeIn(call)[keyOf(call, name)] ?? []), ...usesOf(call, name)])];
}

/** The value of each thing that has a tag of that name. */
function usesOf(call: ArmCall, name: string): string[] {
  return tagsInUse(call).flatMap(([known, value]) => (sameId(known, name) ? [value] : []));
}

function tagsInUse({ world, ...call }: ArmCall): [string, string][] {
  const within = `/subscriptions/${call.param('subscription')}/`.toLowerCase();
  return taggedThings(world)
    .filter(({ id }) => `${id}/`.toLowerCase().startsWith(within))
    .flatMap(({ holder }) => Object.entries(holder.tags ?? {}));
}

function keyOf(call: ArmCall, name: string): string {
  return Object.keys(madeIn(call)).find((known) => sameId(known, name)) ?? name;
}

function madeIn(call: ArmCall): Record<string, string[]> {
  const subscription = call.world.subscriptions.find(({ id }) => sameId(id, call.param('subscription')));
  if (subscription === undefined) return {};
  subscription.tagNames ??= {};
  return subscription.tagNames;
}

/** Both codes are assumed: a recorded refusal was not found. */
function notFound(name: string): Response {
  return gatewayError(404, 'TagNotFound', `The tag name '${name}' could not be found.`);
}

function inUse(name: string): Response {
  return gatewayError(409, 'TagInUse', `The tag '${name}' is used by resources and cannot be deleted.`);
}
