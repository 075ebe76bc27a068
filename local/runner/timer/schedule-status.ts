import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** When a timer ran last and is to run next, in ms since 1970; `lastMs` is undefined until it has run once. */
export interface ScheduleStatus {
  readonly lastMs: number | undefined;
  readonly nextMs: number;
  readonly lastUpdatedMs: number;
}

/** .NET's DateTime.MinValue, which stands for "never ran". */
const never = '0001-01-01T00:00:00+00:00';

export interface ScheduleStatusFile {
  load(): Promise<ScheduleStatus | undefined>;
  save(status: ScheduleStatus): Promise<void>;
}

/** Keeps the status under the state folder as the host keeps its blob: `timers/Host.Functions.<fn>/status`, `{Last,Next,LastUpdated}`. */
export function scheduleStatusFile(stateFolder: string, functionName: string): ScheduleStatusFile {
  const file = join(stateFolder, 'timers', `Host.Functions.${functionName}`, 'status');
  return {
    async load() {
      try {
        const { Last, Next, LastUpdated } = JSON.parse(await readFile(file, 'utf8'));
        return {
          lastMs: Last === never ? undefined : Date.parse(Last),
          nextMs: Date.parse(Next),
          lastUpdatedMs: Date.parse(LastUpdated),
        };
      } catch (error) {
        // A status that is missing or cut short by a crash counts as none, and the schedule starts afresh.
        if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async save(status) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.new`, JSON.stringify(statusJson(status)));
      await rename(`${file}.new`, file);
    },
  };
}

/** As the host writes it into the blob and into the timer's input. */
export function statusJson({
  lastMs,
  nextMs,
  lastUpdatedMs,
}: ScheduleStatus): Record<'Last' | 'Next' | 'LastUpdated', string> {
  return {
    Last: lastMs === undefined ? never : localIso(lastMs),
    Next: localIso(nextMs),
    LastUpdated: localIso(lastUpdatedMs),
  };
}

/** Host-local ISO time with offset, `2026-03-01T09:00:00+01:00`; fractions only where there are any. */
function localIso(atMs: number): string {
  const offsetMinutes = -new Date(atMs).getTimezoneOffset();
  const local = new Date(atMs + offsetMinutes * 60_000)
    .toISOString()
    .slice(0, -1)
    .replace(/\.000$/, '');
  const two = (value: number) => String(value).padStart(2, '0');
  const offset = Math.abs(offsetMinutes);
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}:${two(offset % 60)}`;
}
