import { createLogUpdate } from 'log-update';
import * as z from 'zod';
import { type ExitCode, exitCodes, Stop, usage } from '../outcome.ts';
import { phaseChanges, type RotationScene, rotationPicture } from '../screen/rotation-picture.ts';
import { rotationAnswer, rotationWatch } from '../screen/rotation-watch.ts';
import { wrapped } from '../screen/wrapped.ts';
import { colors } from '../show/colors.ts';
import { instantText, spanMs, spanText } from '../show/when.ts';
import type { Terminal } from '../terminal.ts';
import type { Context, Given } from './command.ts';

export const watchOption = { flags: '--watch', about: 'show it live until it ends or waits for a person' } as const;

export const watchOptions = [
  watchOption,
  { flags: '--timeout <span>', about: 'stop watching after so long, such as 30m or 12h; 48h without it' },
] as const;

/** Longer than the longest usual overlap, 26 hours, and a maintenance window. */
const usualTimeout = '48h';
/** Often enough for a person; a rotation's shortest phases pass unseen. */
const lookEveryMs = 2_000;
/** While nothing is due for longer, such as in an overlap of hours. */
const rareLookMs = 15_000;
const redrawMs = 500;
/** So long an instance may be away, such as while it is deployed. */
const mostAwayMs = 10 * 60_000;

/** So long the next step may take to carry out what was asked; a refusal then shows in the target, and the rotation stays. */
const nextStepMs = 3 * 60_000;

const watched = rotationAnswer.extend({
  target: z.string(),
  reason: z.string().nullable(),
  overlapUntil: z.string().nullable(),
  rollbackUntil: z.string().nullable(),
  wakesAt: z.string().nullable(),
  actions: z.array(z.string()),
  suspendedIn: z.string().nullish(),
});

type Watched = z.infer<typeof watched>;

/** What a person sees besides the phases. */
interface Scene extends RotationScene {
  readonly facts: readonly string[];
}

/**
 * Shows a rotation until it ends or is suspended.
 * @param goal the state in which it is to end
 * @param answered what an action on it was answered: the suspension that it has then may be over with the next step
 * @returns `done` if it ends there, else `refused`
 * @throws Stop `unreachable` if the instance is away for ten minutes, or the time is over
 */
export async function watchRotation(
  { terminal, instance, nowMs, wait, output }: Context,
  { target, id, own }: Pick<Given, 'target' | 'id' | 'own'>,
  goal: string,
  answered: unknown = null,
): Promise<ExitCode> {
  const timeout = typeof own.timeout === 'string' ? own.timeout : usualTimeout;
  const patienceMs = spanMs(timeout);
  if (patienceMs === null) throw usage(`--timeout ${JSON.stringify(timeout)}: accepted is a time such as 30m or 12h.`);
  const untilMs = nowMs() + patienceMs;
  const asked = watched.safeParse(answered).data ?? null;
  const askedAtMs = nowMs();
  const watch = rotationWatch();
  const screen = screenFor(terminal);
  let answer: Watched | null = null;
  let etag: string | null = null;
  let heardAtMs = nowMs();
  try {
    for (;;) {
      const heard = await look();
      if (heard !== null) {
        answer = heard;
        // The phase in which it was suspended stays the one where it stands.
        watch.see({ ...answer, state: answer.suspendedIn ?? answer.state });
      }
      if (answer !== null && isOver(answer) && !mayBePassing(answer)) break;
      if (nowMs() > untilMs)
        throw new Stop(
          exitCodes.unreachable,
          `After ${timeout} it has not ended. It goes on; to watch it: keyturn watch ${target}`,
        );
      await showFor(nextLookMs(answer));
    }
    screen.show(sceneOf(answer));
  } finally {
    screen.close();
  }
  if (output === 'json') terminal.print(JSON.stringify(answer, null, 2));
  return verdict(terminal, answer, goal);

  /** Null: it is as before, or the instance is away for a moment. */
  async function look(): Promise<Watched | null> {
    try {
      const headers: Record<string, string> = etag === null ? {} : { 'If-None-Match': etag };
      const heard = await instance().ask('read-rotation', { target, id, headers });
      heardAtMs = nowMs();
      etag = heard.etag;
      return heard.status === 304 ? null : watched.parse(heard.body);
    } catch (error) {
      const isAway = error instanceof Stop && error.exitCode === exitCodes.unreachable;
      if (!isAway || answer === null || nowMs() - heardAtMs > mostAwayMs) throw error;
      return null;
    }
  }

  function mayBePassing({ state, stateSince }: Watched): boolean {
    const isAsBefore = state === 'suspended' && asked?.state === state && asked.stateSince === stateSince;
    return isAsBefore && nowMs() - askedAtMs < nextStepMs;
  }

  async function showFor(forMs: number): Promise<void> {
    const wakeMs = nowMs() + forMs;
    do {
      if (answer !== null) screen.show(sceneOf(answer));
      await wait(Math.min(terminal.isLive ? redrawMs : forMs, forMs));
    } while (nowMs() < wakeMs);
  }

  function sceneOf(seen: Watched): Scene {
    const { id: rotation, state, reason, detail } = seen;
    return {
      title: `Rotation ${rotation} of ${target}: ${state}${reason === null ? '' : ` (${reason})`}`,
      phases: watch.phases(nowMs()),
      detail,
      facts: factsOf(seen, nowMs()),
    };
  }

  function nextLookMs(seen: Watched | null): number {
    const calmMs = seen?.state === 'overlapping' ? Date.parse(seen.overlapUntil ?? '') - nowMs() : 0;
    return calmMs > 4 * rareLookMs ? rareLookMs : lookEveryMs;
  }
}

