import type { App } from '../../src/app/contract.ts';
import type { Target } from '../../src/keys/target.ts';
import type { AccountRow } from '../../src/rotation/account-row.ts';
import type { EnginePorts } from '../../src/rotation/engine-ports.ts';
import { leaseMs, wakeGraceMs } from '../../src/rotation/numbers.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { Fence } from '../../src/shared/fence.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import type { Call } from '../memory-world/call.ts';
import type { Engine } from './engine.ts';
import { judge } from './judge.ts';
import { type Move, movesAt, moveText, operatorActions, staleMs } from './moves.ts';
import { acts, doAct } from './people.ts';
import { workerPorts } from './ports.ts';
import {
  type Change,
  keysAgo,
  makeKey,
  nextId,
  putVersion,
  setEnabled,
  setKeys,
  setSecret,
  type World,
} from './world.ts';

const operator = { objectId: 'operator-1', name: 'contoso operator' };
const latencyMs = 20;
const clientTimeoutMs = 30_000;
/** Just within the settle bound. */
const lateMs = 119_000;
/** When a message whose worker has vanished comes again: the worst moment, just after the lease. */
const redeliveryMs = leaseMs + 1_500;
const sweepMs = 60_000;
/** More than any life needs that comes to rest. */
const mostEvents = 150;

/** More calls than any transition needs. */
const mostCalls = 3_000;

/** One process at work. */
export interface Worker {
  readonly name: string;
  dead: boolean;
  monotonicLostMs: number;
  wallAheadMs: number;
  pointerReadAtMs: number;
  savedAtMs: number;
  probedAtMs: number;
}

/** A place where the adversary could have moved, and its moves there. */
export interface Choice {
  readonly at: number;
  readonly moves: readonly Move[];
}

export interface Deviation {
  readonly at: number;
  readonly move: Move;
}

export interface Lived {
  readonly choices: readonly Choice[];
  readonly breaches: readonly string[];
  /** What happened, as a trace shows it. */
  readonly story: readonly string[];
  readonly atRest: boolean;
}

export interface Plan {
  readonly deviations: readonly Deviation[];
  /** Whether choices after the last deviation are to be listed. */
  readonly list: boolean;
  readonly rotations: number;
  readonly tell: boolean;
}

