import { parseArmId } from '../../src/shared/arm-id.ts';

/** The names in an ARM id, outermost first, such as `vnet-hub/snet-endpoints`; any other text as it is. */
function nameIn(id: string): string {
  return parseArmId(id)?.names.join('/') ?? id;
}

/** A sentence with the names of its ARM ids only: whole, each takes several lines. */
export function withShortIds(text: string): string {
  return text.replaceAll(/\/subscriptions\/[^\s,;]+/gi, nameIn);
}

/** Where a resource lies, with the part of the subscription's id that tells it from others; null: that is no ARM id. */
export function groupOf(id: string): string | null {
  const parts = parseArmId(id);
  return parts && `${parts.resourceGroup}, subscription ${parts.subscriptionId.slice(0, 8)}…`;
}

/** A resource as people write it, such as `vnet-hub in rg-hub, subscription 0b1f6471…`; any other text as it is. */
export function placed(id: string): string {
  const group = groupOf(id);
  return group === null ? id : `${nameIn(id)} in ${group}`;
}
