import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import type { EnginePorts } from '../../src/rotation/ports.ts';
import { SecretText } from '../../src/shared/secret-text.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { forgetLeaks } from '../secret-scan/run-scan.ts';
import { type Life, operator } from './life.ts';
import { openTarget } from './open-target.ts';
import { buildTarget } from './target-builder.ts';

const dayMs = 24 * 3_600_000;
const target = buildTarget();

/** A rotation by an engine whose ports break one rule; answers the numbers of the invariants that the watch saw broken. */
async function breachesWith(
  mutate: (ports: EnginePorts, life: Life) => EnginePorts,
  forMs = dayMs,
): Promise<readonly number[]> {
  const life: Life = await openTarget(target, 'key1', {
    workerFor: () => {
      const { worker } = life.start();
      return { worker, app: createApp({ ...mutate(worker.ports, life), targets: fixedTargets([target]) }) };
    },
  });
  const { worker, app } = life.start();
  await life.during(worker, app.startRotation('demo', { inactiveKeyUnused: true }, operator));
  await life.run(() => false, life.world.clock.nowMs() + forMs);
  return [...new Set(life.watch.breaches.map((text) => Number(text[0])))].sort();
}

describe('the watch over the invariants', () => {
  // Some of these engines leak on purpose.
  afterEach(forgetLeaks);

  it('sees nothing amiss with the engine as it is', async () => {
    expect(await breachesWith((ports) => ports)).toEqual([]);
  });

  it('1: sees the pointer go to a key that the account does not take', async () => {
    const broken = await breachesWith((ports, { world }) => ({
      ...ports,
      secrets: (vaultUrl, fence) => {
        const secrets = ports.secrets(vaultUrl, fence);
        return {
          ...secrets,
          store: (secret) => {
            if (secret.name.endsWith('active-key'))
              world.vault.put({ ...secret, name: 'ai-services-key2' }, 'no key at all');
            return secrets.store(secret);
          },
        };
      },
    }));
    expect(broken).toContain(1);
    expect(broken).toContain(0);
  });

  it('2: sees the old key killed before the overlap is over', async () => {
    // Anyone who reads the row finds the overlap over and the account overdue.
    const broken = await breachesWith((ports) => ({
      ...ports,
      rows: {
        ...ports.rows,
        load: async (account) => {
          const stored = await ports.rows.load(account);
          const text = JSON.stringify(stored?.fields ?? null);
          const fields = JSON.parse(text.replace(/"(overlapUntilMs|switchedAtVaultMs|wakeAtMs)":[\d.]+/g, '"$1":1'));
          return stored && { ...stored, fields };
        },
      },
    }));
    expect(broken).toContain(2);
  });

  it('3: sees a second rotation begun over the first', async () => {
    let isDone = false;
    const broken = await breachesWith((ports) => ({
      ...ports,
      rows: {
        ...ports.rows,
        save: (account, fields, etag, history) => {
          const text = JSON.stringify(fields);
          const swap = !isDone && text.includes('"kind":"publishing"');
          isDone ||= swap;
          const other = text.replace(/"rotationId":"[^"]+"/g, '"rotationId":"another"');
          return ports.rows.save(account, swap ? JSON.parse(other) : fields, etag, history);
        },
      },
    }));
    expect(broken).toContain(3);
  });

  it('3: sees a regenerate without the lease', async () => {
    const broken = await breachesWith((ports, life) => ({
      ...ports,
      accounts: (fence) => ({
        ...ports.accounts(fence),
        regenerate: (account, slot) =>
          life
            .start()
            .worker.ports.accounts(() => true)
            .regenerate(account, slot),
      }),
    }));
    expect(broken).toContain(3);
  });

  it.each([
    { afterMs: 5_000, breaches: [] },
    { afterMs: 5_001, breaches: ['3: someone sends set without the lease'] },
  ])('3: lets a write leave $afterMs ms after people took the row away: $breaches', async ({ afterMs, breaches }) => {
    const { world, watch } = await openTarget(target, 'key1');
    world.journal.row = null;
    world.happened({ kind: 'outside', act: 'restore row' });
    world.clock.advance(afterMs);
    const call = { service: 'vault', operation: 'set', subject: 'ai-services-endpoint' } as const;
    world.happened({ kind: 'sent', by: 'someone', call });
    expect(watch.breaches).toEqual(breaches);
  });

  it('4: sees a regenerate that is simply sent again', async () => {
    const broken = await breachesWith((ports) => ({
      ...ports,
      accounts: (fence) => {
        const accounts = ports.accounts(fence);
        return {
          ...accounts,
          regenerate: async (account, slot) => {
            await accounts.regenerate(account, slot);
            return await accounts.regenerate(account, slot);
          },
        };
      },
    }));
    expect(broken).toContain(4);
  });

  it('5: sees the pointer moved to a key that was accepted too few times', async () => {
    const broken = await breachesWith((ports) => {
      let calls = 0;
      return {
        ...ports,
        probe: {
          call: async (account, key) => {
            calls += 1;
            return calls % 2 === 0 ? { kind: 'accepted' } : await ports.probe.call(account, key);
          },
        },
      };
    });
    expect(broken).toContain(5);
  });

  it('5: sees the pointer moved before the new secret was read back', async () => {
    const broken = await breachesWith((ports, { world }) => ({
      ...ports,
      secrets: (vaultUrl, fence) => ({
        ...ports.secrets(vaultUrl, fence),
        read: async (name) => world.vault.get(name),
      }),
    }));
    expect(broken).toContain(5);
  });

  it('6: sees the second regenerate rest on a pointer and a proof of long ago', async () => {
    const broken = await breachesWith((ports) => ({
      ...ports,
      accounts: (fence) => {
        const accounts = ports.accounts(() => fence() || true);
        return {
          ...accounts,
          regenerate: async (account, slot) => {
            await ports.clock.sleep(6_000);
            return await accounts.regenerate(account, slot);
          },
        };
      },
    }));
    expect(broken).toContain(6);
  });

  for (const [where, leak] of [
    ['the log', (ports: EnginePorts, key: string) => ports.log({ event: 'lease-lost', target: key })],
    ['a message', (ports: EnginePorts, key: string) => void ports.wakeUps.enqueue({ target: key, wakeSeq: 0 }, 0)],
  ] as const)
    it(`7: sees a key in ${where}`, async () => {
      let isLeaked = false;
      const broken = await breachesWith((ports, { world }) => {
        if (!isLeaked) leak(ports, new SecretText(world.account.keys.key1).reveal());
        isLeaked = true;
        return ports;
      });
      expect(broken).toContain(7);
    });

  it('7: sees a key in the journal', async () => {
    const broken = await breachesWith((ports, { world }) => ({
      ...ports,
      rows: {
        ...ports.rows,
        save: (account, fields, etag, history) =>
          ports.rows.save(account, { ...fields, endpoint: world.account.keys.key2 }, etag, history),
      },
    }));
    expect(broken).toContain(7);
  });

  it('8: sees a handler that throws, so that a message becomes poison', async () => {
    const broken = await breachesWith(
      (ports) => ({
        ...ports,
        probe: {
          call: async () => {
            throw new TypeError('not an expected failure');
          },
        },
      }),
      3_600_000,
    );
    expect(broken).toContain(8);
  });
});