/** Lets one thing happen in `world`, from one rest to the next: an invocation, a start, a resume. The deviations say where the adversary moves. */
export async function live(engine: Engine, target: Target, world: World, plan: Plan): Promise<Lived> {
  const breaches: string[] = [];
  const story: string[] = [];
  const choices: Choice[] = [];
  const judged = judge(world, target, (text) => {
    if (!breaches.includes(text)) breaches.push(text);
  });
  const last = plan.deviations.at(-1)?.at ?? -1;
  let at = 0;
  let depth = 0;
  let isDone = false;
  let calls = 0;
  const met = new Map<string, number>();
  const row = () => (world.row?.fields ?? null) as AccountRow | null;
  const tell = (text: () => string) => {
    if (plan.tell) story.push(text());
  };

  const pick = (moves: () => readonly Move[]): Move | null => {
    const here = at;
    at += 1;
    const chosen = plan.deviations.find((one) => one.at === here);
    if (chosen !== undefined) return chosen.move;
    // The rotation that follows is lived in peace: it shows what the first one left behind.
    if (plan.list && here > last && world.begun <= 1) {
      const offered = moves();
      if (offered.length > 0) choices.push({ at: here, moves: offered });
    }
    return null;
  };

  const apply = (change: Change) => {
    switch (change.kind) {
      case 'regenerate': {
        const killed = world.keys[change.slot];
        setKeys(world, { ...world.keys, [change.slot]: makeKey(world) });
        judged.applied(change, killed);
        return;
      }
      case 'set': {
        // 409: the name of a deleted secret is not free.
        if (world.secrets[change.name]?.deleted)
          throw new FailureError({ kind: 'not-applied', code: 'Conflict', retryAfterMs: null });
        putVersion(world, change.name, change);
        if (change.sentAtMs === null) judged.peopleActed([]);
        else judged.applied(change, null);
        return;
      }
      case 'disable':
        setEnabled(world, change.name, change.version, false);
        judged.applied(change, null);
        return;
      case 'recover':
        setSecret(world, change.name, { deleted: false });
        judged.applied(change, null);
    }
  };
  const passTo = (atMs: number) => {
    for (;;) {
      const next = world.flying
        .filter(({ dueAtMs }) => dueAtMs <= atMs)
        .sort((one, other) => one.dueAtMs - other.dueAtMs)[0];
      if (next === undefined) break;
      world.flying = world.flying.filter((one) => one !== next);
      world.nowMs = Math.max(world.nowMs, next.dueAtMs);
      tell(
        () =>
          `${clock(world)} something late arrives: ${next.change.kind} ${'name' in next.change ? next.change.name : 'slot' in next.change ? next.change.slot : ''}`,
      );
      try {
        apply(next.change);
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
      }
    }
    world.nowMs = Math.max(world.nowMs, atMs);
  };
  const pass = (durationMs: number) => passTo(world.nowMs + durationMs);
  const person = (act: (typeof acts)[number]) => {
    judged.peopleActed(doAct(world, target, act));
  };

  const never = new Promise<never>(() => {});
  const deaths = new Map<Worker, () => void>();
  const die = (worker: Worker): Promise<never> => {
    worker.dead = true;
    deaths.get(worker)?.();
    return never;
  };

  const freeze = async (worker: Worker, move: Extract<Move, { kind: 'freeze' }>) => {
    const untilMs = world.nowMs + move.forMs;
    if (move.forMs > leaseMs)
      world.queue = [...world.queue, { wakeSeq: row()?.wakeSeq ?? 0, dueAtMs: world.nowMs + redeliveryMs }];
    depth += 1;
    for (let lives = 0; lives < 8; lives += 1) {
      const next = nextEvent(world, plan.rotations);
      if (next === null || next.atMs >= untilMs || depth > 2) break;
      await happen(next);
    }
    depth -= 1;
    passTo(untilMs);
    if (move.clocks === 'monotonic-stops') worker.monotonicLostMs += move.forMs;
    if (move.clocks === 'wall-set-back') {
      worker.wallAheadMs -= move.forMs + 3_600_000;
      worker.monotonicLostMs += move.forMs;
    }
  };

  const carry = async <T>(
    worker: Worker,
    call: Call,
    effect: 'read' | 'write',
    fence: Fence | null,
    change: (() => Change) | null,
    answer: () => T,
  ): Promise<T> => {
    if (worker.dead) return await never;
    calls += 1;
    if (calls > mostCalls) {
      breaches.push(`8: no end of calls, in ${row()?.rotation?.kind ?? 'no rotation'}`);
      return await die(worker);
    }
    const rotation = row()?.rotation;
    const name = `${rotation?.kind} ${call.operation} ${call.subject}`;
    let move: Move | null;
    for (;;) {
      const times = met.get(name) ?? 0;
      move = pick(() => movesAt(call, effect, times === 0));
      if (move === null) break;
      const chosen = move;
      tell(
        () => `${clock(world)} ${worker.name} ${call.service} ${call.operation} ${call.subject}: ${moveText(chosen)}`,
      );
      if (move.kind === 'person') person(move.act);
      else if (move.kind === 'operator') await ask(move.action);
      else if (move.kind === 'rival') await advance(row()?.wakeSeq ?? 0);
      else if (move.kind === 'freeze') await freeze(worker, move);
      else break;
    }
    met.set(name, (met.get(name) ?? 0) + 1);
    if (worker.dead) return await never;
    if (move?.kind === 'crash' && move.when === 'before') return await die(worker);
    pass(latencyMs);
    if (fence !== null && !fence())
      throw new FailureError({ kind: 'not-applied', code: 'fence-lost', retryAfterMs: null });
    if (fence !== null) judged.sentUnderLease(worker, `${call.operation} ${call.subject}`);
    if (move?.kind === 'not-applied') {
      pass(latencyMs);
      throw new FailureError({ kind: 'not-applied', code: '503', retryAfterMs: null });
    }
    if (move?.kind === 'probe')
      throw new FailureError({ kind: 'not-applied', code: `node-${move.answer}`, retryAfterMs: null });
    const made = change?.() ?? null;
    const sendId = made?.kind === 'regenerate' ? made.sendId : null;
    if (made?.kind === 'regenerate') judged.sentRegenerate(worker, made.slot, made.sendId);
    if (made?.kind === 'set' && call.subject.endsWith('active-key')) judged.sentPointer(worker);
    if ((move?.kind === 'crash' && move.when === 'late') || (move?.kind === 'no-reply' && move.outcome === 'late')) {
      if (made !== null) world.flying = [...world.flying, { dueAtMs: world.nowMs + lateMs, change: made }];
      if (move.kind === 'crash') return await die(worker);
      pass(clientTimeoutMs);
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    }
    if (move?.kind === 'no-reply' && move.outcome === 'never') {
      if (sendId !== null) judged.neverApplied(sendId, world.nowMs + lateMs);
      pass(clientTimeoutMs);
      throw new FailureError({ kind: 'outcome-unknown', code: 'timeout' });
    }
    if (made !== null) apply(made);
    const result = answer();
    if (move?.kind === 'crash') return await die(worker);
    pass(latencyMs);
    if (move?.kind === 'no-reply') throw new FailureError({ kind: 'outcome-unknown', code: 'reset' });
    return result;
  };

  const startWorker = (): { worker: Worker; ports: EnginePorts; app: App; death: Promise<'died'> } => {
    const worker: Worker = {
      name: nextId(world, 'worker'),
      dead: false,
      monotonicLostMs: 0,
      wallAheadMs: 0,
      pointerReadAtMs: Number.NEGATIVE_INFINITY,
      savedAtMs: Number.NEGATIVE_INFINITY,
      probedAtMs: 0,
    };
    const death = new Promise<'died'>((resolve) => deaths.set(worker, () => resolve('died')));
    const ports = workerPorts(world, worker, {
      carry: (call, effect, fence, change, answer) => carry(worker, call, effect, fence, change, answer),
      sleep: async (durationMs) => {
        if (worker.dead) return await never;
        pass(durationMs);
      },
      stale: () => {
        const move = pick(() => (keysAgo(world, staleMs) !== world.keys ? [{ kind: 'stale' }] : []));
        return move?.kind === 'stale';
      },
      judged,
    });
    return { worker, ports, death, app: engine.createApp({ ...ports, targets: fixedTargets([target]) }) };
  };
  const during = async (work: (app: App) => Promise<unknown>): Promise<'died' | 'done'> => {
    const { app, death } = startWorker();
    try {
      return await Promise.race([death, work(app).then(() => 'done' as const)]);
    } catch (error) {
      breaches.push(`8: a handler threw ${String(error)}`);
      return 'done';
    }
  };
  const advance = async (wakeSeq: number) => {
    const ended = await during((app) => app.advance({ target: target.name, wakeSeq }));
    if (ended === 'died') world.queue = [...world.queue, { wakeSeq, dueAtMs: world.nowMs + redeliveryMs }];
  };
  const ask = async (action: (typeof operatorActions)[number]) => {
    const rotation = row()?.rotation;
    const id =
      rotation == null ? 'none' : rotation.kind === 'suspended' ? rotation.from.rotationId : rotation.rotationId;
    await during((app) => {
      switch (action) {
        case 'start':
          return app.startRotation(target.name, { idleKeyUnused: true }, operator);
        case 'adopt':
          return app.adopt(target.name, { activeSlot: null }, operator);
        case 'rollBack':
          return app.rollBack(target.name, id, operator);
        case 'resume':
          return app.resume(target.name, id, operator);
      }
    });
  };

  const happen = async (event: Event) => {
    world.events += 1;
    if (world.events > mostEvents) {
      breaches.push(`9: no rest in sight, in ${row()?.rotation?.kind ?? 'no rotation'}`);
      isDone = true;
      return;
    }
    if (event.kind === 'message') world.queue = world.queue.filter((one) => one !== event.message);
    passTo(event.atMs);
    tell(() => `${clock(world)} ${event.kind}, in ${row()?.rotation?.kind ?? 'no rotation'}`);
    switch (event.kind) {
      case 'message':
        return await advance(event.message.wakeSeq);
      case 'sweep':
        await during((app) => app.sweep());
        return;
      case 'start':
        return await ask('start');
      case 'resume':
        world.resumed += 1;
        return await ask('resume');
      case 'late':
        return;
    }
  };

  // At rest: what happens before the next thing does.
  for (;;) {
    const pending = world.queue[0];
    const move = pick(() => [
      ...acts.map((act) => ({ kind: 'person', act }) as const),
      ...operatorActions.map((action) => ({ kind: 'operator', action }) as const),
      ...(pending === undefined
        ? []
        : (['dropped', 'doubled', 'late', 'early'] as const).map((fate) => ({ kind: 'message', fate }) as const)),
    ]);
    if (move === null) break;
    tell(
      () =>
        `${clock(world)} at rest in ${row()?.rotation?.kind ?? 'no rotation'}: ${moveText(move).replace('before it, ', '')}`,
    );
    if (move.kind === 'person') {
      pass(1_000);
      person(move.act);
    } else if (move.kind === 'operator') await ask(move.action);
    else if (move.kind === 'message' && pending !== undefined) {
      const others = world.queue.filter((one) => one !== pending);
      if (move.fate === 'dropped') world.queue = others;
      if (move.fate === 'doubled') world.queue = [...world.queue, { ...pending, dueAtMs: pending.dueAtMs + 1_000 }];
      if (move.fate === 'late') world.queue = [...others, { ...pending, dueAtMs: pending.dueAtMs + 240_000 }];
      if (move.fate === 'early') world.queue = [...others, { ...pending, dueAtMs: world.nowMs + 1_000 }];
    }
  }
  const next = isDone ? null : nextEvent(world, plan.rotations);
  if (next === null) judged.atRest();
  else await happen(next);
  return { choices, breaches, story, atRest: next === null };
}

