import { type CopyPorts, copyPlace } from '../keys/copies/copy-kinds.ts';
import { secretNames, type Target } from '../keys/target.ts';
import { isSlot, otherSlot } from '../shared/slot.ts';
import type { AdoptPorts, AdoptRules } from './adopt-rules.ts';
import type { StoredView } from './stored-view.ts';

/**
 * Leads each copy that holds the account's other key to the one that the pointer names, once a repair has seen that vault and
 * account agree. What else a copy holds is somebody's, and stays. Each write rests on a read within five seconds.
 * @param places of copies, under the account's lease
 * @returns the copies that were written; `settling`: somebody's write may still arrive, and nothing is written
 * @throws FailureError
 */
export async function mendCopies(
  { accounts, secrets }: AdoptPorts,
  places: CopyPorts,
  target: Target,
  rules: Pick<AdoptRules, 'mayWrite' | 'whileFresh' | 'wrote' | 'leaked'>,
): Promise<readonly StoredView[] | 'settling'> {
  if (target.copies.length === 0) return [];
  const names = secretNames(target);
  const pair = await accounts.listKeys(target.account);
  const mended: StoredView[] = [];
  for (const copy of target.copies) {
    const place = copyPlace(copy, target, places);
    const look = async () => {
      const [pointer, stands] = await Promise.all([secrets.read(names.pointer), place.read()]);
      const slot = pointer.secret.kind === 'stored' ? pointer.secret.value.reveal() : '';
      // Nobody is led to a key that has leaked.
      if (!isSlot(slot) || rules.leaked.includes(slot)) return null;
      if (stands.kind === 'outdated') return pair[slot];
      if (stands.kind !== 'stored') return null;
      return stands.value.equals(pair[otherSlot(slot)]) ? pair[slot] : null;
    };
    const wanted = await look();
    if (wanted === null) continue;
    if (!rules.mayWrite({ createsAll: false, claims: false })) return 'settling';
    // Somebody was faster: the next look finds what stands then.
    const isWritten = await rules.whileFresh(
      look,
      () => {},
      async (now) => {
        if (now === null || !now.equals(wanted)) return false;
        await place.write(wanted);
        return true;
      },
    );
    if (!isWritten) continue;
    rules.wrote(copy.name, 'updated');
    mended.push({ secret: copy.name, change: 'updated', shows: wanted.masked() });
  }
  return mended;
}
