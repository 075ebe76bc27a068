/** A rotation is watched until it ends, or somebody has to act; what the instance does meanwhile does not end it. Time is moved. */
import { expect, it } from 'vitest';
import type { Answer } from '../../../cli/api/instance.ts';
import type { Context } from '../../../cli/commands/command.ts';
import { watchRotation } from '../../../cli/commands/watch.ts';
import { exitCodes, Stop } from '../../../cli/outcome.ts';

const startMs = Date.parse('2026-12-01T00:00:00Z');
const minute = 60_000;

type Look = Readonly<Record<string, unknown>> | 'away' | 'unchanged';

/** A look's answer, and from when on it is that. */
type Story = readonly (readonly [atMs: number, look: Look])[];

const at = (ms: number) => new Date(startMs + ms).toISOString();
const rotation = (state: string, sinceMs = 0, more: object = {}) => ({
  id: 'r1',
  target: 'web',
  state,
  reason: null,
  detail: null,
  startedAt: at(0),
  stateSince: at(sinceMs),
  endedAt: ['completed', 'rolled-back', 'cancelled'].includes(state) ? at(sinceMs) : null,
  overlapUntil: null,
  rollbackUntil: null,
  wakesAt: null,
  actions: [],
  ...more,
});
const suspended = rotation('suspended', 0, { suspendedIn: 'probing', detail: 'A lock.' });

async function watched(
  story: Story,
  { goal = 'completed', answered = null, timeout }: { goal?: string; answered?: unknown; timeout?: string } = {},
) {
  let nowMs = startMs;
  let looks = 0;
  const lines: string[] = [];
  const context: Context = {
    output: 'table',
    nowMs: () => nowMs,
    wait: async (forMs) => {
      nowMs += forMs;
    },
    terminal: {
      print: (line) => lines.push(line),
      note: (line) => lines.push(line),
      width: 80,
      isLive: false,
      canAsk: false,
      confirm: async () => false,
      read: async () => '',
    },
    instance: () => ({
      url: '',
      tokens: { way: 'azure-cli', token: async () => '' },
      description: async () => ({}),
      async ask(): Promise<Answer> {
        looks += 1;
        const look = story.findLast(([fromMs]) => fromMs <= nowMs - startMs)?.[1] ?? 'away';
        if (look === 'away') throw new Stop(exitCodes.unreachable, 'It does not answer.');
        return look === 'unchanged'
          ? { status: 304, etag: '"e"', body: null }
          : { status: 200, etag: '"e"', body: look };
      },
    }),
  };
  const own = timeout === undefined ? {} : { timeout };
  const code = await watchRotation(context, { target: 'web', id: 'r1', own }, goal, answered).catch(
    (error: unknown) => {
      if (!(error instanceof Stop)) throw error;
      lines.push(error.message);
      return error.exitCode;
    },
  );
  return { code, minutes: Math.round((nowMs - startMs) / minute), looks, last: lines.at(-1) ?? '', lines };
}

it.each<[string, Story, Parameters<typeof watched>[1], { code: number; last: unknown }]>([
  [
    'it ends as it was to end',
    [
      [0, rotation('preparing')],
      [minute, rotation('completed', minute)],
    ],
    {},
    { code: 0, last: '✔ Rotation r1 of web is completed.' },
  ],
  [
    'it ends otherwise',
    [
      [0, rotation('overlapping')],
      [minute, rotation('completed', minute)],
    ],
    { goal: 'rolled-back' },
    { code: 1, last: 'Rotation r1 of web is completed.' },
  ],
  [
    'it is suspended',
    [
      [0, rotation('probing')],
      [minute, suspended],
    ],
    {},
    { code: 1, last: 'Rotation r1 of web is suspended. A lock.\nWhat to do: keyturn diagnose web' },
  ],
  [
    'it is still suspended when it was just resumed, and then goes on',
    [
      [0, suspended],
      [minute, rotation('probing', minute)],
      [2 * minute, rotation('completed', 2 * minute)],
    ],
    { answered: suspended },
    { code: 0, last: '✔ Rotation r1 of web is completed.' },
  ],
  [
    'it is suspended again after it was resumed',
    [
      [0, suspended],
      [minute, { ...suspended, stateSince: at(minute) }],
    ],
    { answered: suspended },
    { code: 1, last: expect.stringContaining('is suspended') },
  ],
  [
    'it stays suspended although it was resumed',
    [[0, suspended]],
    { answered: suspended },
    { code: 1, last: expect.stringContaining('is suspended') },
  ],
  [
    'the instance is away for nine minutes, as while it is deployed',
    [
      [0, rotation('overlapping')],
      [minute, 'away'],
      [10 * minute, rotation('completed', minute)],
    ],
    {},
    { code: 0, last: '✔ Rotation r1 of web is completed.' },
  ],
  [
    'the instance stays away',
    [
      [0, rotation('overlapping')],
      [minute, 'away'],
    ],
    {},
    { code: 4, last: 'It does not answer.' },
  ],
  ['the instance was never there', [[0, 'away']], {}, { code: 4, last: 'It does not answer.' }],
  [
    'it does not end in time',
    [
      [0, rotation('overlapping')],
      [minute, 'unchanged'],
    ],
    { timeout: '30m' },
    { code: 4, last: 'After 30m it has not ended. It goes on; to watch it: keyturn watch web' },
  ],
])('%s', async (_, story, options, expected) => {
  expect(await watched(story, options)).toMatchObject(expected);
});

it('an overlap of hours is looked at four times a minute, and its end every two seconds', async () => {
  const overlap = rotation('overlapping', 0, { overlapUntil: at(60 * minute) });
  const { looks } = await watched([
    [0, overlap],
    [61 * minute, rotation('completed', 61 * minute)],
  ]);
  expect(looks).toBeGreaterThan(59 * 4);
  expect(looks).toBeLessThan(62 * 4 + 2 * 60);
});

it('each phase and each new reason is a line', async () => {
  const { lines } = await watched([
    [0, rotation('preparing', 0, { detail: 'Caches.' })],
    [minute, rotation('regenerating', minute)],
    [2 * minute, rotation('completed', 2 * minute)],
  ]);
  expect(lines.slice(0, 4)).toEqual([
    'Rotation r1 of web: preparing',
    '  preparing: Wait until nobody can still hold the inactive key.',
    '    Caches.',
    '  preparing took 60.0 s',
  ]);
});
