import { expect, it } from 'vitest';
import type { ReadSecret } from '../../src/keys/ports.ts';
import { readVault } from '../../src/keys/vault-snapshot.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

it('a vault is as old as its first answer, and has been seen by its last', async () => {
  const answeredMs: Readonly<Record<string, number>> = {
    'ai-services-active-key': 75_000,
    'ai-services-key1': 1_000,
    'ai-services-key2': 2_000,
  };
  const read = async (name: string): Promise<ReadSecret> => ({
    secret: { kind: 'absent' },
    vaultNowMs: answeredMs[name] ?? 0,
  });
  const never = () => Promise.reject(new Error('only reads'));
  const writes = { store: never, disableVersion: never, setTags: never, recover: never };
  const secrets = { read, readVersion: never, listVersions: never, deletedTags: never, ...writes };
  const { snapshot } = await readVault(secrets, buildTarget(), 'salt');
  expect(snapshot).toMatchObject({ vaultNowMs: 1_000, seenByMs: 75_000 });
});
