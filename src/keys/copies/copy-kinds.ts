import type { Secrets } from '../ports.ts';
import type { Target } from '../target.ts';
import type { Copy, CopyPlace } from './copy.ts';
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
