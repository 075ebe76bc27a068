import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { leaseMs, settleMs } from '../../src/durable/numbers.ts';
import { tokenPatienceMs } from '../../src/hardening/keyless/prove-keyless.ts';
import { longestPublicAccessChangeMs } from '../../src/hardening/network/network-stepped.ts';
import { everyNode, networkRoundEveryMs } from '../../src/keys/every-node.ts';
import { directHoldMs } from '../../src/keys/target.ts';
import { mostAttempts } from '../../src/notifications/deliver.ts';
import { lifecycle } from '../../src/rotation/lifecycle.ts';
import {
  activeKeyProof,
  afterUndoMs,
  confirmingMs,
  denialPatienceMs,
  freshMs,
  lastProof,
  leakLookEveryMs,
  leakLooksApartMs,
  longestRetryOfLeakMs,
  longestStayMs,
  staleBoundMs,
  stalledAfterMs,
  stalledAfterOfLeakMs,
} from '../../src/rotation/numbers.ts';
import { requestTimeoutMs } from '../../src/shared/fence.ts';
import { freeCalls, freeCallsOfSpreading, longestRetryMs } from '../../src/shared/retry-pace.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const inSeconds = (ms: number) => `${ms / 1000}`;
const inMinutes = (ms: number) => `${ms / 60_000}`;
/** As the pages write a state's time. */
const longest = (ms: number) => ({ 1: 'an hour', 2: 'two hours', 24: 'a day' })[ms / 3_600_000] ?? `${ms} ms`;
const words = ['none', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
const { newKeyProof } = buildTarget().policy;

/** The states whose time ends with the reasons of a row, as the runbook has them. */
function overdueRow(deadlineMs: number): string {
  const reasons = Object.values(lifecycle).filter((state) => state.deadlineMs === deadlineMs);
  return `| ${reasons.map(({ overdue }) => `\`${overdue}\``).join(', ')} | Tried for ${longest(deadlineMs)}.`;
}

test.each<[page: string, sentence: string]>([
  ['reasons', `the deadline of the state and ${inMinutes(longestRetryMs)} minutes`],
  [
    'reasons',
    `after ${longestRetryOfLeakMs === 60_000 ? 'a minute' : longestRetryOfLeakMs} at most while a leaked key`,
  ],
  ['reasons', `After ${inMinutes(stalledAfterMs)} minutes without progress (${inMinutes(stalledAfterOfLeakMs)} while`],
  [
    'audit-and-metrics',
    `for ${inMinutes(stalledAfterMs)} minutes (${inMinutes(stalledAfterOfLeakMs)} while a leaked key is accepted)`,
  ],
  ['reasons', `once ${freeCalls} are spent (${freeCallsOfSpreading} while a new key spreads)`],
  ['reasons', `Access was denied. Keyturn tries for ${inMinutes(denialPatienceMs)} minutes`],
  ['reasons', `gives an unknown code, Keyturn tries for ${inMinutes(denialPatienceMs)} minutes`],
  ['reasons', `Nothing else is written for ${words[settleMs / 60_000]} minutes.`],
  ['leaked-keys', `Keyturn looks ${words[3_600_000 / leakLookEveryMs]} times an hour`],
  [
    'leaked-keys',
    `two looks at the account, at least ${words[leakLooksApartMs / 1000]} seconds apart, show the key in`,
  ],
  [
    'operations',
    `Two looks ${words[staleBoundMs / 1000]} seconds apart must agree and the account must accept the active key`,
  ],
  ['schedule', `when two looks, ${words[staleBoundMs / 1000]} seconds apart, agree.`],
  ['operations', `Ends as \`cancelled\`; the schedule leaves the account alone for ${longest(afterUndoMs)}.`],
  ['reasons', overdueRow(3_600_000)],
  ['reasons', overdueRow(2 * 3_600_000)],
  ['reasons', overdueRow(24 * 3_600_000)],
  ['rotation', `or ${longest(confirmingMs)} has passed`],
  ['rotation', `lease (token per invocation, ${inSeconds(leaseMs)} s)`],
  ['operations', `${inSeconds(leaseMs + settleMs)} s until nothing of`],
  ['rotation', `from ${inSeconds(leaseMs + settleMs)} s\n  (lease + settle) after the row's timestamp`],
  ['rotation', `settle: ${inSeconds(settleMs)} s after a write without an answer`],
  ['rotation', `${inSeconds(requestTimeoutMs)} s client timeout + ${inSeconds(settleMs - requestTimeoutMs)} s`],
  ['rotation', `**${(words[freshMs / 1000] ?? '').replace('f', 'F')} seconds.** What any write rests on`],
  ['rotation', `**${(words[longestStayMs / 60_000] ?? '').replace('t', 'T')} minutes.** After that`],
  ['rotation', `with it, ${newKeyProof.acceptances} times over ${inSeconds(newKeyProof.spreadMs)} s by default`],
  ['rotation', `by ${activeKeyProof.acceptances} accepted calls over ${inSeconds(activeKeyProof.spreadMs)} s`],
  ['rotation', `once more, by ${lastProof.acceptances} calls ${inSeconds(lastProof.spreadMs)} s apart`],
  ['notifications', `after ${mostAttempts} attempts`],
  [
    'network',
    `${words[everyNode.rounds]} rounds ${inSeconds(networkRoundEveryMs)} s apart, each of ${words[everyNode.calls]} calls`,
  ],
  ['network', `If that fails ${words[longestPublicAccessChangeMs / 60_000]} minutes after they took effect`],
  [
    'access-and-keyless',
    `refused: ${words[everyNode.rounds]} rounds ${everyNode.roundEveryMs === 60_000 ? 'a minute' : everyNode.roundEveryMs} apart`,
  ],
  ['migrating', `The overlap is ${directHoldMs / 3_600_000} hours`],
  ['discovery', `${newKeyProof.acceptances} acceptances over ${inSeconds(newKeyProof.spreadMs)} s`],
  ['access-and-keyless', `if for ${words[tokenPatienceMs / 60_000]} minutes the token is not accepted`],
])('docs/%s.md states the number that the code has: %s', (page, sentence) => {
  // Lines may break anywhere.
  const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
  expect(flat(readFileSync(`docs/${page}.md`, 'utf8')).includes(flat(sentence))).toBe(true);
});

