import { secretNames, type Target } from '../../../src/keys/target.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { isSlot, otherSlot, type Slot, slots } from '../../../src/shared/slot.ts';
import type { DriftNotes } from '../../../src/targets/drift-notes.ts';
import type { Call } from '../../memory-world/call.ts';
import { copyName } from '../../memory-world/target-builder.ts';
import {
  isLive,
  makeKey,
  newest,
  nextId,
  putVersion,
  readable,
  setEnabled,
  setKeys,
  setSecret,
  type World,
} from '../world.ts';
import { rowOf } from './operators.ts';

/** What a person outside may do. */
const acts = [
  'regenerate the active key',
  'regenerate the inactive key',
  'recreate the account',
  'turn local auth off',
  'turn local auth on',
  'move the pointer',
  'move the pointer there and back',
  'restore the pointer of long ago',
  'restore the active secret of long ago',
  'store the inactive key in the active secret',
  'store the active key in the inactive secret',
  'rewrite the direct value',
  'restore the direct value of long ago',
  'disable the active secret',
  'disable the inactive secret',
  'disable the pointer',
  'delete the active secret',
  'delete the inactive secret',
  'delete the pointer',
  'disable the direct value',
  'delete the direct value',
  'disable the endpoint',
  'delete the endpoint',
  'recover what was deleted',
  'enable what was disabled',
  'take the target over',
  'store the inactive key in the copy',
  'store the active key in the copy',
  'restore the copy of long ago',
  'store something else in the copy',
  'disable the copy',
  'delete the copy',
] as const;
export type Act = (typeof acts)[number];

const accountActs: readonly Act[] = [
  'regenerate the active key',
  'regenerate the inactive key',
  'recreate the account',
  'turn local auth off',
  'turn local auth on',
];
const pointerActs = acts.filter((act) => act.includes('pointer') || act === 'take the target over');
/** What an adoption or repair meets as it was left; a rotation suspends of these as of the disabled active secret. */
const restingActs: readonly Act[] = [
  'delete the active secret',
  'disable the direct value',
  'delete the direct value',
  'disable the endpoint',
  'delete the endpoint',
];
const copyActs = acts.filter((act) => act.includes('the copy'));
const movingActs = acts.filter((act) => !restingActs.includes(act) && !copyActs.includes(act));
const activeActs = movingActs.filter((act) => act.includes('active secret'));
const idleActs = acts.filter((act) => act.includes('inactive secret'));
const directActs = movingActs.filter((act) => act.includes('direct'));
const repairs: readonly Act[] = ['recover what was deleted', 'enable what was disabled'];

/**
 * Acts that can matter to `call` as they could not before it: those on what a read is about, which it sees, and those on
 * anything that consumers or the call depend on before a write, which it does not see. What stands between two such
 * places sees nothing of the act.
 */
export function actsAt(
  world: World,
  target: Target,
  { operation, subject }: Call,
  effect: 'read' | 'write',
  cuts: boolean,
): readonly Act[] {
  const able = (list: readonly Act[]) => list.filter((act) => canDo(world, target, act));
  const { pointer, direct } = secretNames(target);
  if (operation === 'listKeys') return able(accountActs);
  if (operation === 'regenerate') return able([...accountActs, ...pointerActs, ...repairs]);
  if (operation !== 'get' && operation !== 'set' && operation !== 'disable') return [];
  if (target.copies.some((copy) => copyName(copy) === subject)) return able([...copyActs, ...repairs]);
  const isKey = subject === secretNames(target).key1 || subject === secretNames(target).key2;
  if (subject !== pointer && subject !== direct && !isKey) return [];
  if (effect === 'write')
    return able([
      ...accountActs,
      ...pointerActs,
      ...(isKey || subject === pointer ? [...activeActs, ...idleActs] : []),
      ...(subject === pointer || subject === direct ? directActs : []),
      ...repairs,
    ]);
  if (subject === pointer) return able([...pointerActs, ...repairs]);
  if (subject === direct) return able([...directActs, ...repairs]);
  if (!cuts) return able([...activeActs, ...idleActs, ...repairs]);
  const isActive = subject === secretNames(target)[activeSlot(world, target)];
  return able([...(isActive ? activeActs : idleActs), ...repairs]);
}

export function actsAtRest(world: World, target: Target): readonly Act[] {
  return acts.filter((act) => canDo(world, target, act));
}

