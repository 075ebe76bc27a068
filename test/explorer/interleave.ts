import type { Engine } from './load-engine.ts';
import { live } from './run.ts';
import { type Preemption, play, type Scene } from './schedule.ts';
import type { Subject } from './subject.ts';
import type { World } from './world.ts';

export interface Interleaved {
  readonly scene: string;
  readonly schedules: number;
  readonly states: number;
  readonly ends: number;
  readonly breaches: readonly { readonly text: string; readonly trace: readonly string[] }[];
}

const peace = { deviations: [], list: false, rounds: 2, cuts: true, only: null, tell: false } as const;

/** The worlds at rest in which a life without an adversary comes by, each with a message for a worker. */
export async function restsOf<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
): Promise<readonly World[]> {
  const rests: World[] = [];
  const world = await subject.open(engine);
  for (;;) {
    const { atIdle } = await live(engine, subject, world, peace);
    if (atIdle || subject.begun(world) > 1) return rests;
    if (world.queue.length > 0) rests.push({ ...world });
  }
}

/**
 * Every schedule of a scene's workers, from `start`, with at most as many preemptions as the scene allows; fewer first.
 * One that comes to a state from which as many were left before is not played on. Each that ends is lived on in peace to
 * its rest, where the judge looks at how it all ended.
 */
export async function interleave<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  start: World,
  scene: Scene<A>,
): Promise<Interleaved> {
  const left = new Map<string, number>();
  const ended = new Set<string>();
  const breaches: { text: string; trace: readonly string[] }[] = [];
  const deliveries = Math.max(2, scene.roles.filter((role) => role === 'message').length);
  let schedules = 0;
  let level: (readonly Preemption[])[] = [[]];
  for (let used = 0; used <= scene.preemptions; used += 1) {
    const remaining = scene.preemptions - used;
    const next: (readonly Preemption[])[] = [];
    for (const preemptions of level) {
      const world = { ...start };
      const isKnown = (state: string) => {
        if ((left.get(state) ?? -1) >= remaining) return true;
        left.set(state, remaining);
        return false;
      };
      const played = await play(engine, subject, world, scene, preemptions, isKnown, false);
      schedules += 1;
      if (remaining > 0) next.push(...played.offered.map((one) => [...preemptions, one]));
      let [text] = played.breaches;
      if (text === undefined && !played.isKnown) text = await liveOn(engine, subject, world, ended, deliveries);
      if (text === undefined || breaches.some((known) => kind(known.text) === kind(text))) continue;
      const told = await play(engine, subject, { ...start }, scene, preemptions, () => false, true);
      breaches.push({ text, trace: told.story });
    }
    level = next;
  }
  return { scene: scene.name, schedules, states: left.size, ends: ended.size, breaches };
}

async function liveOn<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  world: World,
  ended: Set<string>,
  deliveries: number,
): Promise<string | undefined> {
  for (;;) {
    const name = subject.normalForm(world);
    if (ended.has(name)) return undefined;
    ended.add(name);
    const lived = await live(engine, subject, world, { ...peace, deliveries });
    if (lived.breaches.length > 0) return lived.breaches[0];
    if (lived.atIdle) return undefined;
  }
}

function kind(text: string): string {
  return text.replace(/\d{2,}/g, 'N');
}
