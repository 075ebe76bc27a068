import { gatewayNode } from '../../../local/simulated-azure/ai-data-plane/key-acceptance.ts';
import type { SimulatedAzure } from '../../../local/simulated-azure/simulated-azure.ts';
import type { Account, Vault } from '../../../local/simulated-azure/world.ts';
import type { Target } from '../../../src/keys/target.ts';
import { secretNames } from '../../../src/keys/target.ts';
import { isSlot, type Slot, slots } from '../../../src/shared/slot.ts';
import { consumerCrowd } from './consumer-crowd.ts';

/** Watches one account and its vault as only who owns this Azure can. */
export interface AzureWatch {
  /** From here on each slot may be regenerated once. */
  rotationBegins(): void;
  /** Call after whatever may have changed something, time included. */
  check(): Promise<void>;
  /** The active slot if vault and account agree on everything; otherwise what is wrong. */
  standing(): { readonly activeSlot: Slot } | { readonly wrong: string };
  /** Each breach as a sentence. */
  readonly breaches: readonly string[];
  /** Requests of consumers: one for each key that one of them may hold and each gateway node, at each check. */
  readonly requests: number;
  /** Keys that were regenerated. */
  readonly regenerated: number;
}

/** @param handle how requests reach `azure`, past whatever watches the app's own */
export function azureWatch(azure: SimulatedAzure, handle: SimulatedAzure['handle'], target: Target): AzureWatch {
  const { world, clock } = azure;
  const account = named(world.accounts, target.account.account);
  const vault = named(world.vaults, new URL(target.vaultUrl).hostname.split('.')[0] ?? '');
  const names = secretNames(target);
  const nodes = connectionsToEachNode(world.pace.gatewayNodes);
  const endpoint = String(account.resource.properties.endpoint);
  const crowd = consumerCrowd(target);
  const breaches: string[] = [];
  let seenKeys = account.keys.length;
  let regeneratedNow: Slot[] = [];
  const [requests, regenerated] = [{ count: 0 }, { count: 0 }];

  async function statusesOf(key: string): Promise<number[]> {
    const answers = nodes.map((connectionId) => handle(modelsRequest(endpoint, key), { ...consumer, connectionId }));
    requests.count += answers.length;
    return (await Promise.all(answers)).map(({ status }) => status);
  }

  return {
    breaches,
    get requests() {
      return requests.count;
    },
    get regenerated() {
      return regenerated.count;
    },
    rotationBegins() {
      regeneratedNow = [];
    },
    async check() {
      const nowMs = clock.nowMs();
      for (const { slot } of account.keys.slice(seenKeys)) {
        regenerated.count += 1;
        if (regeneratedNow.includes(slot)) breaches.push(`${slot} was regenerated twice in one rotation`);
        regeneratedNow.push(slot);
        const [killed] = account.keys.filter((key) => key.slot === slot).slice(-2);
        if (killed !== undefined && crowd.held(nowMs).has(killed.value))
          breaches.push(`${slot} was regenerated while a consumer could hold it`);
      }
      seenKeys = account.keys.length;
      crowd.notification((name) => secretValue(vault, name), nowMs);
      const pointer = secretValue(vault, names.pointer);
      if (pointer !== null && !isSlot(pointer)) breaches.push('the pointer names no slot');
      // What the pointer designates, as stored, is among them.
      for (const key of crowd.held(nowMs)) {
        const statuses = await statusesOf(key);
        if (statuses.some((status) => status !== 200))
          breaches.push(`consumers got ${statuses} while the pointer was ${pointer}`);
      }
    },
    standing() {
      const activeSlot = secretValue(vault, names.pointer) ?? '';
      if (!isSlot(activeSlot)) return { wrong: 'the pointer names no slot' };
      const stale = slots.find((slot) => secretValue(vault, names[slot]) !== currentKey(account, slot));
      if (stale !== undefined) return { wrong: `the vault's ${stale} is not the account's` };
      const isDirectRight =
        names.direct === null || secretValue(vault, names.direct) === currentKey(account, activeSlot);
      return isDirectRight ? { activeSlot } : { wrong: 'the direct value is not the active key' };
    },
  };
}

const consumer = { callerAddress: '203.0.113.20' };

/** The cheapest call that a key opens: this one is made thousands of times. */
function modelsRequest(endpoint: string, key: string): Request {
  return new Request(new URL('openai/models?api-version=2024-10-21', endpoint), { headers: { 'api-key': key } });
}

/** One connection that meets each gateway node. */
function connectionsToEachNode(nodes: number): string[] {
  const found = new Map<number, string>();
  for (let count = 0; found.size < nodes; count += 1) {
    const connectionId = `consumer-${count}`;
    found.set(gatewayNode(connectionId, nodes), connectionId);
  }
  return [...found.values()];
}

function currentKey(account: Account, slot: Slot): string | undefined {
  return account.keys.filter((key) => key.slot === slot).at(-1)?.value;
}

function secretValue(vault: Vault, name: string): string | null {
  return vault.secrets.find((secret) => secret.name === name)?.versions.at(-1)?.value ?? null;
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`there is no ${name}`);
  return found;
}
