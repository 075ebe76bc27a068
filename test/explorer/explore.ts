import { createApp } from '../../src/app/create-app.ts';
import { type Death, deaths, ends, recoveryAfter } from '../rotation/whole/recovery-search.ts';
import { ablations } from './ablations.ts';
import { type CommandLine, help, readExploreOptions } from './explore-options.ts';
import { hardeningSubject } from './hardening/hardening-subject.ts';
import { hardeningScenes } from './hardening/requests.ts';
import { interleave, restsOf } from './interleave.ts';
import { type Ablation, type Engine, engineWithout } from './load-engine.ts';
import { quickFingerprints } from './quick-fingerprints.ts';
import { exploredCopy, exploredSetting, exploredTarget, rotationSubject } from './rotation/rotation-subject.ts';
import { meetingsOf, scenes } from './scenes.ts';
import type { Scene } from './schedule.ts';
import { type Breach, type Explored, search } from './search.ts';
import type { Subject } from './subject.ts';

/** `copies`, `settings`: beside the pointer a copy of the key in another secret, or in a setting of an app. `stragglers`: somebody reads the old key for ever, and it is kept for an hour. */
const layoutsOf = {
  direct: exploredTarget({ kind: 'direct', directSecretName: 'ai-services-key' }),
  pointer: exploredTarget({ kind: 'pointer' }),
  copies: exploredTarget({ kind: 'pointer' }, [exploredCopy]),
  settings: exploredTarget({ kind: 'pointer' }, [exploredSetting]),
  stragglers: exploredTarget({ kind: 'pointer' }, [], 60 * 60_000),
} as const;

const options = readExploreOptions(process.argv.slice(2));
if (typeof options === 'string') {
  const isHelp = options === help;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? help : `${options}\n`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  quickFingerprints();
  // Nobody reads where a simulated failure was made.
  Error.stackTraceLimit = 0;
  const did = { explore, interleave: meet, ablation: ablate }[options.kind];
  process.exitCode = await did(options);
}

/** Time that this process has worked: what others do on the machine does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Explores the engine as it is; answers the exit code. */
async function explore(options: CommandLine): Promise<number> {
  let breaches = 0;
  const { layouts, slot, change, scene } = options;
  if (change === null)
    for (const layout of layouts)
      breaches += await exploreOne(rotationSubject(layoutsOf[layout], slot), options, layouts.length);
  else {
    const chosen = hardeningScenes.filter(({ area, name }) => area === change && scene.test(name));
    for (const one of chosen) breaches += await exploreOne(hardeningSubject(one), options, chosen.length);
  }
  console.log(breaches === 0 ? 'no invariant breaks' : `${breaches} breaches`);
  return breaches === 0 ? 0 : 1;
}

/** Answers the number of breaches. @param share among so many the minutes are shared */
async function exploreOne<A extends string, P extends string>(
  subject: Subject<A, P>,
  { budget, minutes, sample, only, cuts }: CommandLine,
  share: number,
): Promise<number> {
  const forMs = (minutes * 60_000) / share;
  const all = { budget, forMs, sample, nowMs: cpuMs, untilBreach: false, rounds: 2, cuts, only };
  const explored = await search({ createApp }, subject, all);
  console.log(`${subject.title}, ${explored.seconds.toFixed(1)} s`);
  for (const { budget: used, states, transitions, left } of explored.levels)
    console.log(
      `  budget ${used}: ${states} new states, ${transitions} transitions, ${left === 0 ? 'all of them' : `time was up before those of ${left} lives of budget ${used - 1}`}`,
    );
  console.log(`  ends: ${JSON.stringify(explored.ends)}`);
  for (const breach of explored.breaches) tell(breach);
  return explored.breaches.length;
}

/** Plays every schedule of several workers on one account; answers the exit code. */
async function meet(options: CommandLine): Promise<number> {
  const { layouts, slot, change, scene: fitting, without } = options;
  let breaches = 0;
  const engine = without === null ? { createApp } : await engineWithout(without);
  if (change === null)
    for (const layout of layouts) {
      const subject = rotationSubject(layoutsOf[layout], slot);
      const chosen = scenes.filter(({ name }) => fitting.test(name));
      breaches += await meetIn(engine, subject, layout, chosen, options);
    }
  else
    for (const one of hardeningScenes.filter(({ area }) => area === change)) {
      const chosen = meetingsOf(one).filter(({ name }) => fitting.test(`${one.name} | ${name}`));
      breaches += await meetIn(engine, hardeningSubject(one), `${one.area}: ${one.name}`, chosen, options);
    }
  console.log(breaches === 0 ? 'no invariant breaks' : `${breaches} breaches`);
  return breaches === 0 ? 0 : 1;
}

