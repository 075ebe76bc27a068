import { createHash } from 'node:crypto';
import * as z from 'zod';
import { targetName } from '../../keys/target.ts';
import type { AccountRows } from '../../rotation/ports.ts';
import type { Clock } from '../../shared/clock.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import type { FieldProblem } from '../../shared/field-problem.ts';
import type { Log } from '../../shared/log-event.ts';
import { namesOf } from '../../shared/names-of.ts';
import { problem } from '../../shared/view-parts.ts';
import type { FoundTarget } from '../../targets/discovered-targets.ts';
import {
  changedAccounts,
  droppedTargets,
  type ListedTarget,
  needsAcceptance,
  nextList,
} from '../../targets/document-list.ts';
import type { BlobAnswer, DiscoveryRow, DiscoveryRows, TargetsBlob } from '../../targets/ports.ts';
import { type WrittenTarget, writtenTarget } from '../../targets/tagged-target.ts';
import {
  type DeclaredTargets,
  type KnownTarget,
  refusedDocumentReasons,
  targetsUnknown,
} from '../../targets/target-source.ts';
import {
  type DocumentContent,
  type DocumentProblem,
  readTargetsDocument,
  tooLarge,
} from '../../targets/targets-document.ts';
import { ttlCache } from '../sweep/ttl-cache.ts';
import { inTableOrder, isInFlight, isLookOf, keyOf, nameOf, saveChanges } from './found-rows.ts';

