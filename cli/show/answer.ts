import type * as z from 'zod';
import type { ApiView } from '../../src/app/api-views.ts';
import type { Terminal } from '../terminal.ts';
import { flatLines, recordLines } from './record.ts';
import { type Bodies, type Show, shows } from './views.ts';

export const outputs = ['table', 'json', 'tsv'] as const;

export type Output = (typeof outputs)[number];

/**
 * Prints an answer. What an instance of another version answers, and this one cannot read, is printed as it came.
 * @param view the shape of the answer, as the operation's row names it
 */
export async function showAnswer<View extends ApiView>(
  view: View,
  body: unknown,
  { output, nowMs }: { readonly output: Output; readonly nowMs: number },
  terminal: Pick<Terminal, 'print' | 'note' | 'width'>,
): Promise<void> {
  const json = () => terminal.print(JSON.stringify(body, null, 2));
  if (output === 'json') return json();
  const shape = await shapeOf(view);
  const parsed = shape.safeParse(body);
  if (!parsed.success) {
    terminal.note('Keyturn and this command line are of different versions: the answer follows as it came.');
    return json();
  }
  for (const line of linesFor(view, parsed.data, output, terminal.width, nowMs)) terminal.print(line);
}

/** Loaded when an answer is shown: the shapes of all answers are larger than the rest of the program. */
async function shapeOf<View extends ApiView>(view: View): Promise<z.ZodType<Bodies[View]>> {
  const { apiViews: loaded } = await import('../../src/app/api-views.ts');
  const shapes: { readonly [Each in ApiView]: z.ZodType<Bodies[Each]> } = loaded;
  return shapes[view];
}

/** @param body as `view` has it */
export function linesFor<View extends ApiView>(
  view: View,
  body: Bodies[View],
  output: Exclude<Output, 'json'>,
  width: number,
  nowMs: number,
): string[] {
  const show: Show<Bodies[View]> | undefined = shows[view];
  const shown = show?.(body, { width, nowMs });
  if (output === 'tsv') return shown?.table?.tsv() ?? flatLines(body);
  if (shown === undefined) return recordLines(body, width, nowMs);
  return [...(shown.before ?? []), ...(shown.table?.lines(width) ?? []), ...(shown.after ?? [])];
}
