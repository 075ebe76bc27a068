import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { usage } from './outcome.ts';
import { wrapped } from './screen/wrapped.ts';

/** Where a command is run: what it reads, and where it prints. */
export interface Terminal {
  /** A line of the answer, on stdout. */
  print(line: string): void;
  /** A line beside the answer, on stderr. */
  note(line: string): void;
  /** Columns that a line may have. */
  readonly width: number;
  /** Whether a person sees stdout redrawn in place. */
  readonly isLive: boolean;
  /** Whether a person can be asked. */
  readonly canAsk: boolean;
  /** Yes or no; asked on stderr. Only if `canAsk`. */
  confirm(question: string): Promise<boolean>;
  /** All of stdin. @throws Stop `usage` if it is a terminal: nobody means to type it in */
  read(): Promise<string>;
}

/** What fits the smallest usual terminal, and a page. */
const narrowest = 60;
/** In a pipe a line is as long as it needs to be. */
const unbounded = 10_000;

function widthOf({ columns = narrowest }: NodeJS.WriteStream): number {
  return Math.max(narrowest, columns);
}

export function processTerminal({ stdin, stdout, stderr, env }: NodeJS.Process): Terminal {
  return {
    print: (line) => void stdout.write(`${line}\n`),
    note: (line) => void stderr.write(`${stderr.isTTY ? wrapped(line, undefined, widthOf(stderr)) : line}\n`),
    width: stdout.isTTY ? widthOf(stdout) : unbounded,
    isLive: stdout.isTTY === true && !env.CI && env.TERM !== 'dumb',
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    async confirm(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      const answer = await lines.question(`${question} [y/N] `).finally(() => lines.close());
      return /^y(?:es)?$/i.test(answer.trim());
    },
    async read() {
      if (stdin.isTTY) throw usage('Nothing is piped in: pipe it from a file or a password manager, never type it.');
      return await text(stdin);
    },
  };
}
