import { createLogUpdate } from 'log-update';
import colors from 'picocolors';
import { rotationPicture } from '../../cli/screen/rotation-picture.ts';
import { wrapped } from '../../cli/screen/wrapped.ts';
import type { Counts } from './consumer-messages.ts';
import { countsText, failedIn } from './counts-text.ts';
import { demoCopy } from './demo-target.ts';
import { operationsText } from './operations-text.ts';
import { type CopySeen, copyText, type Scene } from './scene.ts';
import type { Screen } from './screen.ts';

/** A picture that is redrawn in place. */
export function liveScreen(stream: NodeJS.WriteStream = process.stdout): Omit<Screen, 'close'> {
  const update = createLogUpdate(stream);
  return {
    say: (text) => void stream.write(`${text}\n`),
    show: (scene) => update(picture(scene)),
    count: (counts) => update(consumersRow(counts)),
    endScene: () => update.done(),
  };
}

/** 23 rows with a detail of three lines: it fits the smallest usual terminal. */
export function picture(scene: Scene): string {
  const { consumers, copy, identities, detail, pointer } = scene;
  return [
    ...rotationPicture(scene),
    colors.dim('  slot  in the vault  on the account'),
    ...scene.slots.map((slot) => slotLine(slot, slot.slot === pointer)),
    copyRow(copy),
    consumersRow(consumers),
    ...identities.flatMap(({ name, arm, vault, lastRead }) => [
      ...(Object.keys(arm).length > 0 ? [row(name, `ARM   ${operationsText(arm)}`)] : []),
      row(name, `vault ${operationsText(vault)}${lastRead === null ? '' : `; last read: ${lastRead}`}`),
    ]),
    ...(detail === null ? [] : [colors.dim(wrapped(`  ${detail}`))]),
  ].join('\n');
}

function consumersRow(counts: Counts): string {
  return row('consumers', countsText(counts), failedIn(counts) === 0 ? colors.green : colors.red);
}

function copyRow(copy: CopySeen): string {
  return row(`copy ${demoCopy.name}`, copyText(copy), copy.slot === null ? colors.red : colors.green);
}

function row(name: string, text: string, color = (line: string) => line): string {
  const [, head = '', rest = ''] = /^(.{19})(.*)$/s.exec(wrapped(`  ${name.padEnd(17)}${text}`, 19)) ?? [];
  return `${head}${color(rest)}`;
}

function slotLine({ slot, stored, accepted, lingering }: Scene['slots'][number], isActive: boolean): string {
  const color = stored === accepted ? colors.green : colors.yellow;
  const account = lingering === null ? accepted : `${accepted}, ${lingering} lingers`;
  const active = isActive ? colors.cyan('◀ active') : '';
  return `  ${slot.padEnd(6)}${color(stored.padEnd(14))}${account.padEnd(28)}${active}`.trimEnd();
}
