import { secretNames, type Target } from '../../../src/keys/target.ts';
import { staleBoundMs } from '../../../src/rotation/numbers.ts';
import { isSlot, type Slot, slots } from '../../../src/shared/slot.ts';
import type { Life } from '../../memory-world/life.ts';
import { readRow } from '../../memory-world/read-row.ts';
import { rowOf } from '../../rotation/row-of.ts';

/** A key that was reported as leaked. */
interface Leaked {
  readonly key: string;
  readonly slot: Slot;
  /** Consumers did not have it then, or have been led away since. */
  left: boolean;
  /** An operator has named it: it may live on. */
  confirmed: boolean;
  deadSinceMs: number | null;
}

/** Watches what becomes of leaked keys in runs in which nobody else meddles. */
export interface LeakWatch {
  /** An operator was answered. */
  answered(action: string, answer: { readonly kind: string } | null | undefined): void;
  /** The slots whose leaked key lives, or still counts as alive, though nobody has confirmed that it may. */
  open(): readonly Slot[];
  readonly broken: string[];
}

/** An answer that was on its way when the key died may have shown it gone. */
const onItsWayMs = 1_000;

export function watchLeaks(life: Life, target: Target): LeakWatch {
  const { world } = life;
  const { account, vault, clock } = world;
  const names = secretNames(target);
  const looksMs: number[] = [];
  let leaked: Leaked[] = [];
  let known = new Map<Slot, number>();
  const everReported = new Set<Slot>();
  const broken: string[] = [];

  const designated = (): readonly (string | null)[] => {
    const pointed = vault.value(names.pointer);
    const active = pointed !== null && isSlot(pointed) ? vault.value(names[pointed]) : null;
    return [active, names.direct === null ? null : vault.value(names.direct)];
  };
  const lives = (key: string) => slots.some((slot) => account.keys[slot] === key);

  function reported(slot: Slot): void {
    everReported.add(slot);
    const key = account.keys[slot];
    // Told again while it lives, it is the same leak.
    if (leaked.some((one) => one.slot === slot && lives(one.key))) return;
    const left = !designated().includes(key);
    leaked = [...leaked.filter((one) => one.slot !== slot), { key, slot, left, confirmed: false, deadSinceMs: null }];
  }

  function saved(after: unknown): void {
    const row = readRow(after);
    if (row === null) return;
    for (const { slot, atMs } of row.leaks) if (known.get(slot) !== atMs) reported(slot);
    known = new Map(row.leaks.map(({ slot, atMs }) => [slot, atMs]));
    for (const { key, slot, deadSinceMs } of leaked) {
      if (known.has(slot)) continue;
      if (deadSinceMs === null) broken.push(`leak: the row knows no more that ${key} has leaked, which lives`);
      else {
        const since = looksMs.filter((atMs) => atMs >= deadSinceMs - onItsWayMs);
        if ((since.at(-1) ?? 0) - (since[0] ?? 0) < staleBoundMs)
          broken.push(`leak: ${key} counts as gone before two looks have shown it in neither slot`);
      }
      leaked = leaked.filter((one) => one.key !== key);
    }
  }

  world.watchers.push((happening) => {
    switch (happening.kind) {
      case 'sent':
        if (happening.call.operation === 'listKeys') looksMs.push(clock.nowMs());
        return;
      case 'saved':
        return saved(happening.after);
      case 'regenerated':
        for (const one of leaked) if (one.key === happening.killed) one.deadSinceMs = clock.nowMs();
        return;
      case 'stored': {
        const now = designated();
        for (const one of leaked) {
          const isGiven = now.includes(one.key);
          if (isGiven && one.left && !one.confirmed) broken.push(`leak: consumers are led back to ${one.key}`);
          one.left = !isGiven;
        }
        return;
      }
    }
  });
  return {
    answered(action, answer) {
      if (answer?.kind === 'noted' && action.endsWith('-confirmed')) for (const one of leaked) one.confirmed = true;
      if (answer?.kind === 'begun' && everReported.size === 0)
        broken.push('leak: a report was answered and is written down nowhere');
    },
    open() {
      const row = rowOf(life);
      const open = leaked.filter(({ confirmed, deadSinceMs }) => !confirmed || deadSinceMs !== null);
      return slots.filter(
        (slot) => row?.leaks.some((one) => one.slot === slot) && open.some((one) => one.slot === slot),
      );
    },
    broken,
  };
}
