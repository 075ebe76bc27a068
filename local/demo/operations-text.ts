import type { Operations } from './call-tally.ts';

/** `get 2, listKeys 2`; a dash for nothing. */
export function operationsText(operations: Operations): string {
  const counted = Object.entries(operations).map(([name, count]) => `${name} ${count.toLocaleString('en-US')}`);
  return counted.length === 0 ? '-' : counted.join(', ');
}
