import { parseArgs } from 'node:util';
import { type HardeningArea, hardeningAreas } from '../../src/hardening/ports.ts';
import { isSlot, type Slot } from '../../src/shared/slot.ts';
import { ablations } from './ablations.ts';
import { hardeningScenes } from './hardening/requests.ts';
import type { Ablation } from './load-engine.ts';
import { meetingsOf, scenes } from './scenes.ts';

export const help = `npm run explore -- [--budget 2] [--minutes 10]

Lives every life of a rotation under an adversary that may move so many times, on the real engine, and checks the invariants
after every call. Prints the states visited and the shortest trace of any breach; the exit code is 0 only if there is none.

  --budget N        how many moves, from 0 (default 2)
  --minutes N       of the processor (default 10), shared by the layouts; what is not reached by then is counted
  --sample N        where it begins in the last budget, if time does not suffice for all of it (default 0)
  --layout L        direct, pointer, or copies: a pointer and a copy of the key (default all); settings: the
                    same in a setting of an app; or stragglers: a pointer, and somebody who reads the old key for ever, for whom
                    it is kept for an hour
  --slot S          key1 or key2, which consumers use in the beginning (default key1)
  --only PATTERN    only moves whose text this regular expression fits
  --uncut           offers moves that amount to others, too
  --change C        network, access or keyless: not a rotation but a change of the account's hardening, in each of its scenes;
                    --scene PATTERN takes only those whose name fits

npm run explore -- --interleave
  every schedule of several workers at once, instead of one worker after the other; with --change C of each of its scenes
  --preemptions N   at most so many (default 3)
  --scene PATTERN   only meetings whose name fits; with --change "scene | meeting"
  --without TEXT    of an engine without the rule of this name, or a part of it

npm run explore -- --ablation
  takes each rule away in turn: the shortest breach, or why the rule stays
  --rule PATTERN    only rules whose name fits; shows the trace
  --quick           only rules whose breach needs one move at most

  --help            this text
`;

const layouts = ['direct', 'pointer', 'copies'] as const;
/** Explored only if they are named: the copies' with another kind of place, and the pointer's with one wait more. */
const named = [...layouts, 'settings', 'stragglers'] as const;
type Layout = (typeof named)[number];

export interface CommandLine {
  readonly kind: 'explore' | 'interleave' | 'ablation';
  /** The change of hardening that is explored; null: a rotation. */
  readonly change: HardeningArea | null;
  readonly budget: number;
  readonly minutes: number;
  readonly sample: number;
  readonly layouts: readonly Layout[];
  readonly slot: Slot;
  readonly only: RegExp | null;
  readonly cuts: boolean;
  readonly preemptions: number;
  readonly scene: RegExp;
  /** The rule that the workers' engine lacks. */
  readonly without: Ablation | null;
  readonly rule: RegExp | null;
  readonly quick: boolean;
}

const texts = [
  'budget',
  'minutes',
  'sample',
  'layout',
  'slot',
  'only',
  'preemptions',
  'scene',
  'without',
  'rule',
  'change',
] as const;
const flags = ['uncut', 'interleave', 'ablation', 'quick', 'help'] as const;

/** What was asked for, or the text to show instead. */
export function readExploreOptions(args: readonly string[]): CommandLine | string {
  const { values, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(texts.map((name) => [name, { type: 'string' } as const])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' } as const])),
    },
  });
  const known: readonly string[] = [...texts, ...flags];
  for (const token of tokens) {
    if (token.kind === 'positional') return `${token.value} is no option of the explorer; --help shows what is`;
    if (token.kind === 'option' && !known.includes(token.name))
      return `${token.rawName} is no option of the explorer; it takes ${known.map((name) => `--${name}`).join(', ')}`;
    if (token.kind === 'option' && texts.some((name) => name === token.name) && typeof token.value !== 'string')
      return `--${token.name} takes a value; --help shows which`;
  }
  if (values.help === true) return help;
  const problems: string[] = [];
  const text = (name: (typeof texts)[number]): string | null => {
    const value = values[name];
    return typeof value === 'string' ? value : null;
  };
  const whole = (name: 'budget' | 'sample' | 'preemptions', standard: number): number => {
    const value = text(name) ?? String(standard);
    if (!/^\d{1,6}$/.test(value)) problems.push(`--${name} takes a whole number from 0 to 999999, not ${value}`);
    return Number(value);
  };
  const pattern = (name: 'only' | 'scene' | 'rule'): RegExp | null => {
    const value = text(name);
    if (value === null) return null;
    try {
      return new RegExp(value);
    } catch {
      problems.push(`--${name} takes a regular expression, not ${value}`);
      return null;
    }
  };
  const minutes = Number(text('minutes') ?? 10);
  if (!(minutes > 0)) problems.push(`--minutes takes a number above 0, not ${text('minutes')}`);
  const asked = text('layout');
  const layout = named.find((one) => one === asked);
  if (asked !== null && layout === undefined) problems.push(`--layout takes ${named.join(', ')}, not ${asked}`);
  const slot = text('slot') ?? 'key1';
  if (!isSlot(slot)) problems.push(`--slot takes key1 or key2, not ${slot}`);
  const lacking = text('without');
  const without = lacking === null ? null : (ablations.find(({ rule }) => rule.includes(lacking)) ?? null);
  if (lacking !== null && without === null)
    problems.push(`--without takes the name of a rule, or a part of it, not ${lacking}`);
  const scene = pattern('scene');
  const area = text('change');
  const change = hardeningAreas.find((one) => one === area) ?? null;
  if (area !== null && change === null) problems.push(`--change takes ${hardeningAreas.join(', ')}, not ${area}`);
  const ofChange = hardeningScenes.filter(({ area }) => area === change);
  const namesOfChange =
    values.interleave === true
      ? ofChange.flatMap((one) => meetingsOf(one).map(({ name }) => `${one.name} | ${name}`))
      : ofChange.map(({ name }) => name);
  const offered = change === null ? scenes.map(({ name }) => name) : namesOfChange;
  if (scene !== null && !offered.some((name) => scene.test(name)))
    problems.push(`--scene fits no meeting: ${scene.source}`);
  const rule = pattern('rule');
  if (rule !== null && !ablations.some((each) => rule.test(each.rule)))
    problems.push(`--rule fits no rule: ${rule.source}`);
  const options: CommandLine = {
    kind: values.ablation === true ? 'ablation' : values.interleave === true ? 'interleave' : 'explore',
    budget: whole('budget', 2),
    change,
    minutes,
    sample: whole('sample', 0),
    layouts: layout === undefined ? layouts : [layout],
    slot: isSlot(slot) ? slot : 'key1',
    only: pattern('only'),
    cuts: values.uncut !== true,
    preemptions: whole('preemptions', 3),
    scene: scene ?? /(?:)/,
    without,
    rule,
    quick: values.quick === true,
  };
  return problems[0] ?? options;
}
