import { asFailure, FailureError } from '../../shared/failure.ts';
import type { Fence } from '../../shared/fence.ts';
import type { Log } from '../../shared/log-event.ts';
import type { Secrets, WebApps } from '../ports.ts';
import type { Target } from '../target.ts';
import { appSettingCopy } from './app-setting-copy.ts';
import { copyFact } from './copies-gate.ts';
import type { Copy, CopyFact, CopyPlace, SeenCopy } from './copy.ts';
import { referenceCopy } from './reference-copy.ts';
import { secretCopy } from './secret-copy.ts';

/** Where copies lie: opened for reading, or under a lease. */
export interface CopyPorts {
  /** Of a vault, by its address. */
  readonly secrets: (vaultUrl: string) => Secrets;
  /** Asked for only by copies that lie in apps. */
  readonly webApps: () => WebApps;
  readonly log: Log;
}

/** The ports of copies under one fence. */
export function copyPorts(
  ports: {
    readonly secrets: (vaultUrl: string, fence: Fence) => Secrets;
    readonly webApps: (fence: Fence) => WebApps;
    readonly log: Log;
  },
  fence: Fence,
): CopyPorts {
  const { log } = ports;
  return { secrets: (vaultUrl) => ports.secrets(vaultUrl, fence), webApps: () => ports.webApps(fence), log };
}

/**
 * A declared copy in its place: a file for each kind, which says how it is read and written, and what shows that running code
 * has the value.
 */
export function copyPlace(copy: Copy, target: Target, { secrets, webApps, log }: CopyPorts): CopyPlace {
  switch (copy.kind) {
    case 'key-vault-secret':
      return secretCopy(secrets(copy.vaultUrl), copy, target);
    case 'app-setting':
      return appSettingCopy(webApps(), copy, slotsOf(copy, target), (settings) =>
        log({ event: 'settings-changed-by-others', target: target.name, copy: copy.name, settings }),
      );
    case 'reference-refresh':
      return referenceCopy(webApps(), secrets(target.vaultUrl), copy, slotsOf(copy, target), target);
  }
}

type OfApp = Extract<Copy, { kind: 'app-setting' | 'reference-refresh' }>;

/** The slots in which the same setting of the same app is declared. */
function slotsOf(copy: OfApp, { copies }: Target): readonly (string | null)[] {
  const key = ({ kind, appId, setting }: OfApp) => `${kind} ${appId} ${setting}`.toLowerCase();
  return copies.flatMap((one) => (one.kind !== 'key-vault-secret' && key(one) === key(copy) ? [one.slot] : []));
}

/** What one read, one proof and one write of a copy asks of Azure, by its kind. */
export const copyCalls: Readonly<Record<Copy['kind'], Readonly<Record<'read' | 'proof' | 'write', CallCounts>>>> = {
  'key-vault-secret': {
    read: { resourceManager: 0, vaultReads: 1, vaultWrites: 0 },
    proof: { resourceManager: 0, vaultReads: 0, vaultWrites: 1 },
    write: { resourceManager: 0, vaultReads: 0, vaultWrites: 1 },
  },
  // When it last changed, all settings, those that stay with their slot; before a write and after it once more what may have changed.
  'app-setting': {
    read: { resourceManager: 3, vaultReads: 0, vaultWrites: 0 },
    proof: { resourceManager: 1, vaultReads: 0, vaultWrites: 0 },
    write: { resourceManager: 3, vaultReads: 0, vaultWrites: 0 },
  },
  // The app's tag, its reference and its slots, and the secret; the proof asks for permissions, and refreshes. The read before a
  // write finds a tag that is outdated, and asks for no slots.
  'reference-refresh': {
    read: { resourceManager: 3, vaultReads: 1, vaultWrites: 0 },
    proof: { resourceManager: 2, vaultReads: 0, vaultWrites: 0 },
    write: { resourceManager: 2, vaultReads: 1, vaultWrites: 0 },
  },
};

type CallCounts = Readonly<Record<'resourceManager' | 'vaultReads' | 'vaultWrites', number>>;

/**
 * Every declared copy as it stands; one that cannot be read now is `unreadable`. Only reads.
 * @param salt names what they hold
 */
export async function readCopies(
  target: Target,
  ports: CopyPorts,
  salt: string,
  seen: readonly SeenCopy[] = [],
): Promise<readonly CopyFact[]> {
  return await Promise.all(
    target.copies.map(async (copy): Promise<CopyFact> => {
      const read = await copyPlace(copy, target, ports).read().catch(asFailure);
      if (read instanceof FailureError) return { name: copy.name, kind: 'unreadable' };
      const before = seen.find(({ name }) => name === copy.name);
      return copyFact(copy, read, salt, before);
    }),
  );
}
