import { setTimeout as after } from 'node:timers/promises';
import { Argument, Command, CommanderError, Option } from 'commander';
import { clientIdNamedAt, type Instance, instanceAt } from './api/instance.ts';
import { operation } from './api/operations.ts';
import { type Environment, signInWay, signInWays, tokensFor } from './api/sign-in.ts';
import { checkCommand } from './commands/check.ts';
import type { Context, Given, KeyturnCommand } from './commands/command.ts';
import { completionCommand, shells } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { addFields, requestFrom } from './commands/fields.ts';
import { fleetCommands } from './commands/fleet.ts';
import { hardeningCommands } from './commands/hardening.ts';
import { rotationCommands } from './commands/rotations.ts';
import { targetCommands } from './commands/targets.ts';
import { type ExitCode, exitCodes, Stop, usage } from './outcome.ts';
import own from './package.json' with { type: 'json' };
import { type Output, outputs } from './show/answer.ts';
import type { Terminal } from './terminal.ts';

export const commands: readonly KeyturnCommand[] = [
  ...targetCommands,
  ...rotationCommands,
  ...fleetCommands,
  ...hardeningCommands,
  checkCommand,
  doctorCommand,
  completionCommand(() => programOf(async () => {}, 'whole')),
];

type Run = (command: KeyturnCommand, given: Given, everywhere: Everywhere) => Promise<void>;

/** Options of every command. */
interface Everywhere {
  readonly url?: string;
  readonly apiClientId?: string;
  readonly signIn?: string;
  readonly output: Output;
}

/**
 * Runs one command.
 * @param words what follows `keyturn` on the command line
 * @returns how it ended; what went wrong has been said
 */
export async function runProgram(
  words: readonly string[],
  environment: Environment,
  terminal: Terminal,
  nowMs: () => number = Date.now,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const program = programOf(
    async (command, given, everywhere) => {
      let instance: Instance | undefined;
      const context: Context = {
        terminal,
        output: everywhere.output,
        nowMs,
        wait: after,
        instance: () => {
          instance ??= instanceFor(everywhere, environment, terminal);
          return instance;
        },
      };
      exitCode = await command.run(context, given);
    },
    'as used',
    terminal,
  );
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said what it is.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (!(error instanceof Stop)) throw error;
    terminal.note(error.message);
    const named = error instanceof UnknownClientId ? await clientIdNamedAt(error.address).catch(() => null) : null;
    if (named !== null)
      terminal.note(`The page there names it. If you trust the address: export KEYTURN_API_CLIENT_ID=${named}`);
    return error.exitCode;
  }
}

/** The command cannot know for whom its tokens are; the address is known. */
class UnknownClientId extends Stop {
  readonly address: string;

  constructor(address: string) {
    super(
      exitCodes.usage,
      'Say whose tokens Keyturn takes: KEYTURN_API_CLIENT_ID or --api-client-id, as the instance\'s own setting. "azd env get-values" prints it.',
    );
    this.address = address;
  }
}

function instanceFor({ url, apiClientId, signIn }: Everywhere, environment: Environment, terminal: Terminal): Instance {
  const address = url || environment.KEYTURN_URL;
  if (!address)
    throw usage(
      'Say where Keyturn is: KEYTURN_URL or --url, such as https://func-keyturn-contoso.azurewebsites.net. "azd env get-values" prints it as apiUrl.',
    );
  const clientId = apiClientId || environment.KEYTURN_API_CLIENT_ID;
  if (!clientId) throw new UnknownClientId(address);
  const way = signInWay(signIn || environment.KEYTURN_SIGN_IN || undefined, environment);
  return instanceAt(address, tokensFor(way, clientId, environment), {
    note: (text) => terminal.note(text),
    wait: after,
  });
}

/** Longer lines are hard to read. */
const widestHelp = 100;

/** What is typed in the wrong place may be a key. */
const secretLike = /[0-9A-Za-z+/_=]{20,}/g;

/**
 * @param options `whole`: every command gets its options at once; `as used`: when it is reached
 * @param terminal gets help and what is wrong with the command line
 */
