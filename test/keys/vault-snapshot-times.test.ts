import { expect, it } from 'vitest';
import type { Secrets } from '../../src/keys/ports.ts';
import { readVault } from '../../src/keys/vault-snapshot.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const names = ['ai-services-active-key', 'ai-services-key1', 'ai-services-key2', 'ai-services-key'];

it.each(names)(
  'a vault is as old as its answer for %s if that was the first, and seen by it if it was the last',
  async (name) => {
    const target = buildTarget({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
    const readWith = async (atMs: number) => {
      const read: Secrets['read'] = async (asked) => ({
        secret: { kind: 'absent' },
        vaultNowMs: asked === name ? atMs : 5_000,
      });
      const { snapshot } = await readVault({ read } as Secrets, target, 'salt');
      return [snapshot.vaultNowMs, snapshot.seenByMs];
    };
    expect(await readWith(1_000)).toEqual([1_000, 5_000]);
    expect(await readWith(9_000)).toEqual([5_000, 9_000]);
  },
);
