import { BlockList, isIPv6 } from 'node:net';
import type { Exchange } from '../exchange.ts';
import type { Vault } from '../world.ts';
import { type CallerText, forbiddenByConnection, forbiddenByFirewall } from './vault-refusal.ts';

/** Lets the caller's address through the vault's network rules, or refuses it. A private address has a private endpoint. */
export function admit(exchange: Exchange, vault: Vault, caller: CallerText): void {
  const { callerAddress } = exchange;
  const { publicNetworkAccess, defaultAction, ipRules } = vault.network;
  if (isIn(callerAddress, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'])) return;
  if (publicNetworkAccess === 'Disabled') throw forbiddenByConnection(caller, vault);
  if (defaultAction === 'Allow' || isIn(callerAddress, ipRules)) return;
  throw forbiddenByFirewall(caller, callerAddress, vault);
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
