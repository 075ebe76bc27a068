import { createHash } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import type { Account, IssuedKey, Pace } from '../world.ts';

/**
 * Whether the gateway node that this connection meets takes `key` for `account` now. Nodes learn of a new key, and
 * forget an old one, one after the other: the last at `newKeyAcceptedMs` and `oldKeyAcceptedMs`, the others earlier,
 * evenly spread (a lone node is the last).
 */
export function acceptsKey({ azure, connectionId }: Exchange, account: Account, key: string): boolean {
  const { pace } = azure.world;
  const share = (gatewayNode(connectionId, pace.gatewayNodes) + 1) / pace.gatewayNodes;
  const nowMs = azure.clock.nowMs();
  return account.keys.some((issued) => issued.value === key && isAcceptedAt(issued, nowMs, share, pace));
}

/**
 * Whether the gateway node that this connection meets has local authentication turned off: nodes learn of a change one
 * after the other, the last one after `localAuthMs`.
 * https://learn.microsoft.com/azure/ai-services/disable-local-auth: typically minutes, up to hours
 */
export function refusesKeys({ azure, connectionId }: Exchange, account: Account): boolean {
  const { localAuthMs = 0, gatewayNodes } = azure.world.pace;
  const disabled = account.resource.properties.disableLocalAuth === true;
  const { localAuthChange } = account;
  if (localAuthChange === undefined) return disabled;
  const share = (gatewayNode(connectionId, gatewayNodes) + 1) / gatewayNodes;
  const hasLearnt = azure.clock.nowMs() >= localAuthChange.atMs + share * localAuthMs;
  return hasLearnt ? disabled : !disabled;
}

function isAcceptedAt(issued: IssuedKey, nowMs: number, share: number, pace: Pace): boolean {
  const from = issued.issuedAtMs + share * pace.newKeyAcceptedMs;
  const until =
    issued.replacedAtMs === null ? Number.POSITIVE_INFINITY : issued.replacedAtMs + share * pace.oldKeyAcceptedMs;
  return nowMs >= from && nowMs < until;
}

/** The node that a connection meets, from 0: the same one for its whole life, any one for the next connection. */
export function gatewayNode(connectionId: string, nodes: number): number {
  return createHash('sha256').update(connectionId).digest().readUInt32BE(0) % nodes;
}
