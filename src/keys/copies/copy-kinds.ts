import { asFailure, FailureError } from '../../shared/failure.ts';
import type { Secrets } from '../ports.ts';
import type { Target } from '../target.ts';
import { copyFact } from './copies-gate.ts';
import type { Copy, CopyFact, CopyPlace, SeenCopy } from './copy.ts';
import { secretCopy } from './secret-copy.ts';

/**
 * A declared copy in its place: a file for each kind, which says how it is read and written, and what shows that running code
 * has the value.
 * @param secrets of a vault, by its address
 */
export function copyPlace(copy: Copy, target: Target, secrets: (vaultUrl: string) => Secrets): CopyPlace {
  switch (copy.kind) {
    case 'key-vault-secret':
      return secretCopy(secrets(copy.vaultUrl), copy, target);
  }
}

/**
 * Every declared copy as it stands; one that cannot be read now is `unreadable`. Only reads.
 * @param secrets of a vault, by its address
 * @param salt names what they hold
 */
export async function readCopies(
  target: Target,
  secrets: (vaultUrl: string) => Secrets,
  salt: string,
  seen: readonly SeenCopy[] = [],
): Promise<readonly CopyFact[]> {
  return await Promise.all(
    target.copies.map(async (copy): Promise<CopyFact> => {
      const read = await copyPlace(copy, target, secrets).read().catch(asFailure);
      if (read instanceof FailureError) return { name: copy.name, kind: 'unreadable' };
      return copyFact(
        copy,
        read,
        salt,
        seen.find(({ name }) => name === copy.name),
      );
    }),
  );
}
