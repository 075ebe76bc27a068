import { phaseChanges } from '../../cli/screen/rotation-picture.ts';
import { wrapped } from '../../cli/screen/wrapped.ts';
import type { Counts } from './consumer-messages.ts';
import { countsText, failuresText } from './counts-text.ts';
import { demoCopy } from './demo-target.ts';
import { operationsText } from './operations-text.ts';
import { copyText, type Scene } from './scene.ts';
import type { Screen } from './screen.ts';

/** Requests between two lines that say the same; the demo's consumers send as many in a minute. */
const countEvery = 3_000;

/** One line for each change, without colours or motion: for logs and pipes. */
export function plainScreen(print: (line: string) => void = console.log): Omit<Screen, 'close'> {
  let before: Scene | null = null;
  let counted: Counts | null = null;
  return {
    say: print,
    count(counts) {
      const isSame = counted !== null && failuresText(counts) === failuresText(counted);
      if (counted !== null && isSame && counts.sent - counted.sent < countEvery) return;
      counted = counts;
      print(wrapped(`  consumers: ${countsText(counts)}`));
    },
    show(scene) {
      for (const line of changes(before, scene)) print(wrapped(line));
      before = scene;
    },
    endScene() {
      for (const line of before === null ? [] : summary(before)) print(wrapped(line));
      before = null;
    },
  };
}

function changes(before: Scene | null, now: Scene): string[] {
  const lines = phaseChanges(before, now, `; ${countsText(now.consumers)}`);
  for (const [index, { slot, stored, accepted }] of now.slots.entries()) {
    const earlier = before?.slots[index];
    if (earlier?.accepted !== accepted) lines.push(`    the account has ${slot} = ${accepted}`);
    if (earlier?.stored !== stored) lines.push(`    the vault has ${slot} = ${stored}`);
  }
  if (now.copy.holds !== before?.copy.holds) lines.push(`    the copy ${demoCopy.name} holds ${copyText(now.copy)}`);
  if (now.pointer !== before?.pointer) lines.push(`    the pointer says ${now.pointer}`);
  for (const [index, { name, lastRead }] of now.identities.entries())
    if (lastRead !== null && lastRead !== before?.identities[index]?.lastRead)
      lines.push(`    the audit log: ${name} last read the ${lastRead}`);
  if (now.detail !== null && now.detail !== before?.detail) lines.push(`    waits: ${now.detail}`);
  const failed = failuresText(now.consumers);
  if (before !== null && failed !== failuresText(before.consumers)) lines.push(`    consumers: ${failed}`);
  return lines;
}

function summary({ consumers, identities }: Scene): string[] {
  return [
    `  consumers: ${countsText(consumers)}`,
    ...identities.map(
      ({ name, arm, vault }) => `  ${name}: account ${operationsText(arm)}; vault ${operationsText(vault)}`,
    ),
  ];
}
