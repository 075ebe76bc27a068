import { spawnSync } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { phases } from '../../../cli/screen/phases.ts';
import { type PhaseSeen, rotationWatch } from '../../../cli/screen/rotation-watch.ts';
import { columns, wrapped } from '../../../cli/screen/wrapped.ts';
import { picture } from '../../../local/demo/live-screen.ts';
import { plainScreen } from '../../../local/demo/plain-screen.ts';
import type { Scene } from '../../../local/demo/scene.ts';
import { suspendReasons, waitReasons } from '../../../src/rotation/reasons.ts';
import { bareEnvironment } from '../../vitest/bare-environment.ts';

const widest = (text: string) =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );
/** The words of a text, however it is broken into lines. */
const words = (text: string) => stripVTControlCharacters(text).split(/\s+/).join(' ');

const scene: Scene = {
  title: 'Rotation 5ec81459-bf51-4b33-9b31-dcacbff871b9',
  phases: phases.map(([phase], at) => ({
    phase,
    stands: at < 5 ? 'passed' : at === 5 ? 'now' : 'to come',
    seconds: at > 5 ? null : 1_234.5,
  })),
  detail: null,
  slots: [
    { slot: 'key1', stored: '****aaaa', accepted: '****bbbb', lingering: '****aaaa' },
    { slot: 'key2', stored: '****cccc', accepted: '****cccc', lingering: '****dddd' },
  ],
  pointer: 'key2',
  copy: { holds: '****eeee', slot: 'key1' },
  consumers: { sent: 1_234_567, failures: {} },
  identities: [
    {
      name: 'func-keyturn',
      arm: { get: 2, listKeys: 2, regenerateKey: 2 },
      vault: { get: 17, set: 4, update: 2 },
      lastRead: null,
    },
    { name: 'id-demo-consumer', arm: {}, vault: { get: 12_345 }, lastRead: 'old key' },
  ],
};

describe('the picture fits 60 columns, and says everything', () => {
  const details = [...Object.values(suspendReasons), ...Object.values(waitReasons)];

  it.each(phases)('while the rotation is %s', (phase, about) => {
    const shown = picture({ ...scene, phases: [{ phase, stands: 'now', seconds: 10_000 }] });
    expect(widest(shown)).toBeLessThanOrEqual(60);
    expect(words(shown)).toContain(about);
  });

  it('whatever the rotation waits for', () => {
    expect(details.length).toBeGreaterThan(20);
    for (const detail of details) {
      const shown = picture({ ...scene, detail });
      expect(widest(shown), shown).toBeLessThanOrEqual(60);
      expect(words(shown)).toContain(words(detail));
    }
  });

  it('with 23 rows at most in a healthy rotation, which no terminal cuts', () => {
    const detail = 'x'.repeat(50).concat(' ').repeat(3).trim();
    expect(picture({ ...scene, detail }).split('\n').length).toBeLessThanOrEqual(23);
  });

  it('with every failure that consumers met', () => {
    const failures = { 401: 12_345, TimeoutError: 1_234, 'the pointer names no slot': 2, 'vault 403': 123 };
    const shown = picture({ ...scene, consumers: { sent: 99_999, failures } });
    expect(widest(shown)).toBeLessThanOrEqual(60);
    expect(words(shown)).toContain('(401: 12345, TimeoutError: 1234, the pointer names no slot: 2, vault 403: 123)');
  });
});

describe('what a declared copy holds', () => {
  const holding = (holds: string, slot: Scene['copy']['slot']): Scene => ({ ...scene, copy: { holds, slot } });

  it('stands in the picture, also if the account has no such key', () => {
    expect(words(picture(holding('****eeee', 'key2')))).toContain('copy web ****eeee, key2 of openai-secure-demo');
    expect(words(picture(holding('****eeee', null)))).toContain('copy web ****eeee, no key of openai-secure-demo');
  });

  it('is a line each time that it is another key', () => {
    const lines: string[] = [];
    const screen = plainScreen((line) => lines.push(line));
    for (const holds of ['****eeee', '****eeee', '****ffff']) screen.show(holding(holds, 'key1'));
    expect(lines.filter((line) => line.includes('the copy')).map((line) => line.trim())).toEqual([
      'the copy web holds ****eeee, key1 of openai-secure-demo',
      'the copy web holds ****ffff, key1 of openai-secure-demo',
    ]);
  });
});

