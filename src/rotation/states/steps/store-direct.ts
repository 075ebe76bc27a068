import { carried, directSecret } from '../../../keys/key-secret.ts';
import { secretNames } from '../../../keys/target.ts';
import { notApplied } from '../../../shared/failure.ts';
import type { StoreDirect } from '../../decision.ts';
import type { Session } from '../../run/session.ts';
import type { States } from '../../state.ts';
import type { StepAid, StepOutcome } from '../state-page.ts';
import { nextFrom } from './next-from.ts';

/** Stores a slot's key, as its own secret holds it, in the direct-value secret; the next look at the vault tells whether it stands. */
export async function storeDirect<K extends 'switching' | 'rolling-back' | 'cancelling'>(
  session: Session,
  { state, slot }: StoreDirect<K>,
  { intend }: StepAid<K>,
): Promise<StepOutcome<K>> {
  const { target, owned } = session;
  const name = secretNames(target).direct;
  const before = name === null ? null : (await session.secret(name)).secret;
  // Whatever it holds was compared with both keys.
  const next = await nextFrom(session, 'direct', before ?? { kind: 'absent' }, true);
  if (next.kind !== 'free') return next;
  // A pointer that may have been sent stays so: only a look at it, or its own refusal, tells otherwise.
  const sent: States[K] = { ...state, sent: { atMs: owned.nowMs(), what: state.sent?.what ?? 'direct' } };
  const ready = await intend(sent);
  if (ready.kind !== 'as-before') return ready;
  const { secret: key } = await session.keySecret(slot);
  if (name === null || key.kind !== 'stored') throw notApplied('key-to-store-not-at-hand');
  const { secret: direct, vaultNowMs } = await session.secret(name);
  await session.store(directSecret(target, name, slot, key.value, carried(direct) ?? next.carried, vaultNowMs));
  return { kind: 'done', state: sent };
}
