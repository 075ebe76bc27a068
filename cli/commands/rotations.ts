import { writeFileSync } from 'node:fs';
import * as z from 'zod';
import { fieldsOf, operation } from '../api/operations.ts';
import { exitCodes, Stop } from '../outcome.ts';
import { asking, type Context, type Given, type KeyturnCommand, namedOnce, show } from './command.ts';
import { planOnly } from './planned.ts';
import { watchOption, watchOptions, watchRotation } from './watch.ts';

/** What is read of a target or a list, to find a rotation. */
const targetShape = z.looseObject({ rotation: z.looseObject({ id: z.string() }).nullable() });
const listShape = z.looseObject({ rotations: z.array(z.looseObject({ id: z.string() })) });
const startedShape = z.looseObject({ id: z.string() });

/** The rotation that is meant: as named, else the one in flight, else the last one. @throws Stop `refused` if there is none */
async function rotationIdOf({ instance }: Context, { target, id }: Pick<Given, 'target' | 'id'>): Promise<string> {
  if (id !== undefined) return id;
  const { rotation } = targetShape.parse((await instance().ask('read-target', { target })).body);
  if (rotation !== null) return rotation.id;
  const { rotations } = listShape.parse(
    (await instance().ask('list-rotations', { target, query: { limit: '1' } })).body,
  );
  const [last] = rotations;
  if (last === undefined)
    throw new Stop(exitCodes.refused, `${target} has had no rotation. To start one: keyturn rotate ${target}`);
  return last.id;
}

/** What people ask of one rotation; by default of the one in flight. */
function action(words: string, name: string, goal: string): KeyturnCommand {
  return {
    words,
    operations: [name],
    takes: 'target and id',
    options: watchOptions,
    async run(context, given) {
      const id = await rotationIdOf(context, given);
      const answer = await context.instance().ask(name, { ...given, id });
      if (given.own.watch === true) return await watchRotation(context, { ...given, id }, goal, answer.body);
      await show(context, operation(name), answer);
      return exitCodes.done;
    },
  };
}

export const rotationCommands: readonly KeyturnCommand[] = [
  {
    words: 'rotate',
    operations: ['start-rotation'],
    options: watchOptions,
    async run(context, given) {
      const { target, body, query } = given;
      if (query.dryRun === 'true') return await planOnly(context, 'start-rotation', { target, body });
      const row = operation('start-rotation');
      const headers = namedOnce(row, given.headers);
      const answer = await context.instance().ask(row.name, { target, body, headers });
      if (given.own.watch === true)
        return await watchRotation(context, { ...given, id: startedShape.parse(answer.body).id }, 'completed');
      await show(context, row, answer);
      return exitCodes.done;
    },
  },
  {
    words: 'watch',
    operations: ['read-rotation'],
    about: 'Shows a rotation live until it ends or waits for a person; by default the one in flight.',
    takes: 'target and id',
    options: watchOptions.filter((option) => option !== watchOption),
    run: async (context, given) =>
      await watchRotation(context, { ...given, id: await rotationIdOf(context, given) }, 'completed'),
  },
  asking('rotations', 'list-rotations'),
  {
    words: 'rotation',
    operations: ['read-rotation'],
    takes: 'target and id',
    async run(context, given) {
      const id = await rotationIdOf(context, given);
      await show(context, operation('read-rotation'), await context.instance().ask('read-rotation', { ...given, id }));
      return exitCodes.done;
    },
  },
  action('cancel', 'cancel-rotation', 'cancelled'),
  action('hold', 'hold-rotation', 'completed'),
  action('release', 'release-hold', 'completed'),
  action('expedite', 'expedite-rotation', 'completed'),
  action('rollback', 'roll-back-rotation', 'rolled-back'),
  action('resume', 'resume-rotation', 'completed'),
  {
    words: 'audit',
    operations: ['read-audit-trail'],
    about: "Downloads a rotation's audit trail as JSON; by default of the one in flight, or of the last.",
    takes: 'target and id',
    without: ['limit', 'after'],
    options: [{ flags: '--to <file>', about: 'write it there; it must not exist yet' }],
    async run(context, given) {
      const id = await rotationIdOf(context, given);
      const trail = JSON.stringify(await wholeTrail(context, given.target, id), null, 2);
      const { to } = given.own;
      if (typeof to !== 'string') context.terminal.print(trail);
      else {
        writeNew(to, `${trail}\n`);
        context.terminal.note(`The audit trail of ${id} is in ${to}.`);
      }
      return exitCodes.done;
    },
  },
];

const trailShape = z.looseObject({ entries: z.array(z.unknown()), next: z.string().nullable() });

/** All pages as one. */
async function wholeTrail({ instance }: Context, target: string, id: string) {
  const limit = String(fieldsOf(operation('read-audit-trail')).find(({ name }) => name === 'limit')?.most ?? 200);
  const entries: unknown[] = [];
  for (let after: string | null = null; ; ) {
    const query: Record<string, string> = after === null ? { limit } : { limit, after };
    const { body } = await instance().ask('read-audit-trail', { target, id, query });
    const page = trailShape.parse(body);
    entries.push(...page.entries);
    if (page.next === null) return { ...page, entries };
    after = page.next;
  }
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new Stop(exitCodes.refused, `--to: ${error instanceof Error ? error.message : String(error)}`);
  }
}