export function programOf(
  run: Run,
  options: 'whole' | 'as used',
  terminal?: Pick<Terminal, 'print' | 'note' | 'width'>,
): Command {
  const program = new Command('keyturn')
    .configureOutput({
      writeOut: (text) => terminal?.print(text.trimEnd()),
      writeErr: (text) => terminal?.note(text.trimEnd().replaceAll(secretLike, '(not shown)')),
      getOutHelpWidth: () => Math.min(terminal?.width ?? widestHelp, widestHelp),
    })
    .description('Rotates the keys of Azure AI accounts without one failed request.')
    .version(own.version)
    .addOption(new Option('--url <url>', 'address of the function app; else KEYTURN_URL'))
    .addOption(
      new Option('--api-client-id <id>', "client id of the admin API's app registration; else KEYTURN_API_CLIENT_ID"),
    )
    .addOption(
      new Option('--sign-in <way>', `${signInWays.join(', ')}; else KEYTURN_SIGN_IN, or by what is there`).choices(
        signInWays,
      ),
    )
    .addOption(new Option('--output <form>', 'table, json, or tsv').choices(outputs).default('table'))
    .exitOverride()
    .addHelpText(
      'after',
      '\nHelp on one: keyturn <command> --help. From a clone: npm run --silent keyturn -- <command>',
    );
  const groups = new Map<string, Command>();
  const entries = new Map<Command, KeyturnCommand>();
  const parentOf = (words: readonly string[]) => {
    const [group] = words.length > 1 ? words : [];
    if (group === undefined) return program;
    const parent = groups.get(group) ?? program.command(group).description(groupTexts[group] ?? '');
    groups.set(group, parent);
    return parent;
  };
  for (const one of commands) {
    const words = one.words.split(' ');
    const name = words.at(-1) ?? '';
    const command = parentOf(words).command(name, { isDefault: words.length > 1 && name === 'show' });
    command.description(aboutOf(one));
    addArguments(command, one);
    for (const { flags, about } of one.options ?? []) command.option(flags, about);
    command.action(async () => run(one, givenTo(command, one), program.opts<Everywhere>()));
    entries.set(command, one);
  }
  const addRowFields = (_: Command, command: Command) => {
    const { operations: [first] = [], without = [] } = entries.get(command) ?? {};
    if (first !== undefined) addFields(command, operation(first), without);
  };
  if (options === 'whole') for (const command of entries.keys()) addRowFields(program, command);
  else for (const parent of [program, ...groups.values()]) parent.hook('preSubcommand', addRowFields);
  return program;
}

const groupTexts: Readonly<Record<string, string>> = {
  fleet: 'All targets together: what holds them up, and letting them go on.',
  network: "Who may reach a target's account.",
  access: 'Who has which role on the account.',
  keyless: 'Whether the account accepts keys.',
};

function aboutOf({ about, operations: [first] }: KeyturnCommand): string {
  return about ?? (first === undefined ? '' : operation(first).summary);
}

function addArguments(command: Command, one: KeyturnCommand): void {
  switch (one.takes ?? takenByRoute(one)) {
    case 'target':
      command.argument('<target>', 'its name');
      return;
    case 'target and id':
      command
        .argument('<target>', 'its name')
        .argument('[id]', 'of the rotation; without it the one in flight, or the last');
      return;
    case 'target and that id':
      command.argument('<target>', 'its name').argument('<id>', 'of the change');
      return;
    case 'target or nothing':
      command.argument('[target]', 'its name');
      return;
    case 'shell':
      command.addArgument(new Argument('<shell>', shells.join(' or ')).choices(shells));
      return;
    case 'nothing':
      return;
  }
}

function takenByRoute({ operations: [first] }: KeyturnCommand) {
  const route = first === undefined ? '' : operation(first).route;
  if (route.includes('{id}')) return 'target and that id';
  return route.includes('{name}') ? 'target' : 'nothing';
}

function givenTo(command: Command, { operations: [first], without = [] }: KeyturnCommand): Given {
  const [target = '', id] = command.args;
  const values = command.opts();
  const request =
    first === undefined ? { query: {}, body: {}, headers: {} } : requestFrom(operation(first), without, values);
  return { target, id, ...request, own: values };
}
