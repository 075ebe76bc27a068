import type { Life } from '../../memory-world/life.ts';
import { type Asked, askAs, letGo, type OperatorAction } from './ask-as.ts';
import type { People } from './careful-people.ts';
import type { LeakWatch } from './leak-watch.ts';
import type { PlanWorkers } from './plan-workers.ts';
import type { RetryAfterWatch } from './retry-after.ts';
import type { SoakPlan } from './soak-plan.ts';

const minuteMs = 60_000;
const letGoAfterMs = 40 * minuteMs;

/** Actions that somebody must undo later. */
const untilLetGo: ReadonlySet<OperatorAction> = new Set(['hold', 'hold-confirmed', 'pause']);

/** Actions that are refused where they are not possible; the others are always heard. */
const wishes: ReadonlySet<OperatorAction> = new Set([
  ...(['rollback-confirmed', 'cancel-confirmed', 'hold-confirmed'] as const),
  ...(['rollback', 'cancel', 'hold', 'release-hold', 'expedite', 'resume'] as const),
  ...(['leak-active', 'leak-inactive', 'leak-preview', 'take-over'] as const),
]);

export interface ActingRun {
  readonly plan: SoakPlan;
  readonly life: Life;
  readonly workers: PlanWorkers;
  readonly people: People;
  readonly retryAfter: RetryAfterWatch;
  readonly leaks: LeakWatch;
  readonly violations: string[];
  readonly met: (kind: string) => void;
  readonly say: (text: string) => void;
}

/** Lets operators, people and mishaps of a plan take place from now on; answers how many have not yet. */
export function planActs({
  plan,
  life,
  workers,
  people,
  retryAfter,
  leaks,
  violations,
  met,
  say,
}: ActingRun): () => number {
  const { line, world } = life;
  const startsAtMs = world.clock.nowMs();
  let pending = 0;
  const later = (afterMs: number, act: (done: () => void) => void) => {
    pending += 1;
    line.at(startsAtMs + afterMs, () => {
      act(() => {
        pending -= 1;
      });
    });
  };
  /** Who holds a rotation or pauses the instance lets go of it some day, however often it takes. */
  const letGoLater = (action: OperatorAction, done: () => void): undefined => {
    if (!untilLetGo.has(action)) {
      done();
      return;
    }
    line.at(world.clock.nowMs() + letGoAfterMs, () => {
      const { worker, app } = workers.start();
      retryAfter.personAsked();
      const again = () => letGoLater(action, done);
      worker.onDeath = again;
      letGo(app, action, life).then((isDone) => {
        if (!worker.isDead()) (isDone ? done : again)();
      }, again);
    });
  };
  for (const { afterMs, action } of plan.operators)
    later(afterMs, (done) => {
      const { worker, app } = workers.start();
      retryAfter.personAsked();
      const over = () => letGoLater(action, done);
      worker.onDeath = over;
      askAs(app, action, life).then(
        (answer) => {
          leaks.answered(action, answer);
          if (!wishes.has(action) || isHeard(answer)) met(`operator:${action}`);
          world.happened({ kind: 'said', where: `the answer to ${action}`, text: JSON.stringify(answer ?? null) });
          if (!worker.isDead()) over();
        },
        (error: unknown) => {
          violations.push(`8: ${action} threw ${String(error)}`);
          over();
        },
      );
    });
  for (const { afterMs, act } of plan.people)
    later(afterMs, (done) =>
      people.act(act, (wasDone) => {
        if (wasDone) met(`person:${act}`);
        if (wasDone) say(`a person: ${act}`);
        done();
      }),
    );
  if (plan.rowDeletedAfterMs !== null)
    later(plan.rowDeletedAfterMs, (done) => {
      world.journal.row = null;
      world.happened({ kind: 'outside', act: 'restore row' });
      met('row-deleted');
      done();
    });
  return () => pending;
}

function isHeard(answer: Asked): boolean {
  if (answer == null) return false;
  // A claim is written down at once; the rest follows when the other instance's last calls have settled.
  if (answer.kind === 'not-now') return answer.reason === 'settling';
  return ['noted', 'begun', 'previewed', 'adopted'].includes(answer.kind);
}
