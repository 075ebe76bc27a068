import { operation } from '../api/operations.ts';
import { exitCodes } from '../outcome.ts';
import { asking, type KeyturnCommand, show } from './command.ts';
import { applyShown, isSure, planOnly, yesOption } from './planned.ts';

/** `show`, `plan` and `apply` of one area of hardening. */
function area(word: string, read: string, change: string): KeyturnCommand[] {
  const operations = [change];
  return [
    asking(`${word} show`, read),
    {
      words: `${word} plan`,
      operations,
      about: `Shows what would change, and what is in the way. Nothing is changed.`,
      without: ['dryRun'],
      run: async (context, given) => await planOnly(context, change, given),
    },
    {
      words: `${word} apply`,
      operations,
      about: `${operation(change).summary} Shows the plan first, and asks.`,
      without: ['dryRun'],
      options: [yesOption],
      run: async (context, given) =>
        await applyShown(context, {
          name: change,
          request: given,
          question: `Change the ${word} of ${given.target} so?`,
          isSure: isSure(given),
        }),
    },
  ];
}

export const hardeningCommands: readonly KeyturnCommand[] = [
  ...area('network', 'read-network', 'set-network'),
  asking('network change', 'read-network-change'),
  ...area('access', 'read-access', 'change-access'),
  ...area('keyless', 'read-keyless', 'change-keyless'),
  {
    words: 'keyless verify',
    operations: ['verify-keyless'],
    async run(context, given) {
      const answer = await context.instance().ask('verify-keyless', given);
      await show(context, operation('verify-keyless'), answer);
      const isAccepted = Object(answer.body).accepted === true;
      return isAccepted ? exitCodes.done : exitCodes.checkFailed;
    },
  },
];