describe('the costs in docs/deploy.md', () => {
  const page = readFileSync('docs/deploy.md', 'utf8');
  const numbers = (text: string) =>
    [...text.matchAll(/\d[\d,.]*\d|\d/g)].map(([one]) => Number(one.replaceAll(',', '')));
  const rowOf = (head: string) =>
    numbers(
      page
        .split('\n')
        .find((line) => line.startsWith(`| ${head} |`))
        ?.split('|')[2] ?? '',
    );
  const [ofRotation = 0] = numbers(/costs \d+ vault operations/.exec(page)?.[0] ?? '');
  const [ofLook = 0] = numbers(/each target, costs \d+ vault operations/.exec(page)?.[0] ?? '');
  const hoursOfMonth = 720;

  test.each([10, 200, 5000])('are what the counted calls and the assumed prices make of %i targets', (targets) => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${targets.toLocaleString('en-US')} |`)) ?? '';
    const [, operations = '', execution = '', log = '', sum = ''] = row.split('|').slice(1);
    expect(numbers(operations)).toEqual([targets * (ofRotation + ofLook * hoursOfMonth)]);
    const [perTenThousand = 0] = rowOf('vault operations');
    const [perGbSecond = 0, free = 0] = rowOf('execution on Flex Consumption');
    const [perGb = 0] = rowOf('log');
    const [gbSeconds = 0] = numbers(execution);
    const price =
      ((numbers(operations)[0] ?? 0) / 10_000) * perTenThousand +
      Math.max(0, gbSeconds - free) * perGbSecond +
      (numbers(log)[0] ?? 0) * perGb;
    const [said = 0] = numbers(sum);
    // In whole dollars, and a fleet's to the nearest ten.
    expect(Math.abs(price - said)).toBeLessThanOrEqual(said >= 100 ? 5 : 1);
  });

  test('are so many operations less with a look a day', () => {
    const ofMonth = 5000 * (ofRotation + ofLook * 30);
    expect(page).toContain(`5,000 targets take about ${Math.round(ofMonth / 1e6)} million`);
  });

  test('tell what it costs to try active keys with each sweep', () => {
    const ofMonth = 2 * 12 * hoursOfMonth;
    const [perTenThousand = 0] = rowOf('vault operations');
    const price = (targets: number) => (targets * ofMonth * perTenThousand) / 10_000;
    const said = `${ofMonth.toLocaleString('en-US')} vault operations a month more for each such target, ${price(1).toFixed(2)} USD, and ${Math.round((5000 * ofMonth) / 1e6)} million, ${Math.round(price(5000) / 10) * 10} USD, for 5,000`;
    expect(page.replaceAll(/\s+/g, ' ')).toContain(said);
  });

  test('name the page for each price, and call each an assumption', () => {
    expect(page).toContain('Every price is an assumption');
    const prices = page.split('| price | assumed | look it up |')[1]?.split('\n\n')[0]?.split('\n').slice(2) ?? [];
    expect(prices).toHaveLength(4);
    for (const row of prices)
      expect(row).toMatch(/\(https:\/\/azure\.microsoft\.com\/pricing\/details\/[a-z/-]+\/\) \|$/);
  });
});