type Event =
  | { readonly kind: 'message'; readonly atMs: number; readonly message: World['queue'][number] }
  | { readonly kind: 'sweep' | 'start' | 'resume' | 'late'; readonly atMs: number };

/** What happens next when nobody interferes. Sweeps that would find nothing overdue are left out: they write nothing. */
function nextEvent(world: World, rotations: number): Event | null {
  const row = (world.row?.fields ?? null) as AccountRow | null;
  const rotation = row?.rotation ?? null;
  const events: Event[] = world.queue.map((message) => ({
    kind: 'message',
    atMs: Math.max(world.nowMs, message.dueAtMs),
    message,
  }));
  const isGoing = rotation !== null && (rotation.kind !== 'suspended' || row?.operatorRequest != null);
  if (row !== null && isGoing) {
    const overdueMs = Math.max((row.wakeAtMs ?? 0) + wakeGraceMs, (world.row?.savedAtMs ?? 0) + leaseMs);
    events.push({ kind: 'sweep', atMs: Math.max(world.nowMs, overdueMs) + sweepMs });
  }
  const first = events.sort((one, other) => one.atMs - other.atMs)[0];
  if (first !== undefined) return first;
  const late = Math.max(...world.flying.map(({ dueAtMs }) => dueAtMs));
  if (world.flying.length > 0) return { kind: 'late', atMs: late };
  if (rotation === null && world.begun < rotations) return { kind: 'start', atMs: world.nowMs + 5_000 };
  if (rotation?.kind === 'suspended' && world.resumed === 0) return { kind: 'resume', atMs: world.nowMs + 600_000 };
  return null;
}

function clock(world: World): string {
  return new Date(world.nowMs).toISOString().slice(8, 23);
}
