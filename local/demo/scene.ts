import { z } from 'zod';
import type { RotationScene } from '../../cli/screen/rotation-picture.ts';
import type { World } from '../simulated-azure/world.ts';
import type { CallTally, Operations } from './call-tally.ts';
import type { Counts } from './consumer-messages.ts';
import { copiedTarget, demoCopy, demoSecrets, demoTarget } from './demo-target.ts';
import { masked } from './masked.ts';

const named = z.array(z.object({ name: z.string().nullable() }));
type Named = z.infer<typeof named>;

/** Who read which key, as `GET …/rotations/{id}` answers it. */
export const readersAnswer = z.object({
  readers: z.object({ followers: named, stragglers: named, unclear: named }).nullable(),
});
export type Readers = z.infer<typeof readersAnswer>['readers'];

interface SlotSeen {
  readonly slot: 'key1' | 'key2';
  /** Masked, as all keys here. */
  readonly stored: string;
  /** The account's own key. */
  readonly accepted: string;
  /** The one before it, while the gateway has not forgotten it everywhere. */
  readonly lingering: string | null;
}

/** The declared copy of the other account's key. */
export interface CopySeen {
  /** Masked. */
  readonly holds: string;
  /** The slot of the account that has this key now; null: none. */
  readonly slot: 'key1' | 'key2' | null;
}

/** Everything that is shown at one moment. */
export interface Scene extends RotationScene {
  readonly slots: readonly SlotSeen[];
  readonly pointer: string;
  readonly copy: CopySeen;
  readonly consumers: Counts;
  readonly identities: readonly {
    readonly name: string;
    readonly arm: Operations;
    readonly vault: Operations;
    /** Which of the two keys it read last, as Keyturn has it from the vault's audit log; null: not said. */
    readonly lastRead: 'old key' | 'new key' | null;
  }[];
}

/** The keys of the demo's account, as only who owns this Azure can see them all at once. */
export function keysIn(world: World, nowMs: number): Pick<Scene, 'slots' | 'pointer'> {
  const account = world.accounts.find(({ name }) => name === demoTarget.name);
  const vault = world.vaults.find(({ name }) => name === demoTarget.vault);
  const secret = (name: string) => vault?.secrets.find((each) => each.name === name)?.versions.at(-1)?.value;
  const slots = (['key1', 'key2'] as const).map((slot) => {
    const [current, former] = (account?.keys ?? []).filter((key) => key.slot === slot).toReversed();
    const stored = secret(demoSecrets[slot]);
    const forgottenAtMs = (former?.replacedAtMs ?? 0) + world.pace.oldKeyAcceptedMs;
    return {
      slot,
      stored: stored === undefined ? 'none' : masked(stored),
      accepted: current === undefined ? 'none' : masked(current.value),
      lingering: former === undefined || nowMs >= forgottenAtMs ? null : masked(former.value),
    };
  });
  return { slots, pointer: secret(demoSecrets.pointer) ?? 'none' };
}

/** What the copy holds, as its application reads it. */
export function copyIn(world: World): CopySeen {
  const account = world.accounts.find(({ name }) => name === copiedTarget.name);
  const vault = world.vaults.find(({ name }) => name === demoCopy.vault);
  const value = vault?.secrets.find(({ name }) => name === demoCopy.secretName)?.versions.at(-1)?.value ?? '';
  const key = account?.keys.find((one) => one.value === value && one.replacedAtMs === null);
  return { holds: masked(value), slot: key?.slot ?? null };
}

/** Such as `****1a2b, key2 of openai-secure-demo`. */
export function copyText({ holds, slot }: CopySeen): string {
  return `${holds}, ${slot ?? 'no key'} of ${copiedTarget.name}`;
}

/** What each identity of the demo has done, from the tally. */
export function identitiesIn(world: World, tally: CallTally, readers: Readers): Scene['identities'] {
  const reads = (name: string, ...lists: readonly Named[]) => lists.flat().some((one) => one.name === name);
  return ['func-keyturn', 'id-demo-consumer'].map((name) => {
    const id = objectIdOf(world, name);
    const isOld = readers !== null && reads(name, readers.stragglers, readers.unclear);
    const lastRead = readers !== null && reads(name, readers.followers) ? 'new key' : isOld ? 'old key' : null;
    return { name, arm: tally.by(id, 'arm'), vault: tally.by(id, 'vault'), lastRead };
  });
}

export function objectIdOf({ principals }: World, name: string): string {
  const found = principals.find((principal) => principal.name === name);
  if (found === undefined) throw new Error(`The world has no ${name}.`);
  return found.objectId;
}
