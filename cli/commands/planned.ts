import * as z from 'zod';
import type { Answer, Request } from '../api/instance.ts';
import { fieldsOf, operation } from '../api/operations.ts';
import { type ExitCode, exitCodes, Stop, usage } from '../outcome.ts';
import { type Context, type Given, namedOnce, show } from './command.ts';

export const yesOption = { flags: '--yes', about: 'do not ask; for scripts' } as const;

/** What of a dry run's answer decides how it goes on; an answer without it has nothing in the way. */
const planShape = z.looseObject({
  differences: z.array(z.unknown()).optional(),
  toConfirm: z.array(z.string()).default([]),
  blockedBy: z.array(z.unknown()).default([]),
});

interface Wish {
  /** The operation's name. */
  readonly name: string;
  readonly request: Request;
  /** What is asked before it is carried out, such as `Replace key1 of web?`. */
  readonly question: string;
  /** Nobody is asked. */
  readonly isSure: boolean;
}

/** Only the plan. */
export async function planOnly(context: Context, name: string, request: Request): Promise<ExitCode> {
  const answer = await context.instance().ask(name, asDryRun(name, request));
  await show(context, operation(name), answer);
  return planShape.parse(answer.body).blockedBy.length > 0 ? exitCodes.refused : exitCodes.done;
}

/**
 * Shows the plan, asks, and carries out that very plan: with its ETag, and with the names of the risks that it has.
 * @returns what was answered; null if there is nothing to do
 */
export async function planThenApply(
  context: Context,
  { name, request, question, isSure }: Wish,
): Promise<Answer | null> {
  const row = operation(name);
  const planned = await context.instance().ask(name, asDryRun(name, request));
  // The answer on stdout is what was done; what would be done stands beside it.
  await show({ ...context, output: 'table' }, row, planned, { ...context.terminal, print: context.terminal.note });
  const { blockedBy, differences, toConfirm } = planShape.parse(planned.body);
  if (blockedBy.length > 0) throw new Stop(exitCodes.refused, 'It is blocked, as shown. Nothing was changed.');
  if (differences?.length === 0) return null;
  const confirmed = confirmedIn(request);
  const open = toConfirm.filter((risk) => !confirmed.includes(risk));
  if (open.length > 0 && (isSure || !context.terminal.canAsk))
    throw new Stop(
      exitCodes.refused,
      `The plan has risks. To take them: --confirm ${open.join(',')}. Nothing was changed.`,
    );
  await sure(context, open.length > 0 ? `${question} It takes these risks: ${open.join(', ')}.` : question, isSure);
  const headers = {
    ...(row.headers?.includes('If-Match') && planned.etag !== null ? { 'If-Match': planned.etag } : {}),
    ...request.headers,
  };
  return await context.instance().ask(name, {
    ...withConfirmed(name, request, [...confirmed, ...open]),
    headers: namedOnce(row, headers),
  });
}

/** As `planThenApply`, and shows what was done. */
export async function applyShown(context: Context, wish: Wish): Promise<ExitCode> {
  const answer = await planThenApply(context, wish);
  if (answer !== null) await show(context, operation(wish.name), answer);
  return exitCodes.done;
}

/** @throws Stop if the person says no, or cannot be asked */
export async function sure({ terminal }: Context, question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!terminal.canAsk) throw usage('Nobody can be asked here: add --yes to carry it out. Nothing was changed.');
  if (!(await terminal.confirm(question))) throw new Stop(exitCodes.refused, 'Not confirmed: nothing was changed.');
}

/** `dryRun` stands in the query of most operations, and in the body of a leak report. */
function asDryRun(name: string, request: Request): Request {
  const field = fieldsOf(operation(name)).find((one) => one.name === 'dryRun');
  if (field === undefined) throw new TypeError(`${name} has no dry run`);
  return field.in === 'query'
    ? { ...request, query: { ...request.query, dryRun: 'true' } }
    : { ...request, body: { ...request.body, dryRun: true } };
}

function confirmedIn({ query, body }: Request): string[] {
  const given = z.array(z.string()).safeParse(body?.confirm);
  return given.success ? given.data : (query?.confirm?.split(',') ?? []);
}

function withConfirmed(name: string, request: Request, confirmed: readonly string[]): Request {
  const field = fieldsOf(operation(name)).find((one) => one.name === 'confirm');
  if (field === undefined || confirmed.length === 0) return request;
  return field.in === 'query'
    ? { ...request, query: { ...request.query, confirm: confirmed.join(',') } }
    : { ...request, body: { ...request.body, confirm: confirmed } };
}

/** Whether `--yes` was given. */
export function isSure({ own }: Given): boolean {
  return own.yes === true;
}
