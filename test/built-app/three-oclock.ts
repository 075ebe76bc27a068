import { readFileSync } from 'node:fs';
import { keyFormatOf, newKey } from '../../local/simulated-azure/arm/cognitive-services/new-key.ts';
import type { Slot } from '../../src/shared/slot.ts';
import { copyRows, type FleetTarget } from './large-fleet.ts';
import { type BuiltApp, until } from './start-built-app.ts';

/*
 * "At three in the morning" of docs/command-line.md: its rows, and how a target of the built app gets into such a situation.
 */

/** A row of the page: what happened, what is typed behind `keyturn`, how many commands that is, and how many requests with curl. */
export interface Night {
  readonly happened: string;
  readonly lines: readonly string[];
  readonly commands: number;
  readonly requests: number;
}

/** The rows, in the order of the page. */
export function nightsInTerminal(): readonly Night[] {
  const rows = readFileSync('docs/command-line.md', 'utf8').matchAll(
    /^\| ([^|]+) \| (`keyturn [^|]+`) \| (\d+) \| [\d.]+ \| (\d+) \| [\d.]+ \|$/gm,
  );
  return [...rows].map(([, happened = '', typed = '', commands, requests]) => ({
    happened,
    lines: [...typed.matchAll(/`keyturn ([^`]+)`/g)].map(([, line = '']) => line),
    commands: Number(commands),
    requests: Number(requests),
  }));
}

/** Forbids every write to an account, as a lock of somebody else does. @returns what removes the lock */
export function locked({ world }: BuiltApp, accountId: string): () => void {
  const lock = { scope: accountId, name: 'change-freeze', level: 'ReadOnly' } as const;
  world.locks.push(lock);
  return () => {
    world.locks.splice(world.locks.indexOf(lock), 1);
  };
}

/** Starts a rotation of a locked account, and waits until a person is needed. */
export async function suspended(app: BuiltApp, target: string): Promise<void> {
  const { status, body } = await app.ask('POST', `targets/${target}/rotations`, { body: { inactiveKeyUnused: true } });
  if (status !== 202) throw new TypeError(`${target} does not rotate: ${status} ${JSON.stringify(body)}`);
  const standing = async () => JSON.stringify((await app.ask('GET', `targets/${target}`)).body);
  await app.hurried(() => until(standing, (text) => text.includes('"state":"suspended"')));
}

/** Opens the circuit breaker: the schedule's rotations of `others` are suspended as that of `first` is, which has to be. */
export async function breakerOpens(
  app: BuiltApp,
  fleet: { readonly first: FleetTarget; readonly others: readonly FleetTarget[] },
): Promise<void> {
  const bySchedule = (json: string) => json.replaceAll('\\"cause\\":\\"operator\\"', '\\"cause\\":\\"schedule\\"');
  await copyRows(app.environment.AzureWebJobsStorage ?? '', fleet, bySchedule);
  await app.fire('sweep');
}

/** The current key of a slot, as the simulated Azure has it; empty if there is none. */
export function currentKey({ world }: BuiltApp, account: string, slot: Slot): string {
  return world.accounts.find(({ name }) => name === account)?.keys.findLast((key) => key.slot === slot)?.value ?? '';
}

/** Gives a slot a new key, past Keyturn. @throws TypeError if there is no such account */
export function regenerateInPortal({ world, azure }: BuiltApp, account: string, slot: Slot): void {
  const found = world.accounts.find((one) => one.name === account);
  const current = found?.keys.findLast((key) => key.slot === slot);
  if (found === undefined || current === undefined) throw new TypeError(`there is no ${slot} of ${account}`);
  const { location, kind } = found.resource;
  const nowMs = azure.clock.nowMs();
  current.replacedAtMs = nowMs;
  found.keys.push({
    slot,
    value: newKey(keyFormatOf(current.value), { location, kind }, nowMs),
    issuedAtMs: nowMs,
    replacedAtMs: null,
  });
}
