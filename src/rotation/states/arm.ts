import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import type { AccountFacts } from '../../keys/ports.ts';
import type { Session } from '../run/session.ts';

/** What ARM says of an account, in one moment. No key, only fingerprints. */
export interface Arm {
  readonly account: AccountFacts;
  readonly keys: KeyFingerprints;
}

export async function readArm(session: Session, salt: string): Promise<Arm> {
  return { account: await session.account(), keys: await session.look(salt) };
}
