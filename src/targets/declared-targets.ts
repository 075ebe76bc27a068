import { directHoldMs, type Target } from '../keys/target.ts';
import { type FieldProblem, fieldProblems, found } from '../shared/field-problem.ts';
import type { StartCalendar } from '../shared/start-calendar.ts';
import { hourMs } from '../shared/time.ts';
import { declaredCopies } from './copy-schema.ts';
import { fleetProblems } from './fleet-rules.ts';
import { type PlacedTarget, targetProblems } from './target-rules.ts';
import { type DeclaredTarget, targetSchema } from './target-schema.ts';
import { vaultUrl } from './vault-url.ts';

/** Default of `prefix` if a vault has one declared target. */
const lonePrefix = 'ai-services';

const pointerOverlapMs = 2 * hourMs;

/**
 * The targets that a document declares, each with what was written of it, or everything that is wrong with the document.
 * @param document parsed JSON: a list of targets, or `{ "$schema": …, "targets": [ … ] }`
 * @param vaultSuffix of the cloud: `vault.azure.net`
 * @param at name of the setting that holds it; problems are reported as `{at}[0].overlap`
 * @param ownApp name of the app in which Keyturn runs, whose settings are no copies; null: not known
 */
export function declaredTargets(
  document: unknown,
  vaultSuffix: string,
  at: string,
  ownApp: string | null = null,
): {
  readonly targets: readonly Target[];
  readonly placed: readonly PlacedTarget[];
  readonly problems: readonly FieldProblem[];
} {
  const list = targetList(document);
  if (list === null) {
    const accepted = 'a list of targets, or an object with a list "targets"';
    return { targets: [], placed: [], problems: [{ field: at, found: found(document), accepted }] };
  }
  const problems: FieldProblem[] = [];
  const declared: (Omit<PlacedTarget, 'target'> & Pick<Target, 'vaultUrl' | 'copies'>)[] = [];
  for (const [index, entry] of list.entries()) {
    const here = `${at}[${index}]`;
    const parsed = targetSchema.safeParse(entry, { reportInput: true });
    if (!parsed.success) {
      problems.push(...fieldProblems(parsed.error, here));
      continue;
    }
    const url = vaultUrl(parsed.data.vault, vaultSuffix);
    if (url === null) {
      const accepted = `a vault's name, or https://<name>.${vaultSuffix}, the address of vaults in the cloud that KEYTURN_CLOUD names`;
      problems.push({ field: `${here}.vault`, found: found(parsed.data.vault), accepted });
      continue;
    }
    const { copies, problems: flaws } = declaredCopies(parsed.data.copies, `${here}.copies`, vaultSuffix, ownApp);
    problems.push(...flaws);
    declared.push({ at: here, written: entry, declared: parsed.data, vaultUrl: url, copies });
  }
  const placed: PlacedTarget[] = [];
  const byVault = Map.groupBy(declared, (one) => one.vaultUrl);
  for (const one of declared) {
    const neighbours = byVault.get(one.vaultUrl) ?? [];
    const prefix = one.declared.prefix ?? (neighbours.length === 1 ? lonePrefix : null);
    if (prefix === null) {
      const names = neighbours.map((neighbour) => neighbour.declared.name).join(', ');
      const accepted = `a prefix for each target of a vault that has several: ${one.vaultUrl} has ${names}`;
      problems.push({ field: `${one.at}.prefix`, found: 'nothing', accepted });
      continue;
    }
    const { vaultUrl: vault, copies, ...written } = one;
    placed.push({ ...written, target: { ...toTarget(one.declared, vault, prefix), copies } });
  }
  problems.push(...placed.flatMap(targetProblems), ...fleetProblems(placed));
  if (problems.length > 0) return { targets: [], placed: [], problems };
  return { targets: placed.map(({ target }) => target), placed, problems };
}

function targetList(document: unknown): readonly unknown[] | null {
  if (Array.isArray(document)) return document;
  if (typeof document !== 'object' || document === null || !('targets' in document)) return null;
  return Array.isArray(document.targets) ? document.targets : null;
}

/** Without copies, which no tag declares. @param url the vault's, as `vaultUrl` gives it */
export function toTarget(declared: DeclaredTarget, url: string, prefix: string): Target {
  const { directSecretName, directReadersAreCopies, pointerCache, keyCache, snapshotReads } = declared;
  const isByDirect = directSecretName !== undefined && !directReadersAreCopies;
  return {
    name: declared.name,
    account: declared.accountId,
    vaultUrl: url,
    prefix,
    layout:
      directSecretName === undefined
        ? { kind: 'pointer' }
        : { kind: 'direct', directSecretName, ...(directReadersAreCopies && { readers: 'copies' }) },
    copies: [],
    policy: {
      rotateEveryMs: declared.rotateEvery,
      overlapMs: declared.overlap ?? (isByDirect ? directHoldMs : pointerOverlapMs),
      // One snapshot of both lives as long as the longer cache: the sum of the two is then that cache.
      pointerCacheMs: snapshotReads ? Math.max(pointerCache, keyCache) : pointerCache,
      keyCacheMs: snapshotReads ? 0 : keyCache,
      longestRequestMs: declared.longestRequest,
      newKeyProof: { acceptances: declared.newKeyProof.acceptances, spreadMs: declared.newKeyProof.spread },
      probe: declared.probe,
      firstRotation: declared.firstRotation,
      driftEveryMs: declared.driftEvery,
      keyless: declared.keyless,
      secretExpiry: declared.secretExpiry,
      maxValidityMs: declared.maxValidity ?? null,
      stragglers: { holdMs: declared.holdForStragglers, after: declared.afterHold },
      calendar: declaredCalendar(declared),
      canary: declared.canary,
    },
  };
}

/** A target's windows and blackouts, each in its time zone: its own, else the target's. */
function declaredCalendar({
  timeZone,
  maintenanceWindows,
  blackoutDates,
}: Pick<DeclaredTarget, 'timeZone' | 'maintenanceWindows' | 'blackoutDates'>): StartCalendar {
  return {
    windows: maintenanceWindows.map((window) => ({ ...window, timeZone: window.timeZone ?? timeZone })),
    blackouts: blackoutDates.map((dates) => ({ ...dates, timeZone: dates.timeZone ?? timeZone })),
  };
}

/** UTF-8, its byte order mark left out; null if it is something else. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** What bytes that are no UTF-8 are, in words: `a file in UTF-16`. @param what such as `a file` */
export function notUtf8(bytes: Uint8Array, what: string): string {
  // A text of Latin letters has a zero in every other byte: what PowerShell's `>` writes.
  const isUtf16 = /^(?:\xff\xfe|\xfe\xff)|^.?\0/s.test(String.fromCharCode(...bytes.subarray(0, 2)));
  return isUtf16 ? `${what} in UTF-16` : `${what} that is not in UTF-8`;
}
