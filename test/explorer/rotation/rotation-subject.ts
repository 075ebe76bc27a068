import type { Target } from '../../../src/keys/target.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import type { Slot } from '../../../src/shared/slot.ts';
import { buildCopy, buildSettingCopy, buildTarget } from '../../memory-world/target-builder.ts';
import type { Subject } from '../subject.ts';
import { isKeyChange, newest, nextId, type World } from '../world.ts';
import { nextEvent } from './environment.ts';
import { judge } from './judge.ts';
import { rotationMovesAt, rotationMovesAtRest } from './moves.ts';
import { normalForm } from './normal-form.ts';
import { opening } from './opening.ts';
import { askFor, type OperatorAction, rowOf } from './operators.ts';
import { changeKeysOrSecrets, saveAccountRow } from './passage.ts';
import { type Act, doAct } from './people.ts';
import { stragglersLog, workerPorts } from './ports.ts';

/** Enough for a row that was deleted to be recreated, and for two looks at one that was put back. */
const owedSweeps = 8;

/** A secret of somebody else's vault that holds the active key. */
export const exploredCopy = buildCopy('web');

/** A setting of somebody else's app that holds it. */
export const exploredSetting = buildSettingCopy('web');

/** Few probes: each of them is one more place where the adversary may move. */
export function exploredTarget(layout: Target['layout'], copies: Target['copies'] = [], holdMs = 0): Target {
  const stragglers = { holdMs, after: 'continue' } as const;
  return buildTarget({ layout, copies, policy: { newKeyProof: { acceptances: 3, spreadMs: 4_000 }, stragglers } });
}

/** The rotation of one target. @param active the slot that consumers use in the beginning */
export function rotationSubject(target: Target, active: Slot): Subject<OperatorAction, Act> {
  const isHeld = target.policy.stragglers.holdMs > 0;
  return {
    explored: target,
    title: `${target.layout.kind} layout${target.copies.length > 0 ? ` with a copy (${target.copies[0]?.kind})` : ''}${isHeld ? ', held for stragglers' : ''}`,
    open: (engine) => opening(engine, target, active),
    watch: (world, breach, readsEveryRow) => {
      const judged = judge(world, target, breach, readsEveryRow);
      return {
        ports: (worker, means) => ({
          ...workerPorts(world, worker, means, judged),
          auditLog: isHeld ? stragglersLog(world, target, means) : null,
        }),
        apply: (change) => {
          if (change.kind === 'account-row') return saveAccountRow(world, change, judged.saved);
          if (!isKeyChange(change)) throw new TypeError(`no rotation sends ${change.kind}`);
          const killed = changeKeysOrSecrets(world, change);
          if (change.kind === 'set' && change.sentAtMs === null)
            judged.peopleActed('move the pointer there and back', []);
          else judged.applied(change, killed);
        },
        actOutside: (act) => judged.peopleActed(act, doAct(world, target, act)),
        ask: async (app, action) => judged.answered(action, await askFor(app, world, target.name, action)),
        sentUnderLease: (worker, { operation, subject }) => judged.sentUnderLease(worker, `${operation} ${subject}`),
        sent: (worker, { subject }, change) => {
          if (change.kind === 'regenerate') judged.sentRegenerate(worker, change.slot, change.sendId);
          if (change.kind === 'set' && subject.endsWith('active-key')) judged.sentPointer(worker);
        },
        neverApplied: (change, voidAtMs) => {
          if (change.kind === 'regenerate') judged.neverApplied(change.sendId, voidAtMs);
        },
        slept: judged.slept,
        tampered: (what) => {
          world.sweepsOwed = owedSweeps;
          judged.journalTampered(what);
        },
        atIdle: judged.atIdle,
      };
    },
    stateOf: (world) => rowOf(world)?.rotation?.kind ?? 'no rotation',
    messageOf: (world) => ({ wakeSeq: rowOf(world)?.wakeSeq ?? 0 }),
    rowOf,
    putRow: (world, fields) => {
      world.row = fields === null ? null : { fields, etag: nextId(world, 'etag-'), savedAtMs: world.nowMs };
    },
    begun: ({ begun }) => begun,
    isIdle: (world) => rowOf(world)?.rotation == null,
    nextEvent,
    expected: (world, action) => {
      if (action === 'resume' || action === 'adopt') world.resumed += 1;
      if (action.startsWith('report')) world.reported += 1;
    },
    // Between two rotations the sweep looks before anything else happens.
    afterActAtRest: (world) => {
      if (rowOf(world)?.rotation === null) world.sweepsOwed = Math.max(world.sweepsOwed, 1);
    },
    movesAt: (world, place, cuts) => rotationMovesAt(world, target, place, cuts),
    movesAtRest: (world, cuts) => rotationMovesAtRest(world, target, cuts),
    visible: (world) => {
      const { secrets, keys, queue } = world;
      const { rotation, operatorRequest, leak, leaks, adoptedAtMs, inDoubt } = rowOf(world) ?? {};
      return [secrets, keys, queue.length, rotation, operatorRequest, leak, leaks, adoptedAtMs, inDoubt];
    },
    sight: (world, { service, subject }) =>
      service === 'vault' || world.secrets[subject] !== undefined
        ? `${world.secrets[subject]?.versions.length} ${newest(world, subject)?.enabled}`
        : `${world.keys.key1} ${world.keys.key2}`,
    normalForm,
    endOf,
  };
}

function endOf({ row, begun }: World): string {
  const fields = (row?.fields ?? null) as AccountRow | null;
  if (fields === null) return 'the row is gone';
  const { rotation, lastEnd } = fields;
  if (rotation !== null && rotation.kind !== 'suspended') return rotation.kind;
  return rotation === null
    ? `${lastEnd?.outcome ?? 'never started'} (${begun})`
    : `${rotation.kind}: ${rotation.reason}`;
}
