import Table from 'cli-table3';
import logUpdate from 'log-update';
import colors from 'picocolors';
import { failedIn, failuresText } from './failures-text.ts';
import { operationsText } from './operations-text.ts';
import { phases } from './phases.ts';
import type { PhaseSeen } from './rotation-watch.ts';
import type { Scene } from './scene.ts';
import type { Screen } from './screen.ts';

/** A picture that is redrawn in place. */
export function liveScreen(): Omit<Screen, 'close'> {
  return {
    say: (text) => console.log(text),
    show: (scene) => logUpdate(picture(scene)),
    endScene: () => logUpdate.done(),
  };
}

/** At most 80 columns and 23 rows: it fits the smallest usual terminal. */
function picture(scene: Scene): string {
  const { consumers, identities } = scene;
  const failed = failuresText(consumers);
  const requests = `${consumers.sent.toLocaleString('en-US')} requests, `;
  return [
    colors.bold(scene.title),
    ...scene.phases.map(phaseLine),
    slotTable(scene),
    row('consumers', requests + (failedIn(consumers) === 0 ? colors.green(failed) : colors.red(failed))),
    ...identities.flatMap(({ name, arm, vault }) => [
      ...(Object.keys(arm).length > 0 ? [row(name, `account  ${operationsText(arm)}`)] : []),
      row(name, `vault    ${operationsText(vault)}`),
    ]),
    colors.dim(`  ${scene.detail ?? ''}`.slice(0, 80)),
  ].join('\n');
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(17)} ${text}`;
}

function phaseLine({ phase, stands, seconds }: PhaseSeen): string {
  const about = phases.find(([name]) => name === phase)?.[1] ?? '';
  const name = phase.padEnd(12);
  const took = (seconds === null ? '' : `${seconds.toFixed(1)} s`).padStart(7);
  switch (stands) {
    case 'to come':
      return colors.dim(`    ${name}`);
    case 'now':
      return `  ${colors.cyan('▶')} ${colors.bold(name)} ${took}  ${about}`;
    case 'passed':
      return `  ${colors.green('✔')} ${name} ${took}  ${colors.dim(about)}`;
  }
}

function slotTable({ slots, pointer }: Scene): string {
  const table = new Table({
    head: ['slot', 'in the vault', 'on the account', ''],
    colWidths: [8, 14, 36, 15],
    style: { head: [], border: ['dim'] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { slot, stored, accepted, lingering } of slots) {
    const also = lingering === null ? '' : colors.yellow(`  ${lingering} not forgotten`);
    const isStored = stored === accepted ? colors.green(stored) : colors.yellow(stored);
    table.push([
      slot,
      isStored,
      `${accepted}${also}`,
      pointer === slot ? colors.cyan('◀ pointer') : colors.dim('idle'),
    ]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
