import type { WakeUp } from '../../src/durable/ports.ts';
import type { EnginePorts } from '../../src/rotation/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { scanHappening } from '../secret-scan/scan-happening.ts';
import type { Call, Carry } from './call.ts';
import type { Happening } from './happening.ts';
import { type MemoryAccount, memoryAccount } from './memory-account.ts';
import { type MemoryClock, memoryClock } from './memory-clock.ts';
import { type MemoryJournal, memoryJournal } from './memory-journal.ts';
import { memoryPorts } from './memory-ports.ts';
import { type MemoryVault, memoryVault } from './memory-vault.ts';

/** What a test lets happen around a call. Throwing from `before` means: not sent; from `after`: applied, reply lost. */
interface Adversary {
  before?(call: Call): void | Promise<void>;
  after?(call: Call): void | Promise<void>;
}

/** One account, one vault, one journal and one queue, all in memory, behind the engine's own ports. */
export interface MemoryWorld {
  /** True time. */
  readonly clock: MemoryClock;
  readonly account: MemoryAccount;
  readonly vault: MemoryVault;
  readonly journal: MemoryJournal;
  readonly queue: { readonly wakeUp: WakeUp; readonly dueAtMs: number }[];
  readonly calls: Call[];
  readonly log: LogEvent[];
  readonly nextId: (prefix: string) => string;
  /** Ports of a worker whose calls take no time, disturbed only by `adversary`. */
  readonly ports: EnginePorts;
  adversary: Adversary;
  /** The instance's row of the pause switch. */
  pause: { readonly fields: unknown; readonly savedAtMs: number } | null;
  /** The instance's other rows, by name. */
  readonly fleetRows: Map<string, { readonly fields: unknown; readonly savedAtMs: number }>;
  readonly watchers: ((happening: Happening) => void)[];
  happened(happening: Happening): void;
}

/** Makes a world whose account has two keys and whose vault is empty. */
export function memoryWorld(
  startAtMs = Date.UTC(2026, 0, 5, 9, 0, 0),
  clock: MemoryClock = memoryClock(startAtMs),
): MemoryWorld {
  let serial = 0;
  const nextId = (prefix: string) => {
    serial += 1;
    return `${prefix}${String(serial).padStart(5, '0')}`;
  };
  const calls: Call[] = [];
  const atOnce: Carry = async ({ call, fence, apply }) => {
    calls.push(call);
    await world.adversary.before?.(call);
    if (fence !== null && !fence())
      throw new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
    world.happened({ kind: 'sent', by: 'worker', call });
    const result = apply();
    await world.adversary.after?.(call);
    return result;
  };
  const parts: Omit<MemoryWorld, 'ports'> = {
    clock,
    account: memoryAccount(clock.nowMs, nextId),
    vault: memoryVault(clock.nowMs, nextId),
    journal: memoryJournal(clock.nowMs, nextId),
    queue: [],
    calls,
    log: [],
    nextId,
    adversary: {},
    pause: null,
    fleetRows: new Map(),
    watchers: [],
    happened: (happening) => {
      scanHappening(happening, parts.account.everyKey);
      for (const watch of parts.watchers) watch(happening);
    },
  };
  const world = parts as MemoryWorld;
  const ports = memoryPorts(world, {
    name: 'worker',
    clock,
    carry: atOnce,
    random: () => 0.5,
    nextId,
    listKeysAgeMs: () => 0,
  });
  return Object.assign(world, { ports });
}