/** Whether the act would change anything. */
function canDo(world: World, target: Target, act: Act): boolean {
  const names = secretNames(target);
  const active = activeSlot(world, target);
  const stands = (name: string | null) => name !== null && newest(world, name) !== null;
  switch (act) {
    case 'turn local auth off':
      return !world.facts.localAuthDisabled;
    case 'turn local auth on':
      return world.facts.localAuthDisabled;
    case 'recover what was deleted':
      return Object.values(world.secrets).some(({ deleted }) => deleted);
    case 'enable what was disabled':
      return everySecret(target).some((name) => newest(world, name)?.enabled === false);
    case 'rewrite the direct value':
      return stands(names.direct);
    case 'restore the pointer of long ago':
      return older(world, names.pointer) !== undefined;
    case 'restore the active secret of long ago':
      return older(world, names[active]) !== undefined;
    case 'restore the direct value of long ago':
      return names.direct !== null && older(world, names.direct) !== undefined;
    case 'disable the active secret':
      return newest(world, names[active])?.enabled === true;
    case 'disable the inactive secret':
      return newest(world, names[otherSlot(active)])?.enabled === true;
    case 'disable the pointer':
      return newest(world, names.pointer)?.enabled === true;
    case 'delete the active secret':
      return stands(names[active]);
    case 'delete the inactive secret':
      return stands(names[otherSlot(active)]);
    case 'disable the direct value':
      return names.direct !== null && newest(world, names.direct)?.enabled === true;
    case 'delete the direct value':
      return stands(names.direct);
    case 'disable the endpoint':
      return newest(world, names.endpoint)?.enabled === true;
    case 'delete the endpoint':
      return stands(names.endpoint);
    case 'move the pointer':
    case 'move the pointer there and back':
    case 'delete the pointer':
    case 'take the target over':
      return stands(names.pointer);
    case 'store the inactive key in the active secret':
      return stands(names[active]);
    case 'store the active key in the inactive secret':
      return stands(names[otherSlot(active)]);
    case 'store the inactive key in the copy':
    case 'store something else in the copy':
    case 'delete the copy':
      return stands(copyOf(target));
    case 'store the active key in the copy':
      return stands(copyOf(target)) && readable(world, copyOf(target) ?? '') !== world.keys[active];
    case 'restore the copy of long ago':
      return copyOf(target) !== null && older(world, copyOf(target) ?? '') !== undefined;
    case 'disable the copy':
      return target.copies[0]?.kind === 'key-vault-secret' && newest(world, copyOf(target) ?? '')?.enabled === true;
    default:
      return true;
  }
}

function copyOf({ copies }: Target): string | null {
  const [copy] = copies;
  return copy === undefined ? null : copyName(copy);
}

function everySecret(target: Target): readonly string[] {
  return [...Object.values(secretNames(target)), copyOf(target)].filter((name) => name !== null);
}

function activeSlot(world: World, target: Target): Slot {
  const pointed = readable(world, secretNames(target).pointer);
  return pointed !== null && isSlot(pointed) ? pointed : 'key1';
}

/**
 * A limit of the protocol: where the very version that was last seen comes back before the next look, nothing shows it.
 * Once a suspension says that something else was seen, or the sweep has looked since, it may come back.
 */
function older(world: World, name: string) {
  const row = rowOf(world);
  const notes = (world.notes?.fields ?? null) as DriftNotes | null;
  const versions = world.secrets[name]?.versions ?? [];
  const value = versions.at(-1)?.value;
  const others = versions.slice(0, -1).filter((one) => one.value !== value);
  const isLookedAt = row?.rotation === null && (notes?.lookedAtMs ?? 0) > (world.memory.lastActMs ?? Infinity);
  if (isLookedAt || row?.rotation?.kind === 'suspended') return others.at(-1);
  const known = JSON.stringify(row);
  // Of a copy the row knows no version's id, but what was last seen in it.
  const isSeen = ({ id, value }: (typeof others)[number]) =>
    row?.copies.some(({ salt, mark }) => mark === fingerprint(new SecretText(`${id} ${value}`), salt));
  return others.findLast((one) => !known.includes(one.id) && isSeen(one) !== true);
}

/** Half a minute: long enough for a consumer to read it. */
const awayMs = 30_000;

