import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { services } from '../../../local/simulated-azure/services.ts';
import { FOLDER_VARIABLE, loadRecordings, recordingsFolder } from './load-recordings.ts';
import { NOT_YET } from './not-yet.ts';
import { type ReplayedExchange, replayFile } from './replay-file.ts';
import { TOLERATED } from './tolerated.ts';
import { verdicts } from './verdicts.ts';

const folder = recordingsFolder(fileURLToPath(new URL('../../..', import.meta.url)));
if (folder === null) {
  console.log(
    `Recorded Azure traffic is not here, so this one suite is skipped: no ../shared/azure beside the repository, and ${FOLDER_VARIABLE} names no folder that holds "recordings".`,
  );
}

const files = folder === null ? [] : loadRecordings(folder);
const replayed: ReplayedExchange[] = [];
for (const file of files) replayed.push(...(await replayFile(file, services)));

/** How many exchanges of each file are not answered as recorded, those of services that are not covered included. */
const missing = new Map<string, number>();
for (const { file, covered, differences } of replayed) {
  if (!covered || differences.length > 0) missing.set(file, (missing.get(file) ?? 0) + 1);
}

describe.skipIf(folder === null)('The simulated Azure, asked what a real Azure was asked once', () => {
  const replayedFiles = files.filter((file) =>
    replayed.some((exchange) => exchange.file === file.name && exchange.covered && NOT_YET[file.name] === undefined),
  );

  it.each(replayedFiles)('answers $name as recorded', ({ name }) => {
    const own = replayed.filter((exchange) => exchange.file === name);
    expect(verdicts(own, TOLERATED).mismatches.join('\n\n')).toBe('');
  });

  it('misses what the list says, and nothing else', () => {
    const present = Object.entries(NOT_YET).filter(([name]) => files.some((file) => file.name === name));
    expect(Object.fromEntries(missing)).toEqual(Object.fromEntries(present));
  });

  it('can read every file', () => {
    expect(files.filter(({ unreadable }) => unreadable !== undefined)).toEqual([]);
  });

  it('tolerates no difference that is gone', () => {
    expect(verdicts(replayed, TOLERATED).stale).toEqual([]);
  });

  afterAll(() => {
    console.log(verdicts(replayed, TOLERATED).table);
  });
});
