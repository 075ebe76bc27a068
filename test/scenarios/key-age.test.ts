import { describe, expect, it } from 'vitest';
import { keyAges } from '../../src/rotation/known-keys/key-age.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { currentKey } from './simulated-keyturn.ts';
import { adopted, operator, rowOf } from './steered-rotation.ts';

const dayMs = 24 * 3_600_000;

describe('after a leaked active key was replaced', () => {
  it('the other key, which nobody regenerated, is as old as before', async () => {
    const { keyturn } = await adopted({}, 50 * dayMs);
    const { app, account, journal, clock } = keyturn;
    const adoptedAtMs = rowOf(journal).adoptedAtMs ?? 0;
    const key2 = currentKey(account, 'key2');
    await app.leak('demo', { slot: 'key1', dryRun: false, reason: null, overlapSeconds: null }, operator);
    await deliverAll(journal, app);
    expect(currentKey(account, 'key2')).toBe(key2);
    const { bornMs } = keyAges(rowOf(journal));
    const ageDays = (clock.nowMs() - (bornMs?.key2 ?? 0)) / dayMs;
    expect(ageDays).toBeGreaterThanOrEqual((clock.nowMs() - adoptedAtMs) / dayMs - 1);
  });

  it('the other key is replaced no later than rotateEvery after it was made, by the sweep alone', async () => {
    const { keyturn } = await adopted({ policy: { firstRotation: 'auto' } }, 3 * 3_600_000);
    const { app, account, journal, clock } = keyturn;
    await app.sweep();
    clock.advance(50 * dayMs);
    await app.leak('demo', { slot: 'key1', dryRun: false, reason: null, overlapSeconds: null }, operator);
    await deliverAll(journal, app);
    const key2 = currentKey(account, 'key2');
    // Made, as far as Keyturn knows, when it was adopted.
    const bornAtMs = rowOf(journal).adoptedAtMs ?? 0;
    while (currentKey(account, 'key2') === key2 && clock.nowMs() < bornAtMs + 200 * dayMs) {
      clock.advance(dayMs / 4);
      await app.sweep();
      await deliverAll(journal, app);
    }
    expect(Math.round((clock.nowMs() - bornAtMs) / dayMs)).toBeLessThanOrEqual(61);
  });
});
