import type { Command } from 'commander';
import { exitCodes, usage } from '../outcome.ts';
import type { KeyturnCommand } from './command.ts';

export const shells = ['bash', 'zsh'] as const;

/** What may follow, by where one is: `network plan`. */
interface Completion {
  /** Words and options after a command, with a blank between. */
  readonly after: ReadonlyMap<string, readonly string[]>;
  /** What an option takes. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** @param program the whole, with every option of every command */
function completionOf(program: Command): Completion {
  const after = new Map<string, readonly string[]>();
  const values = new Map<string, readonly string[]>();
  const visit = (command: Command, words: readonly string[]) => {
    const inherited = words.length === 0 ? [] : program.options;
    const options = [...command.options, ...inherited].filter(({ hidden }) => !hidden);
    for (const { long, argChoices } of options) if (long && argChoices) values.set(long, argChoices);
    const [choices = []] = command.registeredArguments.map(({ argChoices = [] }) => argChoices);
    const names = options.flatMap(({ long }) => (long ? [long] : []));
    after.set(words.join(' '), [...command.commands.map((one) => one.name()), ...choices, ...names, '--help']);
    for (const one of command.commands) visit(one, [...words, one.name()]);
  };
  visit(program, []);
  return { after, values };
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the shell's own
/** A script that the shell reads at its start. It asks nothing, so that a key press waits for nothing. */
function completionScript(shell: (typeof shells)[number], { after, values }: Completion): string {
  const known = [...after.keys()].filter((words) => words !== '').map((words) => `'${words}'`);
  const afterLines = [...after].map(([words, next]) => `    '${words}') next='${next.join(' ')}' ;;`);
  const valueLines = [...values].map(([option, words]) => `    '${option}') next='${words.join(' ')}' ;;`);
  const find = (typed: string) => [
    `  for word in ${typed}; do`,
    '    case "${at:+$at }$word" in',
    `      ${known.join('|')}) at="\${at:+$at }$word" ;;`,
    '    esac',
    '  done',
  ];
  const choose = ['  case "$at" in', ...afterLines, '  esac', '  case "$before" in', ...valueLines, '  esac'];
  const lines =
    shell === 'bash'
      ? [
          '_keyturn() {',
          "  local word at='' next='' current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}",
          ...find('"${COMP_WORDS[@]:1:COMP_CWORD-1}"'),
          ...choose,
          '  COMPREPLY=($(compgen -W "$next" -- "$current"))',
          '}',
          'complete -o default -F _keyturn keyturn',
        ]
      : [
          '#compdef keyturn',
          '_keyturn() {',
          "  local word at='' next='' before=${words[CURRENT-1]}",
          ...find('"${(@)words[2,CURRENT-1]}"'),
          ...choose,
          '  compadd -- ${=next}',
          '}',
          'compdef _keyturn keyturn',
        ];
  return lines.join('\n');
}

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the shell's own

/** @param wholeProgram made when it is asked for: most commands need only their own options */
export function completionCommand(wholeProgram: () => Command): KeyturnCommand {
  return {
    words: 'completion',
    operations: [],
    about: `Prints a script that completes commands and options: source <(keyturn completion bash)`,
    takes: 'shell',
    async run({ terminal }, { target }) {
      const shell = shells.find((one) => one === target);
      if (shell === undefined) throw usage(`${JSON.stringify(target)}: accepted is ${shells.join(' or ')}.`);
      terminal.print(completionScript(shell, completionOf(wholeProgram())));
      return exitCodes.done;
    },
  };
}
