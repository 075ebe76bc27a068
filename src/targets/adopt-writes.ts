import { versionOf } from '../keys/gate.ts';
import { type Carried, carried } from '../keys/key-secret.ts';
import { ownerOf } from '../keys/ownership-tags.ts';
import type { CurrentVersion, KeyPair, SecretToStore, StoredSecret } from '../keys/ports.ts';
import { type SecretPart, secretNames, type Target } from '../keys/target.ts';
import { disabledVersion } from '../keys/whose-secret.ts';
import { asFailure, FailureError, isRateRefusal } from '../shared/failure.ts';
import { slots } from '../shared/slot.ts';
import type { AdoptFacts, Change } from './adopt-plan.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';

/** Why an adoption stops between two writes. */
export class Refused extends Error {
  readonly reason: 'lost-race' | 'foreign-secret' | 'keys-unsteady';
  constructor(reason: Refused['reason']) {
    super(`the adoption stops: ${reason}`);
    this.name = 'Refused';
    this.reason = reason;
  }
}

/** What one round of an adoption rests on. */
export interface Found extends AdoptFacts {
  readonly pair: KeyPair;
}

type Versioned = CurrentVersion<{ version: string }>;

/** What a vault takes it counts in ten seconds. https://learn.microsoft.com/azure/key-vault/general/service-limits */
const vaultRestMs = 10_000;
/** Well within the lease, which each write renews. */
const longestRestMs = 20_000;
/** In all rounds of an adoption: so that a request is answered in time, also if others keep the vault from taking any. */
const mostRests = 3;

/** How often an adoption has waited for the vault so far. */
export interface Rests {
  taken: number;
}

/** How long to wait before a write that the vault did not take, as it takes too many; null: it is another failure, or it asks for longer. */
function restOf({ failure }: FailureError): number | null {
  if (failure.kind !== 'not-applied' || !isRateRefusal(failure.code)) return null;
  const restMs = failure.retryAfterMs ?? vaultRestMs;
  return restMs > longestRestMs ? null : restMs;
}

/**
 * The writes of one round. Right before each the pointer, which says whose the target is, and the secret that is written are
 * read again: anybody who has changed them since is not overwritten. They throw `Refused`, and `FailureError`.
 */
export function adoptWrites(
  { accounts, secrets, clock }: Pick<AdoptPorts, 'accounts' | 'secrets' | 'clock'>,
  target: Target,
  rules: AdoptRules,
  found: Found,
  rests: Rests,
) {
  const names = secretNames(target);
  const { pair, vault, deleted, disabled, formerIds } = found;
  const armIds = [target.account.armId, ...formerIds];
  const nameOf = (part: SecretPart): string => {
    const name = names[part];
    if (name === null) throw new TypeError('this target has no direct-value secret');
    return name;
  };

  /** Waits if the vault takes no more for now: what fails midway has to settle for over a minute before it can be adopted. */
  const whenTaken = async (send: () => Promise<unknown>): Promise<unknown> => {
    for (;;) {
      const answer = await send().catch(asFailure);
      if (!(answer instanceof FailureError)) return answer;
      const restMs = restOf(answer);
      if (restMs === null || rests.taken === mostRests) throw answer;
      rests.taken += 1;
      await clock.sleep(restMs);
      // What was proved of the keys was proved before the wait.
      const now = await accounts.listKeys(target.account);
      if (!slots.every((slot) => now[slot].equals(pair[slot]))) throw new Refused('keys-unsteady');
    }
  };

  const write = (
    part: SecretPart,
    was: Versioned,
    send: (now: StoredSecret) => Promise<unknown>,
    alsoSame: () => Promise<boolean> = async () => true,
  ): Promise<unknown> =>
    whenTaken(() =>
      rules.whileFresh(
        () => Promise.all([secrets.read(names.pointer), secrets.read(nameOf(part)), alsoSame()]),
        ([pointer, { secret }, isAlso]) => {
          const isSame = versionOf(pointer.secret) === versionOf(vault.pointer) && versionOf(secret) === versionOf(was);
          if (!isSame || !isAlso) throw new Refused('lost-race');
        },
        ([, { secret }]) => send(secret),
      ),
    );
  /** The name shows no version if it is disabled or deleted: only its tags tell that it is still the same. */
  const isSameDisabled = async (part: SecretPart) => {
    const now = disabledVersion(await secrets.listVersions(nameOf(part)), armIds);
    return now?.version === disabled[part]?.version;
  };
  const isSameDeleted = async (part: SecretPart) =>
    JSON.stringify(await secrets.deletedTags(nameOf(part))) === JSON.stringify(deleted[part]);
  const recover = (part: SecretPart) =>
    write(
      part,
      { kind: 'absent' },
      () => secrets.recover(nameOf(part)),
      () => isSameDeleted(part),
    );

  return {
    recover,
    /**
     * Stores a part's next version, made of the one that stands and of what is carried forward from it. A deleted secret is
     * recovered first: it comes back with whatever value it had, so the right one follows at once.
     */
    async put(
      part: SecretPart,
      change: Change,
      was: Versioned,
      make: (now: StoredSecret, carried: Carried | null) => SecretToStore,
    ): Promise<Change | 'recovered'> {
      const tags = deleted[part];
      if (tags === undefined) {
        const before = disabled[part] ?? null;
        const isAlso = was.kind === 'disabled' ? () => isSameDisabled(part) : undefined;
        await write(part, was, (now) => secrets.store(make(now, carried(now) ?? before)), isAlso);
        return change;
      }
      await recover(part);
      const { secret: back } = await secrets.read(nameOf(part));
      // Somebody may have purged what lay there, and recovered or made another in the moment before.
      if (back.kind === 'stored' && ownerOf(back.tags, armIds) !== 'this-account') throw new Refused('foreign-secret');
      const next = make(back, carried(back) ?? { tags, contentType: null });
      if (back.kind !== 'stored' || !back.value.equals(next.value)) await write(part, back, () => secrets.store(next));
      return 'recovered';
    },
  };
}
