import type { Target } from '../keys/target.ts';
import { parseAccountRow } from '../rotation/account-row.ts';
import { isKeyless } from '../rotation/start-rotation.ts';
import type { InvocationPorts } from './in-invocation.ts';

/** What has no keys can leak none. */
export async function isKeylessNow({ rows }: InvocationPorts, target: Target): Promise<boolean> {
  const stored = await rows.load(target.account);
  const parsed = stored === null ? null : parseAccountRow(stored.fields);
  return isKeyless(parsed?.kind === 'row' ? parsed.row : null, target);
}