interface Parts {
  readonly blob: TargetsBlob;
  /** Container and name, as the setting has them. */
  readonly place: string;
  readonly listed: DiscoveryRows;
  readonly rows: Pick<AccountRows, 'load'>;
  readonly vaultSuffix: string;
  /** Name of the app in which Keyturn runs; null or left out: not known. */
  readonly ownApp?: string | null;
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The targets document as it was last judged, and what became of it. */
export interface DocumentReport extends Omit<Look, 'accepted'> {
  /** The document that is in force; null: none was ever accepted. */
  readonly accepted: Omit<Accepted, 'digest'> | null;
  /** Targets that wait for the rotation of another one, which has had their name, account or secrets, and why. */
  readonly waiting: readonly { readonly target: string; readonly problems: readonly FieldProblem[] }[];
}

/** What became of a document that an operator wants to be taken. */
type Acceptance =
  | { readonly kind: 'accepted'; readonly etag: string }
  /** It is another one by now. */
  | { readonly kind: 'changed-meanwhile'; readonly etag: string }
  | { readonly kind: 'invalid'; readonly problems: readonly DocumentProblem[] }
  | { readonly kind: 'absent' };

export interface DocumentTargets extends DeclaredTargets {
  /** @throws FailureError */
  report(): Promise<DocumentReport>;
  /**
   * Takes the document as it lies there now, whatever it drops, if its entity tag is one of `etags`.
   * @throws FailureError when it cannot be read, or what it declares cannot be saved
   */
  accept(etags: readonly string[], by: { readonly operator: string; readonly reason: string }): Promise<Acceptance>;
}

const written = z.record(z.string(), z.unknown());
const targetFields = z.object({ written, next: written.nullable().optional() });
const waitingFields = z.object({ written, problems: z.array(problem) });
const acceptedFields = z.object({
  etag: z.string(),
  atMs: z.number(),
  targets: z.number(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  /** Of the rows as they were saved: others show that a save was cut off, or met another one. */
  digest: z.string(),
});
const refusedFields = z.object({
  reason: z.enum(namesOf(refusedDocumentReasons)),
  /** Null if the document could not be read. */
  etag: z.string().nullable(),
  code: z.string().nullable(),
  problems: z.array(problem.extend({ line: z.number().nullable() })),
  problemsInAll: z.number(),
  /** Names of targets that it drops: the first of them. */
  dropped: z.array(z.string()),
  droppedInAll: z.number(),
  sinceMs: z.number(),
});
const lookFields = z.object({
  place: z.string(),
  accepted: acceptedFields.nullable(),
  /** What keeps the document from being taken as it lies there; null: nothing does. */
  refused: refusedFields.nullable(),
});
type Look = z.infer<typeof lookFields>;
type Accepted = z.infer<typeof acceptedFields>;
type Refused = z.infer<typeof refusedFields>;

const mostNames = 50;

/** As that of what discovery found. */
const listAgeMs = 15_000;

/**
 * The targets of a document in the app's own storage. Only the sweep reads it; it keeps what it accepts in rows, from
 * which every worker takes its targets: a document that is bad, gone or out of reach changes nothing.
 */
export function documentTargets(parts: Parts): DocumentTargets {
  const { blob, place, listed, rows, vaultSuffix, ownApp = null, instance, clock, log } = parts;
  const lately = ttlCache(
    clock,
    listAgeMs,
    () => listed.list(instance),
    async (all) => isWhole(all) && isLookOf(all, await listed.find(instance, 'look', 'last')),
  );
  /** Whether these are all rows of one list, as it was saved. Told once of each reading: to name ten thousand rows takes a while. */
  let named: { readonly of: readonly DiscoveryRow[]; readonly isWhole: boolean } | null = null;
  const isWhole = (all: readonly DiscoveryRow[]): boolean => {
    if (named?.of !== all) named = { of: all, isWhole: lookIn(all)?.accepted?.digest === digestOf(all) };
    return named.isWhole;
  };
  /** The document that this worker has judged. A newer release may judge otherwise, so each worker reads it once. */
  let judged: string | null = null;

  const foundIn = (one: WrittenTarget): FoundTarget | null => {
    const read = writtenTarget(one, vaultSuffix);
    return 'problems' in read ? null : { target: read.target, written: one, blocked: null };
  };
  /** Rows that this version cannot read count for nothing; the next document writes them again. */
  const listedIn = (row: DiscoveryRow): ListedTarget | null => {
    const { data: fields } = row.kind === 'target' ? targetFields.safeParse(row.fields) : { data: undefined };
    const found = fields === undefined ? null : foundIn(fields.written);
    if (fields === undefined || found === null) return null;
    const { next } = fields;
    return next === undefined ? found : { ...found, next, blocked: next === null ? 'no-longer-a-target' : null };
  };
  /** What the accepted document says, also of what has to wait. */
  const wantedIn = (all: readonly DiscoveryRow[]): readonly FoundTarget[] =>
    all.flatMap((row) => {
      const one = listedIn(row);
      if (one !== null) {
        const { next, ...stays } = one;
        return next === undefined ? stays : next === null ? [] : (foundIn(next) ?? []);
      }
      const waiting = waitingIn(row);
      return waiting === null ? [] : (foundIn(waiting.written) ?? []);
    });
  const known = ({ target, blocked }: ListedTarget): KnownTarget => ({ target, origin: 'declared', blocked });

  /** Lets `wanted` hold, as far as no rotation in flight has to end first, and keeps what is known of the document. */
  async function settle(
    before: readonly DiscoveryRow[],
    wanted: readonly FoundTarget[],
    accepted: Omit<Accepted, 'digest'> | null,
    refused: Refused | null,
  ): Promise<void> {
    const kept = before.flatMap((row) => listedIn(row) ?? []);
    const inFlight = new Set<string>();
    for (const target of changedAccounts(kept, wanted))
      if (await isInFlight(rows, target)) inFlight.add(target.account.armId.toLowerCase());
    const { targets, waiting } = nextList(kept, wanted, inFlight);
    const list = [
      ...targets.map(({ target, written: text, next }): DiscoveryRow => {
        const fields = next === undefined ? { written: text } : { written: text, next };
        return { kind: 'target', key: target.name, fields };
      }),
      ...waiting.map((fields): DiscoveryRow => ({ kind: 'refused', key: keyOf(fields.accountId), fields })),
    ];
    // Another release may have written them, and a document that is not taken is no reason to lose a target.
    const unread = refused === null ? [] : before.filter((row) => row.kind === 'target' && listedIn(row) === null);
    list.push(...unread.filter((row) => !list.some((one) => nameOf(one) === nameOf(row))));
    const digest = digestOf(list);
    const look: Look = { place, accepted: accepted && { ...accepted, digest }, refused };
    const after = [...list, { kind: 'look', key: 'last', fields: look } as const];
    const marked = await markUnsettled(before, digest);
    for (const target of await saveChanges(listed, lately, instance, marked, after))
      log({ event: 'target-gone', target });
  }

  /**
   * Until all rows are saved, and if the save is cut off, nobody takes the list of before for the one that stands.
   * @param digest of the list that is to be saved
   * @returns the rows as they stand then
   */
  async function markUnsettled(before: readonly DiscoveryRow[], digest: string): Promise<readonly DiscoveryRow[]> {
    const last = lookIn(before);
    if (last?.accepted == null || digestOf(before) === digest) return before;
    const fields: Look = { ...last, accepted: { ...last.accepted, digest: '' } };
    const mark: DiscoveryRow = { kind: 'look', key: 'last', fields };
    await listed.save(instance, [], [mark]);
    return [...before.filter(({ kind }) => kind !== 'look'), mark];
  }

  async function take(
    before: readonly DiscoveryRow[],
    { etag, targets: wanted }: { readonly etag: string; readonly targets: readonly FoundTarget[] },
    by: { readonly operator: string; readonly reason: string } | null,
  ): Promise<void> {
    const last = lookIn(before);
    const dropped = droppedTargets(wantedIn(before), wanted).length;
    const isNew = last?.accepted?.etag !== etag || last.place !== place;
    const accepted = isNew
      ? { etag, atMs: clock.nowMs(), targets: wanted.length, by: by?.operator ?? null, reason: by?.reason ?? null }
      : last.accepted;
    await settle(before, wanted, accepted, null);
    judged = etag;
    if (isNew)
      log({
        event: 'targets-document-accepted',
        etag,
        targets: wanted.length,
        dropped,
        operator: by?.operator ?? null,
      });
  }

  async function refuse(
    before: readonly DiscoveryRow[],
    found: Pick<Refused, 'reason'> & Partial<Omit<Refused, 'sinceMs'>>,
  ): Promise<void> {
    const refused = { ...nothingRead, ...found };
    const last = lookIn(before);
    const old = last?.refused ?? null;
    const isOld = old !== null && old.reason === refused.reason && old.etag === refused.etag;
    const sinceMs = isOld ? old.sinceMs : clock.nowMs();
    await settle(before, wantedIn(before), last?.accepted ?? null, { ...refused, sinceMs });
    judged = refused.etag;
    const { reason, etag, code, problems } = refused;
    if (!isOld) log({ event: 'targets-not-accepted', reason, etag, code, fields: problems.map(({ field }) => field) });
  }

  return {
    async refresh() {
      const before = await lately.fresh();
      const last = lookIn(before);
      const lastEtag = (last?.refused ?? last?.accepted)?.etag ?? null;
      const isJudged = last?.place === place && isWhole(before) && lastEtag === judged;
      const answer = await blob.read(isJudged ? judged : null).catch(asFailure);
      if (answer instanceof FailureError)
        return await refuse(before, { reason: 'document-unreadable', code: answer.failure.code });
      if (answer.kind === 'unchanged' && !before.some(isPending)) return;
      if (answer.kind === 'unchanged')
        return await settle(before, wantedIn(before), last?.accepted ?? null, last?.refused ?? null);
      if (answer.kind === 'absent') return await refuse(before, { reason: 'document-absent' });
      const { etag } = answer;
      const content = await contentOf(answer, vaultSuffix, ownApp);
      if (content.kind === 'invalid') {
        const { problems, problemsInAll } = content;
        return await refuse(before, { reason: 'document-invalid', etag, problems: [...problems], problemsInAll });
      }
      const inForce = wantedIn(before);
      const dropped = droppedTargets(inForce, content.targets);
      const isKnown = last?.accepted?.etag === etag && last.place === place;
      if (last?.accepted != null && !isKnown && needsAcceptance(dropped.length, inForce.length))
        return await refuse(before, {
          reason: 'targets-dropped',
          etag,
          dropped: dropped.slice(0, mostNames).map(({ name }) => name),
          droppedInAll: dropped.length,
        });
      await take(before, { etag, targets: content.targets }, null);
    },

    list: lately.from((all) => {
      if (lookIn(all)?.accepted == null) throw unknown();
      return all.flatMap((row) => listedIn(row) ?? []).map(known);
    }),

    async find(name) {
      // An address or a message may say anything; what no target can be called need not be looked for.
      if (!targetName.test(name)) return null;
      const row = await listed.find(instance, 'target', name);
      const one = row === null ? null : listedIn(row);
      if (one !== null) return known(one);
      const look = await listed.find(instance, 'look', 'last');
      if (look === null || lookIn([look])?.accepted == null) throw unknown();
      return null;
    },

    async report() {
      const all = await lately.rows();
      const look = lookIn(all) ?? { place, accepted: null, refused: null };
      const waiting = all.flatMap((row) => {
        const one = waitingIn(row);
        return one === null ? [] : [{ target: String(one.written.name), problems: one.problems }];
      });
      return { ...look, waiting };
    },

    async accept(etags, by) {
      const answer = await blob.read(null);
      // Asked without a condition, it is never unchanged.
      if (answer.kind === 'absent' || answer.kind === 'unchanged') return { kind: 'absent' };
      const { etag } = answer;
      if (!etags.includes(etag)) return { kind: 'changed-meanwhile', etag };
      const content = await contentOf(answer, vaultSuffix, ownApp);
      if (content.kind === 'invalid') return content;
      await take(await lately.fresh(), { etag, targets: content.targets }, by);
      return { kind: 'accepted', etag };
    },
  };
}

const nothingRead = { etag: null, code: null, problems: [], problemsInAll: 0, dropped: [], droppedInAll: 0 };

async function contentOf(
  answer: Extract<BlobAnswer, { kind: 'content' | 'too-large' }>,
  vaultSuffix: string,
  ownApp: string | null,
): Promise<DocumentContent> {
  if (answer.kind === 'too-large') return tooLarge(answer.bytes);
  return await readTargetsDocument(answer.bytes, vaultSuffix, ownApp);
}

function lookIn(all: readonly DiscoveryRow[]): Look | null {
  return lookFields.safeParse(all.find(({ kind }) => kind === 'look')?.fields).data ?? null;
}

function waitingIn({ kind, fields }: DiscoveryRow): z.infer<typeof waitingFields> | null {
  return kind === 'refused' ? (waitingFields.safeParse(fields).data ?? null) : null;
}

/** Whether a target waits for a rotation to end, its own or another one. */
function isPending({ kind, fields }: DiscoveryRow): boolean {
  return kind === 'refused' || (kind === 'target' && targetFields.safeParse(fields).data?.next !== undefined);
}

/** A name for the list as it is kept; what is known of the document is no part of it. */
function digestOf(all: readonly DiscoveryRow[]): string {
  const hash = createHash('sha256');
  for (const row of inTableOrder(all))
    if (row.kind !== 'look') hash.update(`${nameOf(row)} ${JSON.stringify(row.fields)}\n`);
  return hash.digest('hex');
}

function unknown(): FailureError {
  return new FailureError({ kind: 'not-applied', code: targetsUnknown, retryAfterMs: 5 * 60_000 });
}
