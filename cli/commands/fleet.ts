import { exitCodes } from '../outcome.ts';
import { askAndShow, asking, type KeyturnCommand } from './command.ts';

/** Pauses the instance, or lets it go on. */
function pausing(words: string, about: string, paused: boolean): KeyturnCommand {
  return {
    words,
    operations: ['set-pause'],
    about,
    without: ['paused'],
    async run(context, { body }) {
      await askAndShow(context, 'set-pause', { body: { ...body, paused } });
      return exitCodes.done;
    },
  };
}

export const fleetCommands: readonly KeyturnCommand[] = [
  asking('fleet show', 'read-fleet'),
  asking('fleet reset', 'reset-fleet'),
  asking('fleet accept-document', 'accept-targets-document'),
  pausing('pause', 'Pauses the whole instance within seconds. Rotations keep their state.', true),
  pausing('unpause', 'Lets a paused instance go on.', false),
];
