import { placeOf } from '../../keys/copies/copy.ts';
import { copyPorts, readCopies } from '../../keys/copies/copy-kinds.ts';
import { keyFingerprints } from '../../keys/key-fingerprints.ts';
import type { Target } from '../../keys/target.ts';
import { readPointer, readVault, type VaultSnapshot } from '../../keys/vault-snapshot.ts';
import { type AccountRow, parseAccountRow } from '../../rotation/account-row.ts';
import type { Decision } from '../../rotation/decision.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { firstState } from '../../rotation/requests/first-state.ts';
import { planRotation, type RotationPlan, viewCopy } from '../../rotation/requests/plan-rotation.ts';
import { mayNotStart } from '../../rotation/requests/start-rotation.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { decisionContext } from '../../rotation/run/round.ts';
import { preparing } from '../../rotation/states/preparing.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { otherSlot } from '../../shared/slot.ts';
import { sentences, unavailable } from '../answers.ts';
import { type ReadersPorts, readInactiveKeyReaders } from './read-readers.ts';

/**
 * What a rotation that an operator starts now would do: its first decision is made on what vault and account show, and
 * nothing is written. Costs an ARM get, a listKeys, the reads of the target's secrets, and two queries of the audit log.
 * @throws FailureError when the journal cannot be read
 */
export async function previewRotation(
  ports: EnginePorts & ReadersPorts,
  target: Target,
  asked: { readonly inactiveKeyUnused: boolean },
): Promise<RotationPlan> {
  const stored = await ports.rows.load(target.account);
  const row = stored === null ? null : parseAccountRow(stored.fields);
  const nowMs = stored?.storageNowMs ?? ports.clock.nowMs();
  const blocked = (reason: 'not-adopted' | 'newer-schema') =>
    planRotation(target, null, [{ reason, detail: sentences[reason] }], null, nowMs);
  if (row === null) return blocked('not-adopted');
  if (row === 'newer-schema') return blocked(row);
  const refusal = mayNotStart(row, target, asked);
  const paused = (await readPause(ports)).paused;
  const blockers = [...(refusal === null ? [] : [refusal]), ...(paused ? (['paused'] as const) : [])].map((reason) => ({
    reason,
    detail: sentences[reason],
  }));
  // In flight, or never adopted: what stands there says nothing of a rotation that begins now.
  if (refusal !== null && refusal !== 'inactive-key-confirmation-required')
    return planRotation(target, null, blockers, null, nowMs);

  const found = await lookTwice(ports, target, row, nowMs).catch(asFailure);
  if (found instanceof FailureError) {
    const { reason, detail } = unavailable(found);
    return planRotation(target, null, [...blockers, { reason, detail }], null, nowMs);
  }
  const pointer = readPointer(found.vault, ports.instance);
  const newSlot = pointer.kind === 'read' ? otherSlot(pointer.slot) : null;
  const plan = planRotation(target, found.decision, blockers, newSlot, nowMs, found.copies);
  const inactiveKeyReaders = newSlot && (await readInactiveKeyReaders(ports, target, found.vault, newSlot));
  return { ...plan, inactiveKeyReaders };
}

/** One listing of keys may be stale: as the rotation itself does, it is asked again before the vault is called stale. */
async function lookTwice(ports: EnginePorts, target: Target, row: AccountRow, nowMs: number) {
  const first = await look(ports, target, row, nowMs, null);
  if (first.decision.kind !== 'wait' || first.decision.reason !== 'keys-stale') return first;
  await ports.clock.sleep(first.decision.forMs);
  return await look(ports, target, row, nowMs, 'keys-stale');
}

/** Reads what the state `preparing` reads, and decides as it does. */
async function look(
  ports: EnginePorts,
  target: Target,
  row: AccountRow,
  nowMs: number,
  waiting: 'keys-stale' | null,
): Promise<{ readonly vault: VaultSnapshot; readonly decision: Decision; readonly copies: RotationPlan['copies'] }> {
  const { instance } = ports;
  const salt = ports.newId();
  const accounts = ports.accounts(readOnlyFence);
  const [{ snapshot: vault }, account, copies] = await Promise.all([
    readVault(ports.secrets(target.vaultUrl, readOnlyFence), target, salt),
    accounts.get(target.account),
    readCopies(target, copyPorts(ports, readOnlyFence), salt, row.copies),
  ]);
  const given = { rotationId: 'preview', salt, cause: 'operator', startedBy: 'preview', leaked: null } as const;
  // As if all were proved writable, which writes: what comes after is of interest here.
  const verifiedCopies = target.copies.map(placeOf);
  const state = { ...firstState(target, row, given, nowMs), waiting, vaultVerifiedAtMs: nowMs, verifiedCopies };
  const context = decisionContext({ owned: { row, nowMs: () => nowMs }, target, instance }, 0);
  // If keys are off, nothing lists them.
  const keys = account.localAuthDisabled ? null : keyFingerprints(await accounts.listKeys(target.account), salt);
  const pointer = readPointer(vault, instance);
  const active = pointer.kind === 'read' ? pointer.slot : null;
  const viewed = target.copies.map((copy, index) => viewCopy(copy, copies[index], keys, active, target.policy));
  if (keys === null) return { vault, copies: viewed, decision: { kind: 'suspend', reason: 'local-auth-disabled' } };
  const facts = { kind: 'asked', vault, arm: { account, keys }, copies } as const;
  return { vault, copies: viewed, decision: preparing.decide(state, facts, context) };
}
