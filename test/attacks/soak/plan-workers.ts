import type { App } from '../../../src/app/contract.ts';
import { createApp } from '../../../src/app/create-app.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import type { Target } from '../../../src/keys/target.ts';
import type { EnginePorts } from '../../../src/rotation/ports.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import type { Call } from '../../memory-world/call.ts';
import type { Delivery, Life } from '../../memory-world/life.ts';
import type { Fault, Worker, WorkerOptions } from '../../memory-world/worker.ts';
import { disturber } from './disturbances.ts';
import type { RetryAfterWatch } from './retry-after.ts';
import type { SoakPlan } from './soak-plan.ts';
import { stateOf } from './state-of.ts';

/** What a test does to the engine to see whether the soak notices. */
export type Mutation = (ports: EnginePorts, life: Life) => EnginePorts;

/** What the workers of a plan need to know of the run they live in. */
export interface PlanRun {
  readonly plan: SoakPlan;
  readonly target: Target;
  readonly mutate: Mutation | undefined;
  /** Made after the first worker: asked for when it is needed. */
  readonly life: () => Life;
  readonly retryAfter: () => RetryAfterWatch;
  /** Whether the plan's faults strike now. */
  readonly isWild: () => boolean;
  readonly met: (kind: string) => void;
  readonly say: (text: string) => void;
}

export interface StartedWorker {
  readonly worker: Worker;
  readonly app: App;
}

/** Starts the workers of a plan, each with its faults, its clock and its pace, and delivers messages as the plan says. */
export function planWorkers(run: PlanRun) {
  const { plan, target, mutate, met, say } = run;
  let turn = 0;
  let newestWakeSeq = 0;
  let delivered = 0;
  let disturb: ReturnType<typeof disturber> | null = null;

  function faultOf(call: Call, effect: 'read' | 'write'): Fault | null {
    const life = run.life();
    disturb ??= disturber(plan.disturbances, life.world.clock.nowMs, () => stateOf(life));
    const struck = run.isWild() ? disturb(call, effect) : null;
    if (struck === null) return null;
    met(struck.kind);
    say(`${struck.kind} strikes ${call.service} ${call.operation} ${call.subject}: ${JSON.stringify(struck.fault)}`);
    if (struck.kind === 'throttled') {
      run.retryAfter().throttled(call, struck.fault);
      if (call.service === 'endpoint') met('throttled-data-plane');
    }
    if (struck.kind === 'account-accepted' && struck.isFirst) beBusy(life, struck.lastsMs);
    return struck.fault;
  }

  function optionsOf(jump: (calls: number) => void): WorkerOptions {
    turn += 1;
    let calls = 0;
    const wallAheadMs = turn % 2 === 0 ? plan.wallAheadMs : 0;
    if (wallAheadMs !== 0) met('clocks-apart');
    return {
      wallAheadMs,
      latencyMs: () => {
        turn += 1;
        return plan.latencyMs * (0.5 + ((turn * 7919) % 101) / 101);
      },
      listKeysAgeMs: () => {
        const { keys, keysAgo } = run.life().world.account;
        const old = keysAgo(plan.listKeysAgeMs);
        if (old.key1 !== keys.key1 || old.key2 !== keys.key2) met('list-keys-stale');
        return plan.listKeysAgeMs;
      },
      fault: (call, effect) => {
        calls += 1;
        jump(calls);
        return faultOf(call, effect);
      },
    };
  }

  return {
    /** @param clockIsRight its wall clock was corrected before, and jumps no more */
    start({ clockIsRight = false } = {}): StartedWorker {
      const life = run.life();
      let started: Worker | null = null;
      const options = optionsOf((calls) => {
        if (clockIsRight || plan.wallJump === null || calls !== plan.wallJump.atCall || !run.isWild()) return;
        started?.setWallAheadMs(plan.wallJump.toMs);
        met(plan.wallJump.toMs < 0 ? 'clock-jumps-back' : 'clock-jumps-ahead');
      });
      const { worker, app: healthy } = run.isWild() ? life.start(options) : life.start();
      started = worker;
      const app =
        mutate === undefined ? healthy : createApp({ ...mutate(worker.ports, life), targets: fixedTargets([target]) });
      const advance = (wakeUp: WakeUp) => {
        if (wakeUp.wakeSeq < newestWakeSeq) met('message-reordered');
        newestWakeSeq = Math.max(newestWakeSeq, wakeUp.wakeSeq);
        return app.advance(wakeUp);
      };
      return { worker, app: { ...app, advance } };
    },
    delivery(): Delivery {
      delivered += 1;
      const delivery = (run.isWild() ? plan.deliveries[delivered - 1] : undefined) ?? [0];
      if (delivery.length === 0) met('message-dropped');
      if (delivery.length > 1) met('message-doubled');
      if (delivery.some((lateMs) => lateMs > 0)) met('message-late');
      return delivery;
    },
  };
}

export type PlanWorkers = ReturnType<typeof planWorkers>;

/** An account that refuses key operations is under way itself. */
function beBusy({ world, line }: Life, forMs: number): void {
  const { account, clock } = world;
  account.facts = { ...account.facts, provisioningState: 'Accepted' };
  line.at(clock.nowMs() + forMs, () => {
    account.facts = { ...account.facts, provisioningState: 'Succeeded' };
  });
}
