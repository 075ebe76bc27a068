import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WakeUp, WakeUps } from '../../src/durable/ports.ts';

/** What every `WakeUps` must do. `visible` lists the messages that a consumer would be given now, without taking them. */
export function wakeUpsContract(
  name: string,
  open: () => Promise<{ readonly wakeUps: WakeUps; visible(): Promise<readonly WakeUp[]> }>,
) {
  describe(`${name} keeps the WakeUps contract`, () => {
    let queue: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      queue = await open();
    });

    it.each([
      { delayMs: 0, isVisible: true, says: 'is there at once without a delay' },
      { delayMs: -5_000, isVisible: true, says: 'is there at once when its time is past' },
      { delayMs: 60_000, isVisible: false, says: 'is not there before its delay' },
      { delayMs: 30 * 24 * 60 * 60 * 1000, isVisible: false, says: 'is taken with a delay beyond the queue’s longest' },
    ])('a message $says', async ({ delayMs, isVisible }) => {
      const wakeUp = { target: `target-${randomUUID()}`, wakeSeq: 7 };
      await queue.wakeUps.enqueue(wakeUp, delayMs);
      const visible = await queue.visible();
      expect(visible.filter(({ target }) => target === wakeUp.target)).toEqual(isVisible ? [wakeUp] : []);
    });

    it('takes many first messages at once', async () => {
      const targets = Array.from({ length: 5 }, () => `target-${randomUUID()}`);
      await Promise.all(targets.map((target, wakeSeq) => queue.wakeUps.enqueue({ target, wakeSeq }, 0)));
      expect((await queue.visible()).map(({ target }) => target)).toEqual(expect.arrayContaining(targets));
    });
  });
}
