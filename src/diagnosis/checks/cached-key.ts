import { mayCallEndpoint } from '../../keys/endpoint-calls.ts';
import { consumersHoldMs } from '../../keys/target.ts';
import type { VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { isSlot, otherSlot, type Slot } from '../../shared/slot.ts';
import { iso } from '../../shared/time.ts';
import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import { adoptFix, type Found, ok, problem, unknown } from '../finding.ts';

/** Whether the key that consumers are given is alive, and whether caches may hold a dead one. */
export function cachedKey(facts: DiagnosisFacts): Found {
  const { exposure, vault, keys, accepted, target, leaked } = facts;
  if (exposure.kind === 'answered' && exposure.value.localAuthDisabled) return ok('keys-turned-off', {});
  if (vault.kind === 'failed') return unknown('key-unclear', { code: vault.failure.code });
  const { pointer } = vault.value;
  const repair = { method: 'POST', path: `/api/targets/${target.name}/repair`, body: {} } as const;
  // Only an adopted target can be repaired.
  const restore = isAdopted(facts)
    ? { text: 'Repair stores what the account has; nothing is regenerated.', call: repair }
    : adoptFix(target);
  if (pointer.kind !== 'stored' || !isSlot(pointer.value))
    return problem('pointer-unusable', { pointer: pointer.kind }, restore);
  const active = pointer.value;
  const secret = vault.value[active];
  if (secret.kind !== 'stored')
    return problem(
      'stored-key-missing',
      { slot: active, secret: secret.kind },
      isAdopted(facts)
        ? { ...restore, text: 'Repair stores the account’s key again; a disabled secret is enabled by hand.' }
        : restore,
    );
  if (keys.kind === 'failed') return unknown('key-unclear', { slot: active, code: keys.failure.code });
  const evidence = {
    slot: active,
    storedIsCurrent: secret.fingerprint === keys.value[active],
    accepted: accepted?.kind ?? null,
    pointerSince: iso(pointer.createdAtMs),
    secretSince: iso(secret.createdAtMs),
  };
  if (secret.fingerprint !== keys.value[active]) return problem('stored-key-dead', evidence, restore);
  if (vault.value.direct?.kind === 'stored' && vault.value.direct.fingerprint !== secret.fingerprint)
    return problem('direct-key-dead', evidence, restore);
  if (accepted?.kind === 'refused')
    return problem('stored-key-refused', evidence, {
      text: 'A new key takes up to some minutes to be accepted everywhere. If it stays, check that the endpoint in the vault is the account’s own.',
    });
  const leakedSlots = leaked.kind === 'answered' ? leaked.value : [];
  const [leakedSlot] = leakedSlots;
  if (leakedSlot !== undefined)
    return problem(
      'key-leaked',
      { ...evidence, leaked: leakedSlots.join(', ') },
      {
        text: 'A rotation replaces it. If none is under way, or it waits for a person, report the key again.',
        call: { method: 'POST', path: `/api/targets/${target.name}/leak`, body: { slot: leakedSlot } },
      },
    );
  const untilMs = deadKeyHeldUntilMs(facts, vault.value, active);
  if (untilMs > vault.value.vaultNowMs)
    return problem(
      'dead-key-cached',
      { ...evidence, heldUntil: iso(untilMs) },
      {
        text: `Restart the consumers that fail, so that they read the vault again; the others do by ${iso(untilMs)}.`,
        command: 'az webapp restart --name <your-consumer> --resource-group <your-group>',
      },
    );
  if (!mayCallEndpoint(target)) return unknown('endpoint-not-called', evidence);
  if (accepted?.kind !== 'accepted')
    return unknown('key-unclear', { ...evidence, code: accepted?.code ?? 'not-tried' });
  if (leaked.kind === 'failed') return unknown('key-unclear', { ...evidence, code: leaked.failure.code });
  return ok('key-is-current', evidence);
}

function isAdopted({ status }: DiagnosisFacts): boolean {
  return status.kind === 'failed' || status.value.kind !== 'not-adopted';
}

/**
 * Until when a cache may hold a key that is dead, by the vault's clock; 0 when none does. Two ways lead there: the other
 * slot was regenerated before everybody had left it, and the active slot's own value was replaced.
 */
function deadKeyHeldUntilMs({ target, before }: DiagnosisFacts, snapshot: VaultSnapshot, active: Slot): number {
  const { pointer } = snapshot;
  const holdMs = consumersHoldMs(target);
  const secret = snapshot[active];
  const other = snapshot[otherSlot(active)];
  if (pointer.kind !== 'stored' || secret.kind !== 'stored') return 0;
  const leftUntilMs = pointer.createdAtMs + holdMs;
  const otherIsDead =
    other.kind === 'stored' && other.createdAtMs > pointer.createdAtMs && other.createdAtMs < leftUntilMs;
  const isReplaced =
    secret.createdAtMs > pointer.createdAtMs && before?.kind === 'stored' && before.fingerprint !== secret.fingerprint;
  return Math.max(otherIsDead ? leftUntilMs : 0, isReplaced ? secret.createdAtMs + holdMs : 0);
}
