/**
 * What a rotation costs consumers for which a platform reads the vault, as models: of each only how long it keeps a key is known, from its
 * documentation. The table of docs/consumers.md is the list of the models, and says what comes of each.
 */
import { readFileSync } from 'node:fs';
import ms, { type StringValue } from 'ms';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/keys/target.ts';
import { declaredTargets } from '../../src/targets/declared-targets.ts';
import { askForRotation, openTarget } from '../memory-world/open-target.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { rowOf } from '../rotation/row-of.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const instances = 6;
const directSecretName = 'ai-services-key';

const page = readFileSync('docs/consumers.md', 'utf8');
const [, table = ''] = /^\| read by a platform.*\n\|[-| ]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
const rows = table
  .trim()
  .split('\n')
  .map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

/** The target as the settings make it of what a cell says. */
function declared(cell: string): Target {
  const fields = [...cell.matchAll(/`(\w+): (\w+)`/g)].map(([, field, value]) => [field, value]);
  const short = fields.length === 0 ? {} : { pointerCache: '0s', acknowledgeShortDirectOverlap: true };
  const name = 'demo';
  const accountId = buildTarget().account.armId;
  const document = [
    { name, accountId, vault: 'kv-contoso', directSecretName, ...short, ...Object.fromEntries(fields) },
  ];
  const { targets, problems } = declaredTargets(document, 'vault.azure.net', 'page');
  expect(problems).toEqual([]);
  return targets[0] ?? expect.fail();
}

/** Milliseconds; infinite if the cell holds no duration. */
const durationOf = (cell: string) => {
  const [, text] = /`(\w+)`/.exec(cell) ?? [];
  return text === undefined ? Number.POSITIVE_INFINITY : ms(text as StringValue);
};

/** Of the requests of six instances, one a minute each, from the start of a rotation until a day after its overlap. */
async function failures(target: Target, keepsMs: number): Promise<number> {
  const life = await openTarget(target, 'key1', { sweepEveryMs: dayMs });
  const { vault, account, clock } = life.world;
  const read = () => vault.value(directSecretName) ?? expect.fail();
  const startMs = clock.nowMs();
  const untilMs = startMs + target.policy.overlapMs + dayMs;
  // Their turns are spread over the time for which they keep a key.
  const consumers = Array.from({ length: instances }, (_, index) => ({
    key: read(),
    readsAtMs: startMs + (keepsMs * (index + 1)) / instances,
  }));
  let failed = 0;
  const minute = () => {
    for (const consumer of consumers) {
      if (clock.nowMs() >= consumer.readsAtMs)
        Object.assign(consumer, { key: read(), readsAtMs: consumer.readsAtMs + keepsMs });
      if (!account.accepts(consumer.key)) failed += 1;
    }
    if (clock.nowMs() < untilMs) life.line.at(clock.nowMs() + minuteMs, minute);
  };
  minute();
  await askForRotation(life);
  await life.run(() => false, untilMs);
  expect(rowOf(life)?.lastEnd).toMatchObject({ outcome: 'completed' });
  return failed;
}

describe.each(rows)('%s', (_name, keeps = '', declare = '', asDeclared = '', twice = '') => {
  it('fails as many requests as docs/consumers.md says', async () => {
    const target = declared(declare);
    const keepsMs = durationOf(keeps);
    const failed = [await failures(target, keepsMs), await failures(target, 2 * keepsMs)];
    expect(failed.map(String)).toEqual([asDeclared, twice]);
    expect(failed[0] === 0).toBe(Number.isFinite(keepsMs));
    // With less than the overlap nothing fails: it has room for the longest request.
    expect(failed[1] === 0).toBe(2 * keepsMs <= target.policy.overlapMs);
  });
});

it('the page has a row for each', () => {
  expect(rows).toHaveLength(7);
});
