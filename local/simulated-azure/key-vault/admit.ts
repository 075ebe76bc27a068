import { BlockList, isIPv6 } from 'node:net';
import type { Exchange } from '../exchange.ts';
import { NameNotFound } from '../faults.ts';
import { networkPath } from '../network/network-path.ts';
import { sameId } from '../network/network-world.ts';
import type { Vault } from '../world.ts';
import { type CallerText, forbiddenByConnection, forbiddenByFirewall } from './vault-refusal.ts';

/** Lets the caller's way in through the vault's network rules, or refuses it. A private endpoint is not asked about them. */
export function admit(exchange: Exchange, vault: Vault, caller: CallerText): void {
  const path = networkPath(exchange, 'Microsoft.KeyVault');
  const { publicNetworkAccess, defaultAction, ipRules, subnets = [] } = vault.network;
  if (path.kind === 'no-such-name') throw new NameNotFound(exchange.url.hostname);
  if (path.kind === 'private-endpoint' && path.approved) return;
  if (path.kind === 'private-endpoint' || publicNetworkAccess === 'Disabled')
    throw forbiddenByConnection(caller, vault);
  if (defaultAction === 'Allow') return;
  if (path.kind === 'subnet' && subnets.some((id) => sameId(id, path.subnetId))) return;
  if (path.kind === 'internet' && isIn(path.address, ipRules)) return;
  throw forbiddenByFirewall(caller, path.address, vault);
}

function isIn(address: string, rules: readonly string[]): boolean {
  const list = new BlockList();
  for (const rule of rules) {
    const [network = '', bits] = rule.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(network, family);
    else list.addSubnet(network, Number(bits), family);
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
