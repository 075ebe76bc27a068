import { expect, it } from 'vitest';
import { tellText } from '../../../local/told.ts';
import type { AccountRows } from '../../../src/rotation/ports.ts';
import { toAnswer } from '../../api/fake-request.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { currentKey, simulatedKeyturn } from '../../scenarios/simulated-keyturn.ts';

/* Every test here passes by itself, and every one leaks: the run must fail all the same, and name each place. */
const base64 = (text: string) => Buffer.from(text).toString('base64');

it('leaks into the console, the log and a message', async () => {
  const { account, journal, log } = simulatedKeyturn();
  console.log(`trying ${currentKey(account, 'key1').slice(0, 20)}`);
  journal.ports.log({ event: 'lease-lost', target: currentKey(account, 'key2') });
  await journal.ports.wakeUps.enqueue({ target: base64(currentKey(account, 'key1')), wakeSeq: 1 }, 0);
  expect(log).toHaveLength(1);
});

it('leaks into an answer of a function and a line of the host', () => {
  const { account } = simulatedKeyturn();
  expect(toAnswer({ jsonBody: { key: currentKey(account, 'key1') } }).status).toBe(200);
  tellText("the host's log", () => `started with ${currentKey(account, 'key2')}`);
});

it("leaks a key of a world in memory into that world's journal", async () => {
  const world = memoryWorld();
  const rows: AccountRows<unknown> = world.ports.rows;
  await rows.save(buildTarget().account, { note: world.account.keys.key1 }, null, []);
  expect(world.journal.row).not.toBeNull();
});
