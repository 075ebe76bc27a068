import { secretNames, type Target } from '../../../src/keys/target.ts';
import { isSlot, otherSlot, type Slot } from '../../../src/shared/slot.ts';
import type { Life } from '../../memory-world/life.ts';
import { copyName } from '../../memory-world/target-builder.ts';
import type { outsideActs, secretActs } from './schedules.ts';

export type OutsideAct = (typeof outsideActs)[number] | (typeof secretActs)[number];

const accountBusyMs = 10 * 60_000;

/** Lets people outside do their acts, each so long after now. */
export function meddle(life: Life, target: Target, acts: readonly { afterMs: number; act: OutsideAct }[]): void {
  const startsAtMs = life.world.clock.nowMs();
  for (const { afterMs, act } of acts) life.line.at(startsAtMs + afterMs, () => doOutside(life, target, act));
}

export function doOutside({ world, line }: Life, target: Target, act: OutsideAct): void {
  const { account, vault, journal } = world;
  const names = secretNames(target);
  const tell = (what: string): undefined => {
    world.happened({ kind: 'outside', act: what });
  };
  const pointed = vault.value(names.pointer);
  const active: Slot = pointed !== null && isSlot(pointed) ? pointed : 'key1';
  const idle = otherSlot(active);
  const kill = (slot: Slot): undefined => {
    const killed = account.keys[slot];
    account.regenerate(slot);
    tell(`kill:${killed}`);
  };
  /** Stores as a person would: with the tags that stood there. */
  const store = (name: string, value: string): undefined => {
    const held = vault.versionsOf(name).at(-1);
    vault.put({ name, contentType: null, tags: held?.version.tags ?? {}, expiresAtMs: null }, value);
    tell(`store ${name}`);
  };
  const restore = (name: string): undefined => {
    const older = vault.versionsOf(name).at(-2);
    // A limit: where the very version that was last seen comes back before the next look, nothing in the vault shows
    // that another stood there meanwhile.
    if (older === undefined || JSON.stringify(journal.row?.fields ?? null).includes(older.version.version)) return;
    vault.restore(name, older.version.version);
    tell(`restore ${name}`);
  };
  const disable = (name: string | null): undefined => {
    if (name !== null) vault.setEnabled(name, null, false);
    tell(`disable ${name}`);
  };
  const remove = (name: string | null): undefined => {
    if (name !== null) vault.setDeleted(name, true);
    tell(`delete ${name}`);
  };
  switch (act) {
    case 'regenerate-active':
      kill(active);
      return;
    case 'regenerate-inactive':
      kill(idle);
      return;
    case 'move-pointer':
      store(names.pointer, idle);
      return;
    case 'pointer-there-and-back':
      store(names.pointer, idle);
      line.at(world.clock.nowMs() + 30_000, () => store(names.pointer, active));
      return;
    case 'restore-pointer':
      restore(names.pointer);
      return;
    case 'restore-key1':
      restore(names.key1);
      return;
    case 'swap-value':
      store(names[active], account.keys[idle]);
      return;
    case 'swap-copy':
      for (const copy of target.copies) store(copyName(copy), account.keys[idle]);
      return;
    case 'rewrite-direct':
      if (names.direct !== null) store(names.direct, account.keys[idle]);
      return;
    case 'disable-inactive-secret':
      vault.setEnabled(names[idle], null, false);
      tell('disable inactive secret');
      return;
    case 'disable-pointer':
      vault.setEnabled(names.pointer, null, false);
      tell('disable pointer');
      return;
    case 'delete-inactive-secret':
      vault.setDeleted(names[idle], true);
      tell('delete inactive secret');
      return;
    case 'disable-active-secret':
      disable(names[active]);
      return;
    case 'delete-active-secret':
      remove(names[active]);
      return;
    case 'delete-pointer':
      remove(names.pointer);
      return;
    case 'disable-direct':
      disable(names.direct);
      return;
    case 'delete-direct':
      remove(names.direct);
      return;
    case 'disable-endpoint':
      disable(names.endpoint);
      return;
    case 'delete-endpoint':
      remove(names.endpoint);
      return;
    case 'recreate-account': {
      const killed = [account.keys.key1, account.keys.key2];
      account.recreate();
      for (const key of killed) tell(`kill:${key}`);
      return;
    }
    case 'local-auth-off':
      account.facts = { ...account.facts, localAuthDisabled: true };
      for (const key of account.everyKey) tell(`kill:${key}`);
      return;
    case 'account-accepted':
      account.facts = { ...account.facts, provisioningState: 'Accepted' };
      line.at(world.clock.nowMs() + accountBusyMs, () => {
        account.facts = { ...account.facts, provisioningState: 'Succeeded' };
      });
      return;
    case 'other-instance-claims': {
      // As another Keyturn, with a storage of its own, takes a target over: same slot, its own tag.
      const tags = { ...vault.versionsOf(names.pointer).at(-1)?.version.tags, 'keyturn-instance': 'keyturn-other' };
      vault.put({ name: names.pointer, contentType: null, tags, expiresAtMs: null }, active);
      tell('take over');
      return;
    }
    case 'restore-row': {
      // The copy is from now; it comes back when the rotation has gone on for a while and nobody is at it.
      const copy = structuredClone(journal.row?.fields ?? null);
      const putBack = () => {
        const held = journal.load();
        const isHeld = JSON.stringify(held?.fields ?? {}).includes('"kind":"held"');
        if (isHeld) line.at(world.clock.nowMs() + 60_000, putBack);
        else {
          journal.restore(copy);
          tell('restore row');
        }
      };
      line.at(world.clock.nowMs() + accountBusyMs, putBack);
      return;
    }
  }
}
