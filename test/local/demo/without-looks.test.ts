import { expect, it } from 'vitest';
import { lookId, withoutLooks } from '../../../local/demo/without-looks.ts';
import type { LogEntry } from '../../../local/runner/log.ts';

/** The lines of one invocation. */
function invocation(id: string, functionName: string, requestId: string, level: LogEntry['level'] = 'information') {
  const about = { at: '', functionName, invocationId: id, category: `Function.${functionName}` };
  return [
    { ...about, level: 'information', message: `Executing '${functionName}'` },
    { ...about, level, message: JSON.stringify({ event: 'request-answered', function: functionName, requestId }) },
    { ...about, level: 'information', message: `Executed '${functionName}' (Succeeded)` },
  ] as const satisfies readonly LogEntry[];
}

/** Of which invocations lines are written, in their order. */
function written(...entries: readonly LogEntry[]): (string | undefined)[] {
  const seen: LogEntry[] = [];
  const sink = withoutLooks((entry) => seen.push(entry));
  for (const entry of entries) sink(entry);
  return seen.map(({ invocationId }) => invocationId);
}

it.each([
  ['a look of the demo is left out', invocation('1', 'read-rotation', lookId), []],
  ['a look at the target too', invocation('1', 'read-target', lookId), []],
  ["somebody's own look stays", invocation('1', 'read-target', 'theirs'), ['1', '1', '1']],
  ['a look that goes wrong stays', invocation('1', 'read-target', lookId, 'error'), ['1', '1', '1']],
  ['other work stays as it comes', invocation('1', 'sweep', lookId).slice(0, 2), ['1', '1']],
] as const)('%s', (_, entries, expected) => {
  expect(written(...entries)).toEqual(expected);
});

it('looks at once are told apart', () => {
  const [demo, theirs] = [invocation('1', 'read-target', lookId), invocation('2', 'read-target', 'theirs')];
  expect(written(...demo.flatMap((entry, at) => [entry, ...theirs.slice(at, at + 1)]))).toEqual(['2', '2', '2']);
});

it('what no invocation says stays', () => {
  expect(written({ at: '', level: 'information', category: 'Host.Startup', message: 'Host started' })).toHaveLength(1);
});
