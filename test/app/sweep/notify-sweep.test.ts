import { describe, expect, it } from 'vitest';
import { notifySweep, notifyWhilePaused } from '../../../src/app/sweep/notify-sweep.ts';
import type { Channel } from '../../../src/notifications/channels.ts';
import { notificationKinds } from '../../../src/notifications/choices.ts';
import type { Outbox } from '../../../src/notifications/ports.ts';
import { waitingNotificationFor } from '../../../src/notifications/waiting-notification.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildNotification } from '../../notifications/notification-builder.ts';
import { buildRow, nowMs } from '../../rotation/row-builder.ts';

/** Twenty targets, each with a message that waits for a webhook, which refuses it some time after it got it. */
function scene() {
  let sent = 0;
  const webhook: Channel = {
    name: 'webhook',
    kinds: notificationKinds,
    send: async () => {
      sent += 1;
      await new Promise((resolve) => setImmediate(resolve));
      throw new FailureError({ kind: 'not-applied', code: 'http-500', retryAfterMs: null });
    },
  };
  const rows = [waitingNotificationFor(buildNotification(), [webhook])];
  const outbox: Outbox = {
    add: async () => 'added',
    waiting: async () => ({ rows, storageNowMs: nowMs }),
    keep: async () => {},
    settle: async () => {},
  };
  const context = { notifier: { outbox, channels: [webhook], kinds: [] }, instance: 'here', log: () => {} };
  const row = buildRow({ leakGoneAtMs: nowMs });
  const targets = Array.from({ length: 20 }, (_, at) => buildTarget({ name: `ai-${at}` }));
  return { context, row, targets, sent: () => sent };
}

const limits = { startJitterMs: 0 } as Parameters<typeof notifySweep>[2];

describe('a webhook that fails gets four messages of a round, those under way when the first came back', () => {
  it('of a sweep', async () => {
    const { context, row, targets, sent } = scene();
    const swept = targets.map((target) => ({ target, seen: { row, nowMs, expiresAtMs: null } }));
    await notifySweep(context, swept, limits, new Set(), 0);
    expect(sent()).toBe(4);
  });

  it('while the instance is paused', async () => {
    const { context, row, targets, sent } = scene();
    const members = targets.map((target) => ({ target, row, nowMs, notes: null }));
    await notifyWhilePaused(context, members as never, limits);
    expect(sent()).toBe(4);
  });
});
