import { settleMs } from '../../../src/durable/numbers.ts';
import { secretNames, type Target } from '../../../src/keys/target.ts';
import { freshMs } from '../../../src/rotation/numbers.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { isSlot, otherSlot } from '../../../src/shared/slot.ts';
import type { Life } from '../../memory-world/life.ts';
import { doOutside, type OutsideAct } from '../../rotation/whole/outside.ts';

/** How long a person waits for a quiet moment before giving up. */
const patienceMs = 20 * 60_000;

export interface People {
  /** Does an act at once or, where it gives consumers another key, in the next quiet moment; `done` tells whether. */
  act(act: OutsideAct, done: (wasDone: boolean) => void): void;
  /** Undoes what keeps an account from being adopted: disabled and deleted secrets, keys turned off. */
  putRight(): void;
  /** The act by which a person killed this key; undefined: no person did. */
  killedBy(key: string): string | undefined;
}

/**
 * People outside, who may kill any key at any time, but give consumers a key only while the account takes it and while
 * no write of Keyturn's could cross theirs: what happens otherwise is a limit of Azure (docs/operations.md), and a failed
 * request that nobody's kill explains would count against Keyturn.
 */
export function carefulPeople(life: Life, target: Target): People {
  const { world, line } = life;
  const { account, vault, clock } = world;
  const names = secretNames(target);
  const killed = new Map<string, string>();
  const madeByPeople = new Map<string, { readonly act: string; readonly atMs: number }>();
  let doing = 'nobody';
  let hasHappened = false;
  let lastReadMs = Number.NEGATIVE_INFINITY;
  let lastWriteMs = Number.NEGATIVE_INFINITY;
  world.watchers.push((happening) => {
    if (happening.kind === 'read') lastReadMs = clock.nowMs();
    if (happening.kind === 'sent' && ['regenerate', 'set'].includes(happening.call.operation))
      lastWriteMs = clock.nowMs();
    if (happening.kind === 'outside') hasHappened = true;
    if (happening.kind === 'outside' && happening.act.startsWith('kill:')) {
      const key = happening.act.slice('kill:'.length);
      // Turning keys off ends only those that lived.
      if (doing !== 'local-auth-off') killed.set(key, doing);
      // Anyone who makes a key in a slot that consumers may still read gives them one that is not accepted everywhere yet.
      const newKeys = { 'regenerate-active': 1, 'regenerate-inactive': 1, 'recreate-account': 2 }[doing] ?? 0;
      for (const made of account.everyKey.slice(account.everyKey.length - newKeys))
        madeByPeople.set(made, { act: doing, atMs: clock.nowMs() });
    }
  });

  /** The key that consumers would read after `act`; null: it gives them none. */
  function given(act: OutsideAct): readonly (string | null)[] {
    const pointed = vault.value(names.pointer);
    const active = pointed !== null && isSlot(pointed) ? pointed : 'key1';
    const older = (name: string) => vault.versionsOf(name).at(-2)?.value ?? null;
    switch (act) {
      case 'move-pointer':
      case 'pointer-there-and-back':
        return [vault.value(names[otherSlot(active)])];
      case 'other-instance-claims':
        return [vault.value(names[active])];
      case 'restore-pointer': {
        const slot = older(names.pointer);
        return [slot !== null && isSlot(slot) ? vault.value(names[slot]) : null];
      }
      case 'restore-key1':
        return [older(names.key1)];
      case 'swap-value':
      case 'rewrite-direct':
        return [account.keys[otherSlot(active)]];
      default:
        return [];
    }
  }

  return {
    act(act, done) {
      const givesUpAtMs = clock.nowMs() + patienceMs;
      const attempt = (): void => {
        const keys = given(act);
        const isQuiet = clock.nowMs() - lastReadMs > freshMs && clock.nowMs() - lastWriteMs > settleMs;
        const mustWait = keys.length > 0 && !isQuiet;
        if (mustWait && clock.nowMs() < givesUpAtMs) {
          line.at(clock.nowMs() + 1_000, attempt);
        } else if (mustWait || keys.some((key) => key === null || !account.accepts(key))) {
          done(false);
        } else {
          doing = act;
          hasHappened = act === 'restore-row';
          const isTaken = wasTaken(() => doOutside(life, target, act));
          done(isTaken && hasHappened);
        }
      };
      attempt();
    },
    putRight() {
      const { direct } = names;
      // Nobody gives consumers a direct value that the account refuses.
      const held = direct === null ? null : (vault.secrets.get(direct)?.versions.at(-1)?.value ?? null);
      const isFit = direct !== null && held !== null && account.accepts(held);
      for (const name of [names.pointer, names.key1, names.key2, names.endpoint, ...(isFit ? [direct] : [])]) {
        vault.setDeleted(name, false);
        vault.setEnabled(name, null, true);
      }
      account.facts = { ...account.facts, localAuthDisabled: false };
      world.happened({ kind: 'outside', act: 'put right' });
    },
    killedBy(key) {
      const isCurrent = account.keys.key1 === key || account.keys.key2 === key;
      const isSpreading =
        clock.nowMs() < (madeByPeople.get(key)?.atMs ?? Number.NEGATIVE_INFINITY) + account.newKeyRefusedMs;
      if (isSpreading) return madeByPeople.get(key)?.act;
      return killed.get(key) ?? (isCurrent && account.facts.localAuthDisabled ? 'local-auth-off' : undefined);
    },
  };
}

/** Whether the vault took what a person stored: it takes nothing under a name that lies deleted. */
function wasTaken(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof FailureError) return false;
    throw error;
  }
}