/** Does the act; answers the keys that it killed. */
export function doAct(world: World, target: Target, act: Act): readonly string[] {
  const names = secretNames(target);
  const active = activeSlot(world, target);
  const idle = otherSlot(active);
  const kill = (killed: readonly Slot[]) => {
    const dead = killed.map((slot) => world.keys[slot]);
    const made = Object.fromEntries(killed.map((slot) => [slot, makeKey(world)]));
    setKeys(world, { ...world.keys, ...made });
    // The worst of gateways: anyone who asks the endpoint does not learn of it.
    world.lingering = [...world.lingering, ...dead];
    return dead;
  };
  /** Stores as a person would: with the tags that stood there. */
  const store = (name: string, value: string): readonly string[] => {
    const held = newest(world, name);
    if (held !== null) putVersion(world, name, { value, tags: held.tags, contentType: held.contentType });
    return [];
  };
  const restore = (name: string): readonly string[] => {
    const versions = world.secrets[name]?.versions ?? [];
    const found = older(world, name);
    if (found !== undefined) setSecret(world, name, { versions: [...versions.filter((one) => one !== found), found] });
    return [];
  };
  switch (act) {
    case 'regenerate the active key':
      return kill([active]);
    case 'regenerate the inactive key':
      return kill([idle]);
    case 'recreate the account':
      world.facts = { ...world.facts, internalId: nextId(world, 'internal-') };
      return kill(slots);
    case 'turn local auth off': {
      world.facts = { ...world.facts, localAuthDisabled: true };
      return Object.values(world.secrets)
        .flatMap(({ versions }) => versions.map(({ value }) => value))
        .concat(Object.values(world.keys))
        .filter((value) => !isLive(world, value));
    }
    case 'turn local auth on':
      world.facts = { ...world.facts, localAuthDisabled: false };
      return [];
    case 'recover what was deleted':
      for (const [name, { deleted }] of Object.entries(world.secrets))
        if (deleted) setSecret(world, name, { deleted: false });
      return [];
    case 'enable what was disabled':
      for (const name of everySecret(target)) setEnabled(world, name, null, true);
      return [];
    case 'move the pointer':
      return store(names.pointer, idle);
    case 'move the pointer there and back': {
      const held = newest(world, names.pointer);
      if (held === null) return [];
      const { tags, contentType, value } = held;
      const back = { kind: 'set', name: names.pointer, value, tags, contentType, sentAtMs: null } as const;
      world.flying = [...world.flying, { dueAtMs: world.nowMs + awayMs, change: back }];
      return store(names.pointer, idle);
    }
    case 'restore the pointer of long ago':
      return restore(names.pointer);
    case 'restore the active secret of long ago':
      return restore(names[active]);
    case 'store the inactive key in the active secret':
      return store(names[active], world.keys[idle]);
    case 'store the active key in the inactive secret':
      return store(names[idle], world.keys[active]);
    case 'rewrite the direct value':
      return names.direct === null ? [] : store(names.direct, world.keys[idle]);
    case 'restore the direct value of long ago':
      return names.direct === null ? [] : restore(names.direct);
    case 'disable the active secret':
      setEnabled(world, names[active], null, false);
      return [];
    case 'disable the inactive secret':
      setEnabled(world, names[idle], null, false);
      return [];
    case 'disable the pointer':
      setEnabled(world, names.pointer, null, false);
      return [];
    case 'delete the active secret':
      setSecret(world, names[active], { deleted: true });
      return [];
    case 'delete the inactive secret':
      setSecret(world, names[idle], { deleted: true });
      return [];
    case 'disable the direct value':
      if (names.direct !== null) setEnabled(world, names.direct, null, false);
      return [];
    case 'delete the direct value':
      if (names.direct !== null) setSecret(world, names.direct, { deleted: true });
      return [];
    case 'disable the endpoint':
      setEnabled(world, names.endpoint, null, false);
      return [];
    case 'delete the endpoint':
      setSecret(world, names.endpoint, { deleted: true });
      return [];
    case 'delete the pointer':
      setSecret(world, names.pointer, { deleted: true });
      return [];
    case 'store the inactive key in the copy':
      return store(copyOf(target) ?? '', world.keys[idle]);
    case 'store the active key in the copy':
      return store(copyOf(target) ?? '', world.keys[active]);
    case 'store something else in the copy':
      return store(copyOf(target) ?? '', 'contoso');
    case 'restore the copy of long ago': {
      const name = copyOf(target) ?? '';
      const value = older(world, name)?.value;
      // A secret's version comes back with a backup; when an app last changed never does.
      return target.copies[0]?.kind === 'app-setting' && value !== undefined ? store(name, value) : restore(name);
    }
    case 'disable the copy':
      setEnabled(world, copyOf(target) ?? '', null, false);
      return [];
    case 'delete the copy':
      setSecret(world, copyOf(target) ?? '', { deleted: true });
      return [];
    case 'take the target over': {
      const held = newest(world, names.pointer);
      if (held !== null)
        putVersion(world, names.pointer, { ...held, tags: { ...held.tags, 'keyturn-instance': 'another' } });
      return [];
    }
  }
}
