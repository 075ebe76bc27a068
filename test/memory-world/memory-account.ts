import type { AccountFacts } from '../../src/keys/ports.ts';
import { type Slot, slots } from '../../src/shared/slot.ts';

/** Gateway nodes of the account's endpoint: each learns of a key in its own time. */
const nodes = 3;
const everyNode = Array.from({ length: nodes }, (_, node) => node);

/** One AI account: its two keys, who killed which, and what each gateway node takes. */
export interface MemoryAccount {
  facts: AccountFacts;
  readonly keys: Record<Slot, string>;
  /** Every key that was ever made, oldest first. */
  readonly everyKey: string[];
  /** How long a replaced key is still accepted. */
  oldKeyAcceptedMs: number;
  /** How long a new key is refused by the last gateway node to hear of it; the others hear earlier. */
  newKeyRefusedMs: number;
  /** Makes a new key in a slot. */
  regenerate(slot: Slot): string;
  /** Deletes the account and recreates it under its name. */
  recreate(): void;
  /** The keys as they were some time ago: what a stale `listKeys` answers. */
  keysAgo(ageMs: number): Readonly<Record<Slot, string>>;
  /** Whether every gateway node takes this key now. */
  accepts(key: string): boolean;
  /** Whether the next node does: calls go around them. */
  acceptsOnNextNode(key: string): boolean;
}

export function memoryAccount(nowMs: () => number, nextId: (prefix: string) => string): MemoryAccount {
  const born = new Map<string, number>();
  const died = new Map<string, number>();
  const make = (slot: Slot) => {
    const key = `${nextId('secret-key-')}-${slot}`;
    account.everyKey.push(key);
    return key;
  };
  const past: { atMs: number; keys: Record<Slot, string> }[] = [];
  const remember = () => past.push({ atMs: nowMs(), keys: { ...account.keys } });
  const replace = (slot: Slot) => {
    died.set(account.keys[slot], nowMs());
    account.keys[slot] = make(slot);
    born.set(account.keys[slot], nowMs());
  };
  let calls = 0;
  const acceptsOn = (node: number, key: string) => {
    if (account.facts.localAuthDisabled) return false;
    const diedAtMs = died.get(key);
    if (diedAtMs !== undefined) return nowMs() < diedAtMs + account.oldKeyAcceptedMs;
    const heardAfterMs = (account.newKeyRefusedMs * (node + 1)) / nodes;
    return slots.some((slot) => account.keys[slot] === key) && nowMs() >= (born.get(key) ?? -Infinity) + heardAfterMs;
  };
  const account: MemoryAccount = {
    facts: {
      internalId: nextId('internal-'),
      kind: 'AIServices',
      location: 'eastus',
      endpoint: 'https://ai-secure-demo.cognitiveservices.azure.com/',
      provisioningState: 'Succeeded',
      endpointIsAzure: true,
      localAuthDisabled: false,
      tags: {},
    },
    keys: { key1: '', key2: '' },
    everyKey: [],
    oldKeyAcceptedMs: 0,
    newKeyRefusedMs: 0,
    regenerate(slot) {
      replace(slot);
      remember();
      return account.keys[slot];
    },
    recreate() {
      for (const slot of slots) replace(slot);
      remember();
      account.facts = { ...account.facts, internalId: nextId('internal-') };
    },
    keysAgo: (ageMs) => past.findLast(({ atMs }) => atMs <= nowMs() - ageMs)?.keys ?? past[0]?.keys ?? account.keys,
    accepts: (key) => everyNode.every((node) => acceptsOn(node, key)),
    acceptsOnNextNode(key) {
      calls += 1;
      return acceptsOn(calls % nodes, key);
    },
  };
  for (const slot of slots) account.keys[slot] = make(slot);
  remember();
  return account;
}
