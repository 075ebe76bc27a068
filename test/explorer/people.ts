import { secretNames, type Target } from '../../src/keys/target.ts';
import { isSlot, otherSlot, type Slot, slots } from '../../src/shared/slot.ts';
import type { Call } from '../memory-world/call.ts';
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
} from './world.ts';

/** What a person outside may do. */
export const acts = [
  'regenerate the active key',
  'regenerate the idle key',
  'recreate the account',
  'turn local auth off',
  'move the pointer',
  'move the pointer there and back',
  'restore the pointer of long ago',
  'restore the active secret of long ago',
  'store the idle key in the active secret',
  'store the active key in the idle secret',
  'rewrite the direct value',
  'restore the direct value of long ago',
  'disable the active secret',
  'disable the idle secret',
  'disable the pointer',
  'delete the idle secret',
  'delete the pointer',
  'take the target over',
] as const;
export type Act = (typeof acts)[number];

const accountActs = acts.slice(0, 4);
const pointerActs = acts.filter((act) => act.includes('pointer') || act.includes('over'));
const keyActs = acts.filter((act) => act.includes('secret'));
const directActs = acts.filter((act) => act.includes('direct'));

/** Acts that can matter to `call` as they could not before: those on what it reads or writes, and on the account before a write to the vault. */
export function actsAt({ operation, subject }: Call, effect: 'read' | 'write'): readonly Act[] {
  const ofAccount = operation === 'listKeys' || operation === 'regenerate' || effect === 'write' ? accountActs : [];
  if (operation === 'listKeys' || operation === 'regenerate')
    return [...accountActs, ...(effect === 'write' ? pointerActs : [])];
  if (operation !== 'get' && operation !== 'set' && operation !== 'disable') return [];
  if (subject.endsWith('active-key'))
    return [...ofAccount, ...pointerActs, ...(effect === 'write' ? [...keyActs, ...directActs] : [])];
  if (/key[12]$/.test(subject)) return [...ofAccount, ...keyActs, ...(effect === 'write' ? pointerActs : [])];
  if (subject.endsWith('-key')) return [...ofAccount, ...directActs, ...(effect === 'write' ? pointerActs : [])];
  return [];
}

/** Half a minute: long enough for a consumer to read it. */
const awayMs = 30_000;

/** Does the act; answers the keys that it killed. */
export function doAct(world: World, target: Target, act: Act): readonly string[] {
  const names = secretNames(target);
  const pointed = readable(world, names.pointer);
  const active: Slot = pointed !== null && isSlot(pointed) ? pointed : 'key1';
  const idle = otherSlot(active);
  const kill = (killed: readonly Slot[]) => {
    const dead = killed.map((slot) => world.keys[slot]);
    const made = Object.fromEntries(killed.map((slot) => [slot, makeKey(world)]));
    setKeys(world, { ...world.keys, ...made });
    // The worst of gateways: whoever asks the endpoint does not learn of it.
    world.lingering = [...world.lingering, ...dead];
    return dead;
  };
  /** Stores as a person would: with the tags that stood there. */
  const store = (name: string, value: string): readonly string[] => {
    const held = newest(world, name);
    if (held !== null) putVersion(world, name, { value, tags: held.tags, contentType: held.contentType });
    return [];
  };
  /** A limit of the protocol: where the very version that was last seen comes back before the next look, nothing shows it. */
  const restore = (name: string): readonly string[] => {
    const versions = world.secrets[name]?.versions ?? [];
    const older = versions
      .slice(0, -1)
      .findLast(({ id, value }) => !known.includes(id) && value !== versions.at(-1)?.value);
    if (older !== undefined) setSecret(world, name, { versions: [...versions.filter((one) => one !== older), older] });
    return [];
  };
  const known = JSON.stringify(world.row?.fields ?? null);
  switch (act) {
    case 'regenerate the active key':
      return kill([active]);
    case 'regenerate the idle key':
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
    case 'store the idle key in the active secret':
      return store(names[active], world.keys[idle]);
    case 'store the active key in the idle secret':
      return store(names[idle], world.keys[active]);
    case 'rewrite the direct value':
      return names.direct === null ? [] : store(names.direct, world.keys[idle]);
    case 'restore the direct value of long ago':
      return names.direct === null ? [] : restore(names.direct);
    case 'disable the active secret':
      setEnabled(world, names[active], null, false);
      return [];
    case 'disable the idle secret':
      setEnabled(world, names[idle], null, false);
      return [];
    case 'disable the pointer':
      setEnabled(world, names.pointer, null, false);
      return [];
    case 'delete the idle secret':
      setSecret(world, names[idle], { deleted: true });
      return [];
    case 'delete the pointer':
      setSecret(world, names.pointer, { deleted: true });
      return [];
    case 'take the target over': {
      const held = newest(world, names.pointer);
      if (held !== null)
        putVersion(world, names.pointer, { ...held, tags: { ...held.tags, 'keyturn-instance': 'another' } });
      return [];
    }
  }
}
