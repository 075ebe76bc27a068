import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Another local Azure works in the folder; the message is one sentence for the one who started this one. */
export class FolderTaken extends Error {
  constructor(processId: number, folder: string) {
    super(`A local Azure already runs on ${folder} (process ${processId}); stop it first, or use that one.`);
    this.name = 'FolderTaken';
  }
}

const claim = z.object({ processId: z.int(), controlUrl: z.string() });

/** How long a living local Azure may take to answer for itself. */
const answerPatienceMs = 2_000;

/**
 * Keeps a second local Azure off `folder`, whose data only one may write. A claim counts as long as the control endpoint
 * that it names answers with its process id: one that a killed process left behind is taken over.
 * @returns what gives the folder free again
 */
export async function claimFolder(folder: string, controlUrl: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'running.json');
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, JSON.stringify({ processId: process.pid, controlUrl }));
  try {
    // A link is made whole or not at all, so nobody ever reads half a claim.
    while (!(await linked(aside, file))) {
      const holder = await livingHolder(file);
      if (holder !== null) throw new FolderTaken(holder, folder);
      await rm(file, { force: true });
    }
  } finally {
    await rm(aside, { force: true });
  }
  return () => rm(file, { force: true });
}

/** Throws `FolderTaken` when a living local Azure has `folder`, before anything is started in vain. */
export async function requireFreeFolder(folder: string): Promise<void> {
  const holder = await livingHolder(join(folder, 'running.json'));
  if (holder !== null) throw new FolderTaken(holder, folder);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function livingHolder(file: string): Promise<number | null> {
  try {
    const { processId, controlUrl } = claim.parse(JSON.parse(await readFile(file, 'utf8')));
    const answer = await fetch(controlUrl, { signal: AbortSignal.timeout(answerPatienceMs) });
    const said = z.object({ processId: z.int() }).parse(await answer.json());
    return said.processId === processId ? processId : null;
  } catch {
    return null;
  }
}
