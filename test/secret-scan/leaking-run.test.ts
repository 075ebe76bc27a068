import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
const config = fileURLToPath(new URL('./leaking-run/vitest.config.ts', import.meta.url));

it('a run whose tests all pass fails when any of them leaked a key, and tells where, not what', async () => {
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(
      process.execPath,
      [vitest, 'run', '--config', config],
      { env: { ...process.env, NO_COLOR: '1' } },
      (error, out, err) => resolve({ code: error?.code ?? 0, output: out + err }),
    );
  });
  expect(output).toContain('3 passed');
  expect(code).toBe(1);
  const told = /A key or a token was found in (.*)\./.exec(output)?.[1] ?? output;
  const places = new Set(told.split('; ').map((finding) => finding.replace(/, (as it|read as).*/, '')));
  expect([...places].sort()).toEqual([
    'an answer of a function',
    'log',
    'queue',
    'the console',
    "the host's log",
    'the journal',
  ]);
});
