import type { Call } from '../../memory-world/call.ts';
import { judge } from '../rotation/judge.ts';
import { rowOf } from '../rotation/operators.ts';
import { changeKeysOrSecrets, saveAccountRow } from '../rotation/passage.ts';
import type { Worker } from '../worker.ts';
import type { AccountRowChange, Change, KeyChange, World } from '../world.ts';
import { explored } from './requests.ts';

/** Whether a call is one of those that a rotation, or an adoption, makes to account and vault. */
export function isOfRotations(operation: string, subject: string): boolean {
  return operation === 'regenerate' || operation === 'listKeys' || subject === 'account';
}

export function rotationOf(world: World) {
  return rowOf(world)?.rotation ?? null;
}

/** Judges the rotation that may run beside a change of hardening, by the invariants of a rotation. */
export function besideRotation(world: World, breach: (text: string) => void, readsEveryRow: boolean) {
  const judged = judge(world, explored, breach, readsEveryRow, true);
  return {
    ofCalls: judged,
    apply(change: KeyChange | AccountRowChange) {
      if (change.kind === 'account-row') return saveAccountRow(world, change, judged.saved);
      judged.applied(change, changeKeysOrSecrets(world, change));
    },
    /** @param before the keys as they were */
    peopleActed(before: World['keys']) {
      const killed = Object.values(before).filter((key) => !Object.values(world.keys).includes(key));
      judged.peopleActed('regenerate the active key', killed);
    },
    sentUnderLease(worker: Worker, { operation, subject }: Call) {
      judged.sentUnderLease(worker, `${operation} ${subject}`);
    },
    sent(worker: Worker, { subject }: Call, change: Change) {
      if (change.kind === 'regenerate') judged.sentRegenerate(worker, change.slot, change.sendId);
      if (change.kind === 'set' && subject.endsWith('active-key')) judged.sentPointer(worker);
    },
    neverApplied(change: Change, voidAtMs: number) {
      if (change.kind === 'regenerate') judged.neverApplied(change.sendId, voidAtMs);
    },
    atIdle() {
      const rotation = rotationOf(world);
      const waitsForKeys = rotation?.kind === 'suspended' && rotation.reason === 'local-auth-disabled';
      // A change that came to nothing, or that was to turn them off, may leave it so.
      const hasChanged = world.hardening.memory.begun > 0;
      if (!(waitsForKeys && world.facts.localAuthDisabled && hasChanged)) judged.atIdle();
    },
  };
}