describe('which key an identity read last', () => {
  const reading = (lastRead: Scene['identities'][number]['lastRead']): Scene => ({
    ...scene,
    identities: scene.identities.map((one) => (one.arm.get === undefined ? { ...one, lastRead } : one)),
  });

  it('stands in the picture', () => {
    expect(words(picture(reading('new key')))).toContain('id-demo-consumer vault get 12,345; last read: new key');
    expect(picture(reading(null))).not.toContain('last read');
  });

  it('is a line each time that it is another one', () => {
    const lines: string[] = [];
    const screen = plainScreen((line) => lines.push(line));
    for (const lastRead of [null, 'old key', 'old key', 'new key'] as const) screen.show(reading(lastRead));
    expect(lines.filter((line) => line.includes('audit log')).map((line) => line.trim())).toEqual([
      'the audit log: id-demo-consumer last read the old key',
      'the audit log: id-demo-consumer last read the new key',
    ]);
  });
});

describe('the phases of a rotation', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  const seen = (...states: readonly string[]) => {
    const watch = rotationWatch();
    for (const [index, state] of states.entries())
      watch.see({ id: 'r', state, detail: null, startedAt: at(0), stateSince: at(index * 10), endedAt: null });
    return watch.phases(Date.parse(at(states.length * 10)));
  };
  const toldOf = (all: readonly PhaseSeen[], wanted: string) => all.find(({ phase }) => phase === wanted);

  it('copies are one of them only if there are some', () => {
    expect(toldOf(seen('switching', 'overlapping'), 'updating-copies')).toBeUndefined();
    expect(toldOf(seen('switching'), 'updating-copies')).toBeUndefined();
    const done = seen('switching', 'updating-copies', 'overlapping');
    expect(toldOf(done, 'updating-copies')).toEqual({ phase: 'updating-copies', stands: 'passed', seconds: 10 });
    expect(toldOf(seen('switching', 'updating-copies'), 'updating-copies')?.stands).toBe('now');
  });
});

describe('a text is wrapped', () => {
  it.each([
    ['not when it fits', 'x'.repeat(60), ['x'.repeat(60)]],
    ['between words', `${'a'.repeat(40)} ${'b'.repeat(20)}`, ['a'.repeat(40), 'b'.repeat(20)]],
    ['as it is indented', `  ${'a'.repeat(40)} ${'b'.repeat(20)}`, [`  ${'a'.repeat(40)}`, `  ${'b'.repeat(20)}`]],
    ['around a path, which stays whole', `to ${'/p'.repeat(40)} now`, ['to', '/p'.repeat(40), 'now']],
    ['with a path that begins it', `  ${'/p'.repeat(40)} now`, [`  ${'/p'.repeat(40)}`, '  now']],
    ['line by line', 'one\n\ntwo\n', ['one', '', 'two', '']],
  ])('%s', (_, text, lines) => {
    expect(wrapped(text).split('\n')).toEqual(lines);
  });
});

describe('between rotations', () => {
  const counted = (...seen: readonly (readonly [sent: number, failed: number])[]) => {
    const lines: string[] = [];
    const screen = plainScreen((line) => lines.push(line));
    for (const [sent, failed] of seen) screen.count({ sent, failures: failed === 0 ? {} : { 401: failed } });
    return lines.map((line) => line.trim());
  };

  it('a failure is told at once, and else the count now and then', () => {
    expect(counted([100, 0], [150, 0], [200, 2], [250, 2], [3_199, 2], [3_200, 2])).toEqual([
      'consumers: 100 requests, 0 failed',
      'consumers: 200 requests, 2 failed (401: 2)',
      'consumers: 3,200 requests, 2 failed (401: 2)',
    ]);
  });
});

/** What a screen writes that stands on a terminal, by the variables of its process. */
function onTerminal(environment: Readonly<Record<string, string>>): string {
  const open = JSON.stringify(new URL('../../../local/demo/open-screen.ts', import.meta.url).href);
  const script = `Object.assign(process.stdout, { isTTY: true, columns: ${columns}, rows: 24 });
    const { openScreen } = await import(${open});
    const screen = openScreen();
    screen.show(${JSON.stringify(scene)});
    screen.endScene();
    screen.count({ sent: 4, failures: {} });
    screen.count({ sent: 5, failures: { 401: 1 } });
    screen.close();`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
    env: { ...bareEnvironment(), TERM: 'xterm-256color', ...environment },
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('on a terminal', () => {
  const isRedrawn = (text: string) => text.includes('\u001b[2K');
  const isColored = (text: string) => text.includes('\u001b[1m');

  it.each([
    ['is redrawn in colours', {}, { redrawn: true, colored: true }],
    ['is redrawn without colours by NO_COLOR', { NO_COLOR: '1' }, { redrawn: true, colored: false }],
    ['is a line for each change if motion is unwanted', { CI: 'true' }, { redrawn: false, colored: false }],
    ['is a line for each change on a dumb one', { TERM: 'dumb' }, { redrawn: false, colored: false }],
  ])('the picture %s', (_, environment, { redrawn, colored }) => {
    const text = onTerminal(environment);
    expect({ redrawn: isRedrawn(text), colored: isColored(text) }).toEqual({ redrawn, colored });
    expect(text).toContain('5 requests, 1 failed (401: 1)');
  });
});
