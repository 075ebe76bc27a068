import type { KeyPair, Secrets, SecretToStore, StoredSecret } from '../keys/ports.ts';
import { secretNames, type Target } from '../keys/target.ts';
import { secretFact } from '../keys/vault-snapshot.ts';
import { type AdoptFacts, type Change, isStrange, type Part } from './adopt-plan.ts';
import type { AdoptRules } from './adopt-rules.ts';

/** Why an adoption stops between two writes. */
export class Refused extends Error {
  readonly reason: 'lost-race' | 'foreign-secret';
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

type Versioned = { readonly kind: 'stored'; readonly version: string } | { readonly kind: 'absent' | 'disabled' };

/** The writes of one round. They throw `Refused`, and `FailureError`. */
export interface AdoptWrites {
  /**
   * Stores a part's next version, made of the one that stands. A deleted secret is recovered first: it comes back with
   * whatever value it had, so the right one follows at once.
   */
  put(
    part: Part,
    change: Change,
    was: Versioned,
    make: (now: StoredSecret) => SecretToStore,
  ): Promise<Change | 'recovered'>;
  recover(part: Part): Promise<void>;
}

/**
 * Right before each write the pointer, which says whose the target is, and the secret that is written are read again:
 * whoever has changed them since is not overwritten.
 */
export function adoptWrites(secrets: Secrets, target: Target, rules: AdoptRules, found: Found): AdoptWrites {
  const names = secretNames(target);
  const { vault, deleted, keys } = found;
  const nameOf = (part: Part): string => {
    const name = names[part];
    if (name === null) throw new TypeError('this target has no direct-value secret');
    return name;
  };

  const write = (name: string, was: Versioned, send: (now: StoredSecret) => Promise<unknown>): Promise<unknown> =>
    rules.whileFresh(
      () => Promise.all([secrets.read(names.pointer), secrets.read(name)]),
      async ([pointer, { secret }]) => {
        const isSame = versionOf(pointer.secret) === versionOf(vault.pointer) && versionOf(secret) === versionOf(was);
        if (!isSame) throw new Refused('lost-race');
        return await send(secret);
      },
    );
  const recover = async (part: Part) => {
    const name = nameOf(part);
    await write(name, { kind: 'absent' }, () => secrets.recover(name));
  };

  return {
    recover,
    async put(part, change, was, make) {
      const name = nameOf(part);
      if (deleted[part] === undefined) {
        await write(name, was, (now) => secrets.store(make(now)));
        return change;
      }
      await recover(part);
      const read = await secrets.read(name);
      const back = read.secret;
      const isKey = part !== 'pointer' && part !== 'endpoint';
      if (isKey && rules.intent.kind === 'adopt' && isStrange(secretFact(read, rules.salt), keys))
        throw new Refused('foreign-secret');
      const next = make(back);
      if (back.kind === 'stored' && back.value.equals(next.value)) return 'recovered';
      await write(name, back, () => secrets.store(next));
      return 'updated';
    },
  };
}

function versionOf(secret: Versioned): string {
  return secret.kind === 'stored' ? secret.version : secret.kind;
}
