import type { Fence } from '../../shared/fence.ts';
import type { GatherPorts } from './gather-network.ts';
import type { NetworkWriter } from './ports.ts';
import type { ProvePorts } from './prove-way-in.ts';

export interface NetworkWorkPorts extends GatherPorts, Omit<ProvePorts, 'accounts' | 'keepLease'> {
  readonly accounts: (fence: Fence) => ProvePorts['accounts'];
  readonly hand: (fence: Fence) => NetworkWriter;
  /** False where the target's settings keep Keyturn off the account's endpoint: then names and the vault are the whole proof. */
  readonly dataPlane: boolean;
  /** Whether Keyturn still reaches the target's vault. Never throws. */
  readonly vaultReached: () => Promise<boolean>;
  readonly paused: () => Promise<boolean>;
}
