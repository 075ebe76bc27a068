import * as z from 'zod';
import { exitCodes, usage } from '../outcome.ts';
import { table } from '../show/table.ts';
import { spanMs, whenText } from '../show/when.ts';
import type { KeyturnCommand } from './command.ts';
import { listTargets } from './targets.ts';

/** What is read of a target to judge its keys. */
const summary = z.looseObject({
  name: z.string(),
  state: z.string(),
  overdue: z.boolean(),
  leaked: z.boolean(),
  lastCompletedAt: z.string().nullable(),
});

type CheckedTarget = z.infer<typeof summary>;

/** Nothing is left to rotate, or nobody asks that it is. */
const withoutKeys = ['keyless', 'offboarded'];

/**
 * What is wrong with a target's keys; null: nothing.
 * @param maxAgeMs how long ago its last rotation may have ended; null: however long
 */
export function faultOf(target: CheckedTarget, maxAgeMs: number | null, nowMs: number): string | null {
  const { state, leaked, overdue, lastCompletedAt } = target;
  if (withoutKeys.includes(state)) return null;
  if (leaked) return 'leaked';
  if (state === 'unreachable') return 'unknown';
  if (overdue) return 'overdue';
  if (maxAgeMs === null) return null;
  if (lastCompletedAt === null) return 'never rotated';
  return nowMs - Date.parse(lastCompletedAt) > maxAgeMs ? 'too old' : null;
}

export const checkCommand: KeyturnCommand = {
  words: 'check',
  operations: ['list-targets'],
  about: `Fails (${exitCodes.checkFailed}) if a key is leaked, overdue or too old: for pipelines. Filters choose targets.`,
  without: ['fields', 'limit', 'after', 'sort'],
  options: [{ flags: '--max-age <span>', about: 'the last rotation ended no longer ago, such as 90d' }],
  async run(context, { query, own }) {
    const { terminal, output, nowMs } = context;
    const maxAgeMs = typeof own.maxAge === 'string' ? spanMs(own.maxAge) : null;
    if (own.maxAge !== undefined && maxAgeMs === null)
      throw usage(`--max-age ${JSON.stringify(own.maxAge)}: accepted is a time such as 90d, 12h or 2w.`);
    const body = await listTargets(context, { ...query, fields: 'summary' });
    const targets = z.looseObject({ targets: z.array(summary) }).parse(body).targets;
    const faulty = targets.flatMap((target) => {
      const fault = faultOf(target, maxAgeMs, nowMs());
      return fault === null ? [] : [{ target: target.name, fault, lastCompletedAt: target.lastCompletedAt }];
    });
    if (output === 'json') terminal.print(JSON.stringify({ checked: targets.length, faulty }, null, 2));
    else {
      const faults = table(
        [
          { head: 'TARGET', cell: ({ target }) => target },
          { head: 'FAULT', cell: ({ fault }) => fault },
          {
            head: 'ROTATED',
            cell: ({ lastCompletedAt }) => whenText(lastCompletedAt, nowMs()),
            exact: ({ lastCompletedAt }) => lastCompletedAt ?? '',
          },
        ],
        faulty,
      );
      for (const line of faulty.length === 0 ? [] : output === 'tsv' ? faults.tsv() : faults.lines(terminal.width))
        terminal.print(line);
    }
    terminal.note(`${targets.length} targets checked, ${faulty.length} at fault`);
    // A filter that fits nothing must not look like a fleet in order.
    if (targets.length === 0) throw usage('No target fits: nothing was checked.');
    return faulty.length === 0 ? exitCodes.done : exitCodes.checkFailed;
  },
};
