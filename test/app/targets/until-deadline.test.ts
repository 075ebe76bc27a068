import { describe, expect, it } from 'vitest';
import { untilDeadline } from '../../../src/app/targets/adopt-many.ts';
import type { EnginePorts } from '../../../src/rotation/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const { account, vaultUrl } = buildTarget();
const fence = () => true;
const key = new SecretText('a-key');
const secret = { name: 'a', value: key, contentType: null, tags: {}, expiresAtMs: null };
const probed = { kind: 'AIServices', endpoint: 'https://a/', location: 'eastus' };

const calls: readonly (readonly [string, (ports: EnginePorts) => Promise<unknown>])[] = [
  ['get', ({ accounts }) => accounts(fence).get(account)],
  ['listKeys', ({ accounts }) => accounts(fence).listKeys(account)],
  ['regenerate', ({ accounts }) => accounts(fence).regenerate(account, 'key1')],
  ['get', ({ secrets }) => secrets(vaultUrl, fence).read('a')],
  ['get-version', ({ secrets }) => secrets(vaultUrl, fence).readVersion('a', 'v')],
  ['list-versions', ({ secrets }) => secrets(vaultUrl, fence).listVersions('a')],
  ['set', ({ secrets }) => secrets(vaultUrl, fence).store(secret)],
  ['disable', ({ secrets }) => secrets(vaultUrl, fence).disableVersion('a', 'v')],
  ['get-deleted', ({ secrets }) => secrets(vaultUrl, fence).deletedTags('a')],
  ['recover', ({ secrets }) => secrets(vaultUrl, fence).recover('a')],
  ['probe', ({ probe }) => probe.call(probed, key)],
];

describe('a call to account or vault', () => {
  it.each(calls)('is sent in time, and not afterwards: %s', async (operation, call) => {
    const { ports, calls: sent } = memoryWorld();
    let isOver = false;
    const timed = untilDeadline(ports, () => isOver);
    await call(timed);
    expect(sent.map((one) => one.operation)).toEqual([operation]);
    isOver = true;
    const outOfTime = { kind: 'not-applied', code: 'out-of-time', retryAfterMs: 0 } as const;
    await expect(call(timed)).rejects.toEqual(new FailureError(outOfTime));
    expect(sent).toHaveLength(1);
  });

  it('is bounded, the journal is not: what was done is written down', async () => {
    const { ports, calls: sent } = memoryWorld();
    await untilDeadline(ports, () => true).rows.load(account);
    expect(sent.map(({ operation }) => operation)).toEqual(['load']);
  });
});
