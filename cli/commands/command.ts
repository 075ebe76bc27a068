import { randomUUID } from 'node:crypto';
import type { Endpoint } from '../../src/api/endpoint.ts';
import type { ApiView } from '../../src/app/api-views.ts';
import type { Answer, Instance, Request } from '../api/instance.ts';
import { operation } from '../api/operations.ts';
import { type ExitCode, exitCodes } from '../outcome.ts';
import { type Output, showAnswer } from '../show/answer.ts';
import type { Terminal } from '../terminal.ts';

/** What a command runs with. */
export interface Context {
  readonly terminal: Terminal;
  readonly output: Output;
  readonly nowMs: () => number;
  readonly wait: (forMs: number) => Promise<unknown>;
  /** @throws Stop `usage` if address or client id are not known */
  readonly instance: () => Instance;
}

/** What stands on the command line, read by the operation's row and the command's own options. */
export interface Given {
  readonly target: string;
  /** Of a rotation or change; undefined: the one in flight, or the last. */
  readonly id: string | undefined;
  /** As the row's schemas want it. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** `If-Match` and `Idempotency-Key`, if the row takes them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The command's own options, by their names in camel case. */
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
}

/** An option that no row has. */
interface OwnOption {
  /** As commander reads it: `--watch`, `--to <file>`. */
  readonly flags: string;
  readonly about: string;
}

/** A command, on top of operations of the admin API. */
export interface KeyturnCommand {
  /** `network plan`. */
  readonly words: string;
  /** The rows that it asks; the first one's fields are its options. None: it asks the API nothing of its own. */
  readonly operations: readonly string[];
  /** Default: the first row's summary. */
  readonly about?: string;
  /** Default: what the row's route names. */
  readonly takes?: 'target' | 'target and id' | 'target or nothing' | 'nothing' | 'shell';
  /** Fields of the row that are no options here. */
  readonly without?: readonly string[];
  readonly options?: readonly OwnOption[];
  readonly run: (context: Context, given: Given) => Promise<ExitCode>;
}

/** A command that asks one operation, and shows what it answers. */
export function asking(words: string, name: string, more: Partial<KeyturnCommand> = {}): KeyturnCommand {
  return {
    words,
    operations: [name],
    async run(context, given) {
      await askAndShow(context, name, given);
      return exitCodes.done;
    },
    ...more,
  };
}

/** @returns what was answered, which has been shown */
export async function askAndShow(context: Context, name: string, request: Request): Promise<Answer> {
  const answer = await context.instance().ask(name, request);
  await show(context, operation(name), answer);
  return answer;
}

/** @param terminal default the context's; plans go elsewhere than answers */
export async function show(
  { output, nowMs, terminal: usual }: Context,
  row: Endpoint,
  { status, body }: Pick<Answer, 'status' | 'body'>,
  terminal = usual,
): Promise<void> {
  await showAnswer(viewOf(row, status), body, { output, nowMs: nowMs() }, terminal);
}

function viewOf({ answers, name }: Endpoint, status: number): ApiView {
  const view = answers[status === 202 ? 202 : 200] ?? answers[202];
  if (view === undefined) throw new TypeError(`${name} answers nothing`);
  return view;
}

/** Names this request, so that the instance carries it out once, even if it comes twice. */
export function namedOnce(row: Endpoint, given: Readonly<Record<string, string>>): Record<string, string> {
  return row.headers?.includes('Idempotency-Key') ? { 'Idempotency-Key': randomUUID(), ...given } : { ...given };
}
