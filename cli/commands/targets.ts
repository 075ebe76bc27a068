import * as z from 'zod';
import { fieldsOf, operation } from '../api/operations.ts';
import { type ExitCode, exitCodes, usage } from '../outcome.ts';
import { askAndShow, asking, type Context, type Given, type KeyturnCommand, show } from './command.ts';
import { fixCommand } from './fix.ts';
import { applyShown, isSure, planOnly, planThenApply, yesOption } from './planned.ts';
import { watchOptions, watchRotation } from './watch.ts';

const listShape = z.looseObject({ targets: z.array(z.unknown()), next: z.string().nullable() });

/** Every page of a list of targets as one, unless the request says how many. */
export async function listTargets({ instance }: Context, query: Given['query']) {
  if (query.limit !== undefined || query.after !== undefined)
    return (await instance().ask('list-targets', { query })).body;
  const limit = String(fieldsOf(operation('list-targets')).find(({ name }) => name === 'limit')?.most ?? 100);
  const targets: unknown[] = [];
  for (let after: string | null = null; ; ) {
    const part: Record<string, string> = after === null ? { limit } : { limit, after };
    const page = listShape.parse((await instance().ask('list-targets', { query: { ...query, ...part } })).body);
    targets.push(...page.targets);
    if (page.next === null) return { ...page, targets };
    after = page.next;
  }
}

const diagnosisShape = z.looseObject({ findings: z.array(z.looseObject({ status: z.string() })) });
const identifiedShape = z.looseObject({ matches: z.array(z.looseObject({ dryRun: z.unknown() })) });
const adoptionsShape = z.looseObject({
  targets: z.array(z.looseObject({ outcome: z.string() })),
  remaining: z.array(z.string()),
  counts: z.looseObject({ adopted: z.number() }),
});
const takenShape = z.looseObject({ rotation: z.looseObject({ id: z.string() }).nullable() });

export const targetCommands: readonly KeyturnCommand[] = [
  {
    words: 'targets',
    operations: ['list-targets'],
    about: 'Lists targets, all that fit: their state, what they need, and when they are due.',
    async run(context, { query }) {
      const isTable = context.output !== 'json' && query.fields === undefined;
      const body = await listTargets(context, isTable ? { ...query, fields: 'summary' } : query);
      await show(context, operation('list-targets'), { status: 200, body });
      return exitCodes.done;
    },
  },
  asking('show', 'read-target'),
  {
    words: 'diagnose',
    operations: ['diagnose-target'],
    async run(context, given) {
      const { body } = await askAndShow(context, 'diagnose-target', given);
      const isFaulty = diagnosisShape.parse(body).findings.some(({ status }) => status === 'problem');
      return isFaulty ? exitCodes.checkFailed : exitCodes.done;
    },
  },
  fixCommand,
  {
    words: 'adopt',
    operations: ['adopt-target', 'adopt-many'],
    about:
      'Adopts a target, or all that are not adopted yet: stores keys, endpoint and pointer, and regenerates nothing.',
    takes: 'target or nothing',
    options: [{ flags: '--all', about: 'every target that is known, declared or discovered' }],
    run: adopt,
  },
  asking('repair', 'repair-target'),
  {
    words: 'leak',
    operations: ['report-leak'],
    about: 'Replaces a leaked key: shows what that breaks, asks, then does it.',
    options: [yesOption, ...watchOptions],
    async run(context, given) {
      const { target, body } = given;
      if (body.dryRun === true) return await planOnly(context, 'report-leak', { target, body });
      const question = `Replace ${String(body.slot)} of ${target} now?`;
      const wish = { name: 'report-leak', request: { target, body }, question, isSure: isSure(given) };
      const answer = await planThenApply(context, wish);
      if (answer === null) return exitCodes.done;
      const { rotation } = takenShape.parse(answer.body);
      if (rotation !== null && given.own.watch === true)
        return await watchRotation(context, { ...given, id: rotation.id }, 'completed');
      await show(context, operation('report-leak'), answer);
      return exitCodes.done;
    },
  },
  {
    words: 'whose-key',
    operations: ['identify-key'],
    about: 'Finds whose key this is. The key is read from stdin; it is never an argument, and never kept.',
    without: ['key'],
    options: [{ flags: '--stdin', about: 'read the key from stdin (it is read from nowhere else)' }],
    async run(context) {
      const body = { key: await context.terminal.read() };
      const answer = await askAndShow(context, 'identify-key', { body });
      const isLive = identifiedShape.parse(answer.body).matches.some(({ dryRun }) => dryRun != null);
      return isLive ? exitCodes.checkFailed : exitCodes.done;
    },
  },
  {
    words: 'offboard',
    operations: ['offboard-target'],
    options: [yesOption],
    async run(context, given) {
      const { target, query } = given;
      if (query.dryRun === 'true') return await planOnly(context, 'offboard-target', { target, query });
      const question = `Offboard ${target}? Account, keys and secrets stay.`;
      return await applyShown(context, { name: 'offboard-target', request: given, question, isSure: isSure(given) });
    },
  },
];

/** One target; or all, request after request, until none is left that was not begun. */
async function adopt(context: Context, { target, body, query, own }: Given): Promise<ExitCode> {
  if (own.all !== true) {
    if (target === '') throw usage('Say which: keyturn adopt <target>, or --all.');
    await askAndShow(context, 'adopt-target', { target, body, query });
    return exitCodes.done;
  }
  const { takeOver, ...others } = body;
  const [single] = Object.keys(others);
  if (target !== '' || single !== undefined)
    throw usage(`--all takes neither a target nor ${single === undefined ? 'its options' : `--${single}`}.`);
  let targets: readonly string[] | 'all' = 'all';
  for (;;) {
    const asked = { targets, ...(takeOver === undefined ? {} : { takeOver }) };
    const { body: answer } = await askAndShow(context, 'adopt-many', { body: asked, query });
    const { remaining, targets: rows, counts } = adoptionsShape.parse(answer);
    const isBlocked = rows.some(({ outcome }) => outcome === 'blocked');
    // Nothing was done: what stands in the way does not go away by asking again at once.
    if (remaining.length === 0 || counts.adopted === 0 || query.dryRun === 'true')
      return isBlocked || remaining.length > 0 ? exitCodes.refused : exitCodes.done;
    targets = remaining.slice(0, 500);
  }
}
