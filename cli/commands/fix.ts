import * as z from 'zod';
import type { Request } from '../api/instance.ts';
import { operationAt } from '../api/operations.ts';
import { exitCodes } from '../outcome.ts';
import { wrapped } from '../screen/wrapped.ts';
import { askAndShow, type Context, type KeyturnCommand, namedOnce, show } from './command.ts';
import { isSure, planThenApply, sure, yesOption } from './planned.ts';

/** What is read of a diagnosis to act on it. */
const diagnosisShape = z.looseObject({
  findings: z.array(
    z.looseObject({
      check: z.string(),
      status: z.string(),
      detail: z.string(),
      fix: z
        .looseObject({
          text: z.string(),
          call: z.looseObject({ method: z.string(), path: z.string(), body: z.unknown() }).nullable(),
          command: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
});

type Call = NonNullable<NonNullable<z.infer<typeof diagnosisShape>['findings'][number]['fix']>['call']>;

export const fixCommand: KeyturnCommand = {
  words: 'fix',
  operations: ['diagnose-target'],
  about:
    'Diagnoses a target, and carries out what the diagnosis proposes, one by one, after showing it. Commands of Azure are only printed.',
  options: [yesOption],
  async run(context, given) {
    const { terminal } = context;
    const { body } = await context.instance().ask('diagnose-target', given);
    const { findings } = diagnosisShape.parse(body);
    const faults = findings.filter(({ status, fix }) => status === 'problem' || fix !== null);
    if (faults.length === 0) terminal.print('Nothing wrong was found.');
    let isLeft = false;
    for (const { check, detail, fix } of faults) {
      terminal.print(wrapped(`✘ ${check}: ${detail}`, 2, terminal.width));
      if (fix === null) {
        isLeft = true;
        continue;
      }
      terminal.print(wrapped(`  ${fix.text}`, 2, terminal.width));
      const isDone = fix.call !== null && (await carryOut(context, fix.call, isSure(given)));
      if (!isDone) isLeft = true;
      if (!isDone && fix.command !== null) terminal.print(`  Run it yourself, with the right roles:\n${fix.command}`);
    }
    return isLeft ? exitCodes.checkFailed : exitCodes.done;
  },
};

/** Values that a person has to fill in. */
const placeholder = /<your-[a-z-]+>/;

/** @returns false if it is no operation of Keyturn, or needs what only a person knows: then it was printed */
async function carryOut(context: Context, { method, path, body }: Call, isSureOfAll: boolean): Promise<boolean> {
  const { terminal } = context;
  const { pathname, searchParams } = new URL(path, 'https://keyturn');
  const found = operationAt(method, pathname);
  const shown = `${method} ${path}${body == null ? '' : ` ${JSON.stringify(body)}`}`;
  terminal.print(`  ${shown}`);
  if (found === null || placeholder.test(shown)) return false;
  const { endpoint, names } = found;
  const isPlan = searchParams.get('dryRun') === 'true';
  searchParams.delete('dryRun');
  const request: Request = {
    target: names.name,
    id: names.id,
    query: Object.fromEntries(searchParams),
    ...(typeof body === 'object' && body !== null ? { body: { ...body } } : {}),
  };
  const question = `Send ${method} ${pathname}?`;
  if (isPlan || endpoint.name === 'report-leak') {
    const answer = await planThenApply(context, { name: endpoint.name, request, question, isSure: isSureOfAll });
    if (answer !== null) await show(context, endpoint, answer);
    return true;
  }
  if (method !== 'GET') await sure(context, question, isSureOfAll);
  await askAndShow(context, endpoint.name, { ...request, headers: namedOnce(endpoint, {}) });
  return true;
}
