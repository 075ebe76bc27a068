import * as z from 'zod';
import { targetName } from '../../keys/target.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import { FailureError } from '../../shared/failure.ts';
import type { Log } from '../../shared/log-event.ts';
import { namesOf } from '../../shared/names-of.ts';
import { problem } from '../../shared/view-parts.ts';
import { candidatesIn, type DiscoveryRules, type FoundTarget, weighTargets } from '../../targets/discovered-targets.ts';
import { fleetClaims } from '../../targets/fleet-rules.ts';
import type { AccountSearch, DiscoveryRow, DiscoveryRows, Inventory } from '../../targets/ports.ts';
import { writtenTarget } from '../../targets/tagged-target.ts';
import {
  blockReasons,
  type DeclaredTargets,
  type KnownTarget,
  type RefusedAccount,
  refusedReasons,
  type TargetSource,
} from '../../targets/target-source.ts';
import { ttlCache } from '../sweep/ttl-cache.ts';
import { inTableOrder, isInFlight, isLookOf, keyOf, nameOf, saveChanges } from './found-rows.ts';

interface Parts {
  readonly declared: DeclaredTargets;
  readonly search: AccountSearch;
  readonly found: DiscoveryRows;
  readonly rows: AccountRows;
  /** No subscriptions: tags are not looked at, and what was discovered before ends with its rotations. */
  readonly rules: DiscoveryRules;
  readonly clock: Clock;
  readonly log: Log;
}

const blocked = z.enum(namesOf(blockReasons)).nullable();
const targetFields = z.object({ written: z.record(z.string(), z.unknown()), blocked });
const refusedFields = z.object({
  accountId: z.string(),
  reason: z.enum(namesOf(refusedReasons)),
  problems: z.array(problem),
});
const lookFields = z.object({
  foundAtMs: z.number().nullable(),
  failure: z.string().nullable(),
  unreadable: z.array(z.string()),
});
type Look = z.infer<typeof lookFields>;

/**
 * Discovery itself is minutes behind the tags; so much later a worker may notice what another one's sweep has found. At
 * ten thousand targets the list is ten pages: events and requests that come together share one reading of it.
 */
const listAgeMs = 15_000;

