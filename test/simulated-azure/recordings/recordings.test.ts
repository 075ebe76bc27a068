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

/** The exchanges that are not answered as recorded, those of services that are not covered included. */
const missing = Object.groupBy(
  replayed.filter((exchange) => !exchange.covered || verdicts([exchange], TOLERATED).mismatches.length > 0),
  ({ file }) => file,
);

describe.skipIf(folder === null)('The simulated Azure, asked what a real Azure was asked once', () => {
  const listed = ({ file, ...exchange }: ReplayedExchange) => NOT_YET[file]?.includes(labelOf(exchange)) === true;
  const compared = replayed.filter((exchange) => exchange.covered && !listed(exchange));
  const comparedFiles = files.filter(({ name }) => compared.some(({ file }) => file === name));

  it.each(comparedFiles)('answers $name as recorded', ({ name }) => {
    const own = compared.filter(({ file }) => file === name);
    expect(verdicts(own, TOLERATED).mismatches.join('\n\n')).toBe('');
  });

  it('misses what the list says, and nothing else', () => {
    const present = Object.entries(NOT_YET).filter(([name]) => files.some((file) => file.name === name));
    const labels = Object.entries(missing).map(([name, exchanges = []]) => [name, exchanges.map(labelOf)]);
    expect(Object.fromEntries(labels)).toEqual(Object.fromEntries(present));
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

/** `4 PUT IotHubs/testiot7412`: position, method and the end of the path. */
function labelOf({ index, request }: Pick<ReplayedExchange, 'index' | 'request'>): string {
  const [method = '', url = ''] = request.split(' ');
  return `${index} ${method} ${new URL(url).pathname.split('/').slice(-2).join('/')}`;
}
