import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * What a script was called with.
 * An option that is not known, or lacks its value, ends the process with code 2 and one line.
 */
export function readOptions<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>>['values'] {
  try {
    return parseArgs(config).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message.split('. ')[0] : error}. See --help.`);
    process.exit(2);
  }
}
