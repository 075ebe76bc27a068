import { parseArgs } from 'node:util';
import { createApp } from '../../src/app.ts';
import { isSlot } from '../../src/shared/slot.ts';
import { type Ablation, ablations } from './ablations.ts';
import type { Engine } from './engine.ts';
import { exploredTarget } from './explored-target.ts';
import { interleave, restsOf } from './interleave.ts';
import { engineWithout } from './load-engine.ts';
import { opening } from './opening.ts';
import { quickFingerprints } from './quick-fingerprints.ts';
import { scenes } from './scenes.ts';
import { type Breach, type Explored, search } from './search.ts';

const { values } = parseArgs({
  options: {
    budget: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '10' },
    /** Offers moves that amount to others, too. */
    uncut: { type: 'boolean', default: false },
    /** The slot that consumers use in the beginning. */
    slot: { type: 'string', default: 'key1' },
    /** Only moves whose text this pattern fits. */
    only: { type: 'string', default: '' },
    /** Several workers at once instead of one after the other. */
    interleave: { type: 'boolean', default: false },
    /** Of the meetings, only those whose name this pattern fits. */
    scene: { type: 'string', default: '' },
    /** At most so many preemptions. */
    preemptions: { type: 'string', default: '3' },
    /** Meetings of an engine without the rule that this pattern fits. */
    without: { type: 'string', default: '' },
    /** Only the layout `direct` or `pointer`. */
    layout: { type: 'string', default: '' },
    ablation: { type: 'boolean', default: false },
    /** Of the ablations, those whose breach one move is known to show. */
    quick: { type: 'boolean', default: false },
    /** Of the ablations, only those whose rule this pattern fits. */
    rule: { type: 'string', default: '' },
  },
});
quickFingerprints();
// Nobody reads where a simulated failure was made.
Error.stackTraceLimit = 0;
const active = isSlot(values.slot) ? values.slot : 'key1';
const budget = Number(values.budget);
/** Time that this process has worked: what others do on the machine does not count. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const forMs = Number(values.minutes) * 60_000;
const layouts = ([{ kind: 'direct', directSecretName: 'ai-services-key' }, { kind: 'pointer' }] as const).filter(
  ({ kind }) => values.layout === '' || values.layout === kind,
);
process.exitCode = values.ablation ? await ablate() : values.interleave ? await meet() : await explore();

/** Explores the engine as it is; answers the exit code. */
async function explore(): Promise<number> {
  let breaches = 0;
  for (const layout of layouts) {
    const engine = { createApp };
    const target = exploredTarget(layout);
    const options = {
      budget,
      forMs: forMs / layouts.length,
      nowMs: cpuMs,
      untilBreach: false,
      rotations: 2,
      cuts: !values.uncut,
      only: values.only === '' ? null : new RegExp(values.only),
      active,
    };
    const explored = await search(engine, target, options);
    console.log(`${layout.kind} layout, ${explored.seconds.toFixed(1)} s`);
    for (const { budget: used, states, transitions, left } of explored.levels)
      console.log(
        `  budget ${used}: ${states} new states, ${transitions} transitions, ${left === 0 ? 'all of them' : `time was up before those of ${left} lives of budget ${used - 1}`}`,
      );
    console.log(`  ends: ${JSON.stringify(explored.ends)}`);
    for (const breach of explored.breaches) tell(breach);
    breaches += explored.breaches.length;
  }
  console.log(breaches === 0 ? 'no invariant breaks' : `${breaches} breaches`);
  return breaches === 0 ? 0 : 1;
}

/** Plays every schedule of several workers on one account; answers the exit code. */
async function meet(): Promise<number> {
  let breaches = 0;
  const missing = values.without === '' ? undefined : ablations.find(({ rule }) => rule.includes(values.without));
  const engine = missing === undefined ? { createApp } : await engineWithout(missing);
  const mostPreemptions = Number(values.preemptions);
  const chosen = scenes
    .filter(({ name }) => new RegExp(values.scene).test(name))
    .map((scene) => ({ ...scene, preemptions: Math.min(scene.preemptions, mostPreemptions) }));
  for (const layout of layouts) {
    const target = exploredTarget(layout);
    const rests = await restsOf(engine, target, await opening(engine, target, active));
    for (const scene of chosen) {
      const startedAtMs = cpuMs();
      const sum = { schedules: 0, states: 0, ends: 0 };
      for (const start of rests) {
        const played = await interleave(engine, target, start, scene);
        sum.schedules += played.schedules;
        sum.states += played.states;
        sum.ends += played.ends;
        for (const { text, trace } of played.breaches) console.log([`BREACH: ${text}`, ...trace].join('\n    '));
        breaches += played.breaches.length;
      }
      console.log(
        `${layout.kind} | ${scene.name} | ${scene.preemptions} preemptions | ${sum.schedules} schedules, ${sum.states} states, ${sum.ends} ends | ${((cpuMs() - startedAtMs) / 1000).toFixed(1)} s`,
      );
    }
  }
  console.log(breaches === 0 ? 'no invariant breaks' : `${breaches} breaches`);
  return breaches === 0 ? 0 : 1;
}

/** One budget after the other, in each layout, so that no longer breach of one hides a shorter one of the other. */
async function shortestBreach(engine: Engine, { focus, expect }: Ablation): Promise<Explored> {
  let last: Explored | undefined;
  const most = Math.max(budget, 'breaks' in expect ? expect.breaks : 0);
  for (let upTo = Math.min(1, budget); upTo <= most; upTo += 1)
    for (const layout of layouts) {
      const options = {
        budget: upTo,
        forMs,
        nowMs: cpuMs,
        untilBreach: true,
        rotations: 2,
        cuts: !values.uncut,
        // With one move all are tried; with more, those that the rule is about.
        only: upTo > 1 ? focus : null,
        active,
      };
      last = await search(engine, exploredTarget(layout), options);
      if (last.breaches.length > 0) return last;
    }
  if (last === undefined) throw new RangeError('a budget is a number from 0 on');
  return last;
}

/** Takes each rule away and looks for the breach; answers the exit code. */
async function ablate(): Promise<number> {
  let wrong = 0;
  const isQuick = ({ expect }: Ablation) => 'breaks' in expect && expect.breaks <= 1;
  for (const one of ablations.filter(
    (each) => new RegExp(values.rule).test(each.rule) && (!values.quick || isQuick(each)),
  )) {
    const engine = await engineWithout(one);
    const explored = await shortestBreach(engine, one);
    const [breach] = explored.breaches;
    const transitions = explored.levels.reduce((sum, level) => sum + level.transitions, 0);
    const covered = explored.levels.map((level) => `${level.budget}${level.left === 0 ? '' : ' in part'}`).join(', ');
    const found =
      breach === undefined
        ? `nothing breaks (budgets ${covered}); ${'stays' in one.expect ? one.expect.stays : 'a breach was expected'}`
        : `budget ${breach.budget} | ${breach.trace.length} steps | ${breach.text} | ${breach.moves.join('; ') || 'no move is needed'}`;
    console.log(`${one.rule} | ${found} | ${transitions} transitions, ${explored.seconds.toFixed(1)} s`);
    if (breach !== undefined && values.rule !== '') tell(breach);
    if (breach === undefined && 'breaks' in one.expect) wrong += 1;
  }
  return wrong === 0 ? 0 : 1;
}

function tell({ text, budget: used, trace }: Breach): void {
  console.log([`BREACH at budget ${used}: ${text}`, ...trace].join('\n    '));
}