/** Answers the number of breaches. */
async function meetIn<A extends string, P extends string>(
  engine: Engine,
  subject: Subject<A, P>,
  title: string,
  chosen: readonly Scene<A>[],
  { preemptions: most }: CommandLine,
): Promise<number> {
  let breaches = 0;
  const rests = chosen.length === 0 ? [] : await restsOf(engine, subject);
  for (const one of chosen) {
    const startedAtMs = cpuMs();
    const scene = { ...one, preemptions: Math.min(one.preemptions, most) };
    const sum = { schedules: 0, states: 0, ends: 0 };
    // Anyone who comes without a message may come before anything else.
    const starts = scene.roles.includes('message') ? rests : [await subject.open(engine)];
    for (const start of starts) {
      const played = await interleave(engine, subject, start, scene);
      sum.schedules += played.schedules;
      sum.states += played.states;
      sum.ends += played.ends;
      for (const { text, trace } of played.breaches) console.log([`BREACH: ${text}`, ...trace].join('\n    '));
      breaches += played.breaches.length;
    }
    console.log(
      `${title} | ${scene.name} | ${scene.preemptions} preemptions | ${sum.schedules} schedules, ${sum.states} states, ${sum.ends} ends | ${((cpuMs() - startedAtMs) / 1000).toFixed(1)} s`,
    );
  }
  return breaches;
}

/** One budget after the other, in each layout or scene, so that no longer breach of one hides a shorter one of the other. */
async function shortestBreach(engine: Engine, ablation: Ablation, asked: CommandLine): Promise<Explored> {
  const { change, expect, focus, scene, layout: only } = ablation;
  const { budget, minutes, sample, slot, cuts } = asked;
  const layouts = only === undefined ? asked.layouts.filter((layout) => layout !== 'copies') : [only];
  let last: Explored | undefined;
  const most = Math.max(budget, 'breaks' in expect ? expect.breaks : 0);
  const scenesOf = hardeningScenes.filter(({ area, name }) => area === change && name === (scene ?? name));
  for (let upTo = Math.min(1, budget); upTo <= most; upTo += 1) {
    const how = {
      ...{ budget: upTo, forMs: minutes * 60_000, sample, nowMs: cpuMs, untilBreach: true, rounds: 2, cuts },
      // With one move all are tried; with more, those that the rule is about.
      only: upTo > 1 ? focus : null,
    };
    const searches =
      change === undefined
        ? layouts.map((layout) => () => search(engine, rotationSubject(layoutsOf[layout], slot), how))
        : scenesOf.map((scene) => () => search(engine, hardeningSubject(scene), how));
    for (const one of searches) {
      last = await one();
      if (last.breaches.length > 0) return last;
    }
  }
  if (last === undefined) throw new RangeError('nothing to explore');
  return last;
}

/** Takes each rule away and looks for the breach; answers the exit code. */
async function ablate(asked: CommandLine): Promise<number> {
  const { rule, quick } = asked;
  let wrong = 0;
  const isQuick = ({ expect }: Ablation) => ('breaks' in expect ? expect.breaks <= 1 : expect.isLate === true);
  for (const one of ablations.filter((each) => (rule?.test(each.rule) ?? true) && (!quick || isQuick(each)))) {
    const engine = await engineWithout(one);
    const explored = await shortestBreach(engine, one, asked);
    const [breach] = explored.breaches;
    const transitions = explored.levels.reduce((sum, level) => sum + level.transitions, 0);
    const covered = explored.levels.map((level) => `${level.budget}${level.left === 0 ? '' : ' in part'}`).join(', ');
    const found =
      breach === undefined
        ? `nothing breaks (budgets ${covered}); ${'stays' in one.expect ? one.expect.stays : 'a breach was expected'}`
        : `budget ${breach.budget} | ${breach.trace.length} steps | ${breach.text} | ${breach.moves.join('; ') || 'no move is needed'}`;
    console.log(`${one.rule} | ${found} | ${transitions} transitions, ${explored.seconds.toFixed(1)} s`);
    if (breach !== undefined && rule !== null) tell(breach);
    if (breach === undefined && 'breaks' in one.expect) wrong += 1;
    if (!('isLate' in one.expect)) continue;
    const late = await latest(engine);
    console.log(`${one.rule} | ${late === null ? 'late was expected' : `late after a crash: ${late}`}`);
    if (late === null) wrong += 1;
  }
  return wrong === 0 ? 0 : 1;
}

/** The first crash after which an engine goes on later than it may; null where there is none. */
async function latest({ createApp }: Engine): Promise<string | null> {
  for (const { name, lostMs, unsentMs } of ends)
    for (const death of Object.keys(deaths) as Death[]) {
      const { late } = await recoveryAfter(death, lostMs, unsentMs, createApp);
      if (late[0] !== undefined) return `${name}, ${death}: ${late[0]}`;
    }
  return null;
}

function tell({ text, budget: used, trace }: Breach): void {
  console.log([`BREACH at budget ${used}: ${text}`, ...trace].join('\n    '));
}
