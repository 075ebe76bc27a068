import * as z from 'zod';
import { type FleetFacts, noFleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { parseArmId } from '../../shared/arm-id.ts';
import { missingPermission, viewLacked } from '../../shared/missing-permission.ts';
import type { oneAtATime } from '../../shared/one-at-a-time.ts';
import { isoOrNull } from '../../shared/time.ts';
import { notedReasons } from '../../targets/drift-notes.ts';
import {
  blockReasons,
  type DiscoveryReport,
  type KnownTarget,
  refusedReasons,
  type TargetSource,
} from '../../targets/target-source.ts';
import type { ListAnswer, TargetAnswer } from '../contract.ts';
import { fleetNow } from '../sweep/read-fleet.ts';
import type { TargetQuery, TargetSort } from './target-query.ts';
import type { DiscoveryView, ListedTarget } from './target-views.ts';
import { type ViewParts, viewTarget } from './view-target.ts';
import { type VisitParts, visitTargets } from './visit-targets.ts';

interface Parts extends ViewParts {
  readonly targets: TargetSource;
  readonly visitInBulk?: VisitParts['visitInBulk'];
}

/** So many targets, six to a read, take a third of the time that the sixteen reads of five thousand take. */
const mostReadApart = 512;

/**
 * Targets that fit a query, and the accounts whose tags ask for one in vain. In the order of names or subscriptions, and filtered by no more than
 * settings and tags say, a page reads the rows of its own targets; else the rows of all are read.
 * @param wholeLists kept from one list to the next: those of the whole fleet are read one after the other
 * @throws FailureError when the discovered ones cannot be read
 */
export async function listTargets(
  parts: Parts,
  query: TargetQuery,
  wholeLists: ReturnType<typeof oneAtATime>,
): Promise<ListAnswer> {
  const after = query.after === null ? null : readCursor(query.after, query.sort);
  if (after === undefined) return { kind: 'unknown-page' };
  const known: readonly string[] = notedReasons;
  const strange = query.drift?.find((reason) => !known.includes(reason));
  if (strange !== undefined) return { kind: 'unknown-drift', found: strange, known };
  const [all, report, fleet] = await Promise.all([
    parts.targets.list(),
    parts.targets.report(),
    fleetNow(parts, parts.fleet ?? noFleetLimits),
  ]);
  const wanted = all.filter((one) => isKnownToFit(one, query));
  const view = (some: readonly KnownTarget[]) => {
    const isWhole = some.length > Math.min(all.length / 2, mostReadApart);
    const visit = () =>
      visitTargets(parts, some, isWhole, (one, { rows, hardeningRows }) =>
        viewListed({ ...parts, rows, ...(hardeningRows && { hardening: { hardeningRows } }) }, one, fleet),
      );
    return isWhole ? wholeLists(visit) : visit();
  };
  const discovery = report && viewDiscovery(report);
  const { sort } = query;
  if ((sort === 'name' || sort === 'subscription') && !asksForRows(query)) {
    const cursorOf = ({ target: { account, name } }: KnownTarget) => ({ value: sortedBy[sort](account.armId), name });
    const { page, next } = paged(wanted, cursorOf, after, query);
    return { kind: 'listed', targets: await view(page), total: wanted.length, next, discovery };
  }
  const fitting = (await view(wanted)).filter((one) => fits(one, query));
  const { page, next } = paged(fitting, (one) => ({ value: sortValue(one, sort), name: one.name }), after, query);
  return { kind: 'listed', targets: page, total: fitting.length, next, discovery };
}

function isKnownToFit({ target }: KnownTarget, { subscriptions, text }: TargetQuery): boolean {
  const { name, account, vaultUrl } = target;
  return (
    (subscriptions === undefined || subscriptions.includes(account.subscriptionId.toLowerCase())) &&
    (text === undefined || [name, account.armId, vaultUrl].some((one) => one.toLowerCase().includes(text)))
  );
}

function asksForRows({ states, drift, dueBeforeMs, needsPerson }: TargetQuery): boolean {
  return [states, drift, dueBeforeMs, needsPerson].some((one) => one !== undefined);
}

function fits(one: ListedTarget, { states, drift, dueBeforeMs, needsPerson }: TargetQuery): boolean {
  return (
    (states === undefined || states.includes(one.state)) &&
    (drift === undefined || one.drift.some(({ reason }) => drift.includes(reason))) &&
    (dueBeforeMs === undefined || (one.nextDueAt !== null && Date.parse(one.nextDueAt) < dueBeforeMs)) &&
    (needsPerson === undefined || one.needsPerson === needsPerson)
  );
}

/** Orders that follow from an account's ARM id: they need no rows. */
const sortedBy = {
  name: () => '',
  subscription: (armId: string) => (parseArmId(armId)?.subscriptionId ?? '').toLowerCase(),
} as const;

/** What comes first is what a person looks for: the earliest due, what never is last. */
function sortValue({ nextDueAt, state, accountId }: ListedTarget, sort: TargetSort): string {
  switch (sort) {
    case 'due':
      return nextDueAt ?? '~';
    case 'state':
      return state;
    default:
      return sortedBy[sort](accountId);
  }
}

/** Where a page ends: values that sort as texts, and names if these are equal. */
interface Cursor {
  readonly value: string;
  readonly name: string;
}

/** The order of the list, then value and name: in another order these say nothing of where the page ended. */
const cursor = z.tuple([z.string(), z.string(), z.string()]);

/** Targets that came or went between two pages make none of the others come twice or be left out. */
function paged<T>(
  all: readonly T[],
  cursorOf: (one: T) => Cursor,
  after: Cursor | null,
  { sort, limit }: Pick<TargetQuery, 'sort' | 'limit'>,
) {
  const sorted = all
    .map((one) => ({ one, at: cursorOf(one) }))
    .sort((left, right) => compare(left.at, right.at))
    .filter(({ at }) => after === null || compare(at, after) > 0);
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  return {
    page: page.map(({ one }) => one),
    next: last === undefined || page.length === sorted.length ? null : writeCursor(last.at, sort),
  };
}

function compare(left: Cursor, right: Cursor): number {
  return order(left.value, right.value) || order(left.name, right.name);
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function writeCursor({ value, name }: Cursor, sort: TargetSort): string {
  return Buffer.from(JSON.stringify([sort, value, name])).toString('base64url');
}

/** Undefined for a text that is none of ours, or of another order. */
function readCursor(text: string, asked: TargetSort): Cursor | undefined {
  try {
    const [sort, value, name] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return sort === asked ? { value, name } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws FailureError when the discovered ones cannot be read */
export async function readTarget(parts: Parts, name: string): Promise<TargetAnswer> {
  const known = await parts.targets.read(name);
  return known === null ? { kind: 'unknown-target' } : { kind: 'found', target: await viewListed(parts, known) };
}

async function viewListed(
  parts: Parts,
  { target, origin, blocked }: KnownTarget,
  fleet?: FleetFacts,
): Promise<ListedTarget> {
  const view = await viewTarget(parts, target, fleet, { origin, blocked });
  return { ...view, origin, blocked: blocked && { reason: blocked, detail: blockReasons[blocked] } };
}

function viewDiscovery({ foundAtMs, failure, unreadable, refused }: DiscoveryReport): DiscoveryView {
  // Resource Graph refuses nothing: it leaves out what the caller may not read.
  const missing = unreadable.length > 0 ? missingPermission('Microsoft.Resources/subscriptions/read') : null;
  return {
    foundAt: isoOrNull(foundAtMs),
    failure,
    unreadableSubscriptions: unreadable,
    ...viewLacked(missing),
    refused: refused.map((one) => ({ ...one, detail: refusedReasons[one.reason] })),
  };
}
