import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { handled, subscribe } from './event-delivery-path.ts';
import { simulatedKeyturn } from './simulated-keyturn.ts';
import { operator, rowOf } from './steered-rotation.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Adopted in the simulated Azure, its policy as `declaredTargets` accepts it. */
async function living(written: Record<string, string>) {
  const document = [
    {
      name: 'demo',
      accountId:
        '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai',
      vault: 'kv-ai102-secure',
      firstRotation: 'auto',
      ...written,
    },
  ];
  const { targets, problems } = declaredTargets(document, 'vault.azure.net', 'KEYTURN_TARGETS');
  expect(problems).toEqual([]);
  const policy = targets[0]?.policy;
  if (policy === undefined) throw new TypeError('no target');
  const keyturn = simulatedKeyturn({ policy });
  return keyturn;
}

describe('a maximum validity that the settings accept', () => {
  it('makes no more rotations than rotateEvery asks for, if events arrive', async () => {
    const keyturn = await living({ rotateEvery: '30d', maxValidity: '32d' });
    const { app, journal, log, account } = keyturn;
    const events = subscribe(keyturn, { through: 'webhook', schema: 'EventGridSchema' });
    await app.adopt('demo', { activeSlot: null }, operator);
    for (let day = 0; day < 28; day += 1) {
      await events.pass(dayMs);
      await deliverAll(journal, app);
    }
    const started = handled(log).filter((line) => line.endsWith(': started')).length;
    expect({ started, regenerated: account.keys.length - 2 }).toEqual({ started: 0, regenerated: 0 });
  });

  it('is kept: no key secret ends before its key does, by the sweep alone', async () => {
    // The least that the settings accept.
    const keyturn = await living({ rotateEvery: '60d', maxValidity: '1468h' });
    const { app, journal, clock, vault } = keyturn;
    await app.adopt('demo', { activeSlot: null }, operator);
    const ended: string[] = [];
    const start = clock.nowMs();
    const note = () => {
      for (const slot of ['key1', 'key2']) {
        const version = vault.secrets.find(({ name }) => name === `ai-services-${slot}`)?.versions.at(-1);
        const expires = version?.expires ?? null;
        const expiresAtMs = expires === null ? null : expires < 1e11 ? expires * 1000 : expires;
        if (expiresAtMs !== null && expiresAtMs < clock.nowMs())
          ended.push(`${slot} on day ${((clock.nowMs() - start) / dayMs).toFixed(2)}`);
      }
    };
    // Two rotations; every quarter of an hour around them.
    for (const [untilDay, everyMs] of [
      [59.9, 6 * hourMs],
      [61.5, hourMs / 4],
      [119.5, 6 * hourMs],
      [123, hourMs / 4],
    ] as const) {
      while (clock.nowMs() < start + untilDay * dayMs) {
        clock.advance(everyMs);
        await app.sweep();
        note();
        await deliverDue(keyturn);
        note();
      }
    }
    expect(rowOf(journal).lastEnd?.outcome).toBe('completed');
    expect([...new Set(ended)].slice(0, 6)).toEqual([]);
  });
});

async function deliverDue({ journal, app, clock }: ReturnType<typeof simulatedKeyturn>) {
  for (;;) {
    const at = journal.queue.findIndex(({ dueAtMs }) => dueAtMs <= clock.nowMs());
    const [next] = at === -1 ? [] : journal.queue.splice(at, 1);
    if (next === undefined) return;
    await app.advance(next.wakeUp);
  }
}
