import type { WakeUps } from '../durable/ports.ts';
import type { Accounts, KeyProbe, Secrets } from '../keys/ports.ts';
import type { Clock } from '../shared/clock.ts';
import type { Fence } from '../shared/fence.ts';
import type { Log } from '../shared/log-event.ts';
import type { AccountRows, InstanceRows } from './ports.ts';

/** What the engine needs of the world; `app.ts` fills it with adapters. */
export interface EnginePorts {
  readonly rows: AccountRows;
  readonly pauses: InstanceRows;
  readonly wakeUps: WakeUps;
  readonly probe: KeyProbe;
  readonly clock: Clock;
  /**
   * Control plane and vault under a lease's fence. `isUrgent`: whether a leaked key is accepted as long as they are not
   * reached, or a rotation asks for the last time; asked at each call, default never.
   */
  readonly accounts: (fence: Fence, isUrgent?: () => boolean) => Accounts;
  readonly secrets: (vaultUrl: string, fence: Fence) => Secrets;
  readonly log: Log;
  /** A random id: lease tokens, rotation ids, salts. */
  readonly newId: () => string;
  /** In [0, 1): spreads pauses. */
  readonly random: () => number;
  /** The name of this Keyturn instance, as the pointer's tag carries it. */
  readonly instance: string;
}
