import crypto, { createHmac } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

const known = new Map<string, string>();
const most = 200_000;

/** Answers each fingerprint that was made before from memory: a search asks for the same few millions of times. */
export function quickFingerprints(): void {
  const real = createHmac;
  const createQuickHmac = (algorithm: string, salt: string) => ({
    update: (text: string) => ({
      digest: (encoding: 'hex') => {
        const name = `${salt} ${text}`;
        const found = known.get(name);
        if (found !== undefined) return found;
        if (known.size > most) known.clear();
        const made = real(algorithm, salt).update(text).digest(encoding);
        known.set(name, made);
        return made;
      },
    }),
  });
  Object.assign(crypto, { createHmac: createQuickHmac });
  syncBuiltinESMExports();
}
