import { assertNever } from '../../shared/assert-never.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { NetworkChange } from './network-change.ts';
import type { NetworkWriter } from './ports.ts';

/** Hands over one change that is safe to repeat. The proof and the door have ways of their own. Throws `FailureError`. */
export async function performChange(
  hand: NetworkWriter,
  account: AccountId,
  change: Exclude<NetworkChange, { kind: 'prove-private-path' | 'set-network-rules' }>,
): Promise<void> {
  switch (change.kind) {
    case 'create-virtual-network':
      return await hand.createVirtualNetwork(change);
    case 'create-subnet':
      return await hand.createSubnet(change);
    case 'add-service-endpoint':
      return await hand.addServiceEndpoint(change.subnetId, change.service);
    case 'create-private-endpoint':
      return await hand.createPrivateEndpoint(change);
    case 'approve-connection':
      return await hand.approveConnection(account, change.connection);
    case 'create-zone':
      return await hand.createZone(change.id);
    case 'link-zone':
      return await hand.linkZone(change);
    case 'set-zone-group':
      return await hand.setZoneGroup(change.endpointId, change.name, change.zoneIds);
    default:
      return assertNever(change);
  }
}