/** The declared targets, and those that tags on AI accounts make. The list is kept in rows, so that only the sweep asks Azure for it. */
export function knownTargets({ declared, search, found, rows, rules, clock, log }: Parts): TargetSource {
  const { instance, vaultSuffix } = rules;
  const isOn = rules.subscriptions.length > 0;
  const lately = ttlCache(
    clock,
    listAgeMs,
    () => found.list(instance),
    // A save that is cut off changes no look; the next sweep's does.
    async (all) => isOn && isLookOf(all, await found.find(instance, 'look', 'last')),
  );

  /** Rows that this version cannot read count for nothing; the next look writes them again. */
  const foundIn = (row: DiscoveryRow): FoundTarget | null => {
    const parsed = targetFields.safeParse(row.fields);
    if (!parsed.success) return null;
    const read = writtenTarget(parsed.data.written, vaultSuffix);
    return 'problems' in read ? null : { target: read.target, ...parsed.data };
  };

  async function refresh(): Promise<void> {
    await declared.refresh();
    const before = await found.list(instance);
    if (!isOn && before.length === 0) return;
    const lookedAtMs = clock.nowMs();
    const last = lookIn(before);
    const inventory = isOn ? await search.taggedAccounts().catch(asCode) : nothing;
    if (typeof inventory === 'string') {
      log({ event: 'discovery-failed', code: inventory });
      const look: Look = { foundAtMs: last?.foundAtMs ?? null, unreadable: last?.unreadable ?? [], failure: inventory };
      const row: DiscoveryRow = { kind: 'look', key: 'last', fields: look };
      await found.save(instance, [], [row]);
      return lately.keep([...before.filter(({ kind }) => kind !== 'look'), row]);
    }
    const declaredNow = (await declared.list()).map(({ target }) => target);
    const { candidates, refused, pausedDeclared } = candidatesIn(inventory, declaredNow, rules);
    const kept = before.flatMap((row) => (row.kind === 'target' ? (foundIn(row) ?? []) : []));
    const asBefore = new Set(candidates.map(({ written }) => JSON.stringify(written)));
    const inFlight = new Set<string>();
    for (const one of kept)
      if (!asBefore.has(JSON.stringify(one.written)) && (await isInFlight(rows, one.target)))
        inFlight.add(one.target.account.armId.toLowerCase());
    const readable = inventory.subscriptions;
    const weighed = weighTargets(candidates, { declared: declaredNow, kept, inFlight, readable }, rules);

    const unreadable = rules.subscriptions.filter((id) => !readable.has(id));
    const look: Look = { foundAtMs: lookedAtMs, failure: null, unreadable: [...unreadable] };
    const after: DiscoveryRow[] = [
      ...weighed.targets.map(({ target, written, blocked: held }): DiscoveryRow => {
        return { kind: 'target', key: target.name, fields: { written, blocked: held } };
      }),
      ...[...refused, ...weighed.refused].map((fields): DiscoveryRow => {
        return { kind: 'refused', key: keyOf(fields.accountId), fields };
      }),
      ...pausedDeclared.map((accountId): DiscoveryRow => {
        return { kind: 'paused', key: keyOf(accountId), fields: { accountId } };
      }),
      { kind: 'look', key: 'last', fields: look },
    ];
    const gone = await saveChanges(found, lately, instance, before, after);
    // If another worker saved beside this one, the next sweep of any of them says so.
    lately.keep(inTableOrder(after));
    notify(before, after);
    for (const target of gone) log({ event: 'target-gone', target });
  }

  /** A line for each account that became a target, or is newly refused. */
  function notify(before: readonly DiscoveryRow[], after: readonly DiscoveryRow[]): void {
    const was = new Map(before.map((row) => [nameOf(row), row]));
    for (const row of after) {
      const old = was.get(nameOf(row));
      if (row.kind === 'target' && old === undefined) log({ event: 'target-discovered', target: row.key });
      const refused = row.kind === 'refused' ? refusedIn(row) : null;
      if (refused !== null && (old === undefined || refusedIn(old)?.reason !== refused.reason))
        log({ event: 'account-refused', accountId: refused.accountId, reason: refused.reason });
    }
  }

  const known = ({ target, blocked: held }: FoundTarget): KnownTarget => {
    return { target, origin: 'discovered', blocked: isOn ? held : 'no-longer-a-target' };
  };

  const listOf = (all: readonly DiscoveryRow[], declaredNow: readonly KnownTarget[]): readonly KnownTarget[] => {
    const paused = new Set(all.flatMap(({ kind, key }) => (kind === 'paused' ? key : [])));
    const targets = declaredNow.map((one): KnownTarget => {
      const isHeld = isOn && paused.has(keyOf(one.target.account.armId));
      return isHeld ? { ...one, blocked: one.blocked ?? 'paused-by-tag' } : one;
    });
    const discovered = all.flatMap((row) => (row.kind === 'target' ? (foundIn(row) ?? []) : []));
    if (discovered.length === 0) return targets;
    // What is declared may have changed since the last look: it wins here already.
    const claims = fleetClaims();
    for (const { target } of targets) claims.take({ at: target.name, target });
    for (const one of discovered)
      if (claims.problems({ at: one.target.name, target: one.target }).length === 0) targets.push(known(one));
    return targets;
  };
  /** Made once of what it is made of. */
  let listed: {
    readonly all: readonly DiscoveryRow[];
    readonly declaredNow: readonly KnownTarget[];
    readonly targets: readonly KnownTarget[];
  } | null = null;

  return {
    refresh,

    async list() {
      const [all, declaredNow] = await Promise.all([lately.rows(), declared.list()]);
      if (listed?.all !== all || listed.declaredNow !== declaredNow)
        listed = { all, declaredNow, targets: listOf(all, declaredNow) };
      return listed.targets;
    },

    async read(name) {
      const one = await this.find(name);
      if (one === null) return null;
      const { target, origin, blocked: held } = one;
      if (origin === 'declared') {
        const isHeld = isOn && (await found.find(instance, 'paused', keyOf(target.account.armId))) !== null;
        return { ...one, blocked: held ?? (isHeld ? 'paused-by-tag' : null) };
      }
      const claims = fleetClaims();
      for (const { target: other } of await declared.list()) claims.take({ at: other.name, target: other });
      return claims.problems({ at: name, target }).length === 0 ? one : null;
    },

    async find(name) {
      const written = await declared.find(name);
      if (written !== null) return written;
      // An address or a message may say anything; what no target can be called need not be looked for.
      if (!targetName.test(name)) return null;
      const row = await found.find(instance, 'target', name);
      const one = row === null ? null : foundIn(row);
      if (one === null) return null;
      const id = one.target.account.armId.toLowerCase();
      const isDeclared = (await declared.list()).some(({ target }) => target.account.armId.toLowerCase() === id);
      return isDeclared ? null : known(one);
    },

    async report() {
      if (!isOn) return null;
      const all = await lately.rows();
      const look = lookIn(all) ?? { foundAtMs: null, failure: null, unreadable: [] };
      return { ...look, refused: all.flatMap((row) => (row.kind === 'refused' ? (refusedIn(row) ?? []) : [])) };
    },
  };
}

const nothing: Inventory = { accounts: [], subscriptions: new Set() };

function lookIn(all: readonly DiscoveryRow[]): Look | null {
  return lookFields.safeParse(all.find(({ kind }) => kind === 'look')?.fields).data ?? null;
}

function refusedIn({ fields }: DiscoveryRow): RefusedAccount | null {
  return refusedFields.safeParse(fields).data ?? null;
}

function asCode(error: unknown): string {
  if (error instanceof FailureError) return error.failure.code;
  throw error;
}