/** Its end, or what it does not leave by itself. */
function isOver({ endedAt, state }: Watched): boolean {
  return endedAt !== null || state === 'suspended';
}

function factsOf({ overlapUntil, rollbackUntil, actions, state }: Watched, nowMs: number): string[] {
  const leftMs = overlapUntil === null || state !== 'overlapping' ? null : Date.parse(overlapUntil) - nowMs;
  return [
    ...(leftMs === null || leftMs < 0 ? [] : [`overlap ends in ${spanText(leftMs)}`]),
    ...(rollbackUntil === null ? [] : [`rollback is possible until ${instantText(rollbackUntil, nowMs)}`]),
    ...(actions.length === 0 ? [] : [`possible now: ${actions.join(', ')}`]),
  ];
}

interface Screen {
  show(scene: Scene): void;
  close(): void;
}

/** A picture that is redrawn in place; or, if nobody sees it so, a line for each change. */
function screenFor(terminal: Terminal): Screen {
  if (terminal.isLive) {
    const update = createLogUpdate(process.stdout);
    return { show: (scene) => update(pictureOf(scene, terminal.width)), close: () => update.done() };
  }
  let before: Scene | null = null;
  return {
    show(scene) {
      for (const line of changesOf(before, scene)) terminal.note(line);
      before = scene;
    },
    close: () => {},
  };
}

/** At most 20 lines: it fits the smallest usual terminal. */
export function pictureOf(scene: Scene, width: number): string {
  const { detail, facts } = scene;
  return [
    ...rotationPicture({ ...scene, title: wrapped(scene.title, 2, width) }),
    ...facts.map((fact) => wrapped(`  ${fact}`, 2, width)),
    ...(detail === null ? [] : [colors.dim(wrapped(`  ${detail}`, 2, width))]),
  ].join('\n');
}

function changesOf(before: Scene | null, now: Scene): string[] {
  return [
    ...phaseChanges(before, now),
    ...(now.detail !== null && now.detail !== before?.detail ? [`    ${now.detail}`] : []),
    ...(before !== null && now.title !== before.title ? [now.title] : []),
  ];
}

function verdict(terminal: Terminal, { id, state, detail, target }: Watched, goal: string): ExitCode {
  if (state === goal) {
    terminal.note(`✔ Rotation ${id} of ${target} is ${state}.`);
    return exitCodes.done;
  }
  const advice = state === 'suspended' ? `\nWhat to do: keyturn diagnose ${target}` : '';
  throw new Stop(exitCodes.refused, `Rotation ${id} of ${target} is ${state}. ${detail ?? ''}${advice}`.trim());
}
