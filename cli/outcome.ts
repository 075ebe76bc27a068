/** How a command ends, for pipelines. docs/command-line.md lists them, and a test holds the page to it. */
export const exitCodes = {
  done: 0,
  /** The instance refused, or what was asked for has failed. */
  refused: 1,
  /** The command is not as it should be; nothing was sent. */
  usage: 2,
  /** What was to be checked does not hold. */
  checkFailed: 3,
  /** Nobody is signed in, or the instance does not answer: nothing is known. */
  unreachable: 4,
  /** Ctrl-C, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command; its message is for the person, and says what to do. */
export class Stop extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'Stop';
    this.exitCode = exitCode;
  }
}

export function usage(message: string): Stop {
  return new Stop(exitCodes.usage, message);
}
