import { type FleetFacts, noFleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { missingPermission, viewLacked } from '../../shared/missing-permission.ts';
import { iso } from '../../shared/time.ts';
import {
  blockReasons,
  type DiscoveryReport,
  type KnownTarget,
  refusedReasons,
  type TargetSource,
} from '../../targets/target-source.ts';
import type { ListAnswer, TargetAnswer } from '../contract.ts';
import { fleetNow } from '../sweep/read-fleet.ts';
import type { DiscoveryView, ListedTarget } from './target-views.ts';
import { type ViewParts, viewTarget } from './view-target.ts';
import { type VisitParts, visitTargets } from './visit-targets.ts';

interface Parts extends ViewParts {
  readonly targets: TargetSource;
  readonly visitInBulk?: VisitParts['visitInBulk'];
}

/**
 * Every target, and the accounts whose tags ask for one in vain.
 * @throws FailureError when the discovered ones cannot be read
 */
export async function listTargets(parts: Parts): Promise<ListAnswer> {
  const [known, report] = await Promise.all([parts.targets.list(), parts.targets.report()]);
  const fleet = await fleetNow(parts, parts.fleet ?? noFleetLimits);
  const targets = await visitTargets(parts, known, true, (one, { rows, hardeningRows }) =>
    viewListed({ ...parts, rows, ...(hardeningRows && { hardening: { hardeningRows } }) }, one, fleet),
  );
  return { kind: 'listed', targets, discovery: report && viewDiscovery(report) };
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
    foundAt: foundAtMs === null ? null : iso(foundAtMs),
    failure,
    unreadableSubscriptions: unreadable,
    ...viewLacked(missing),
    refused: refused.map((one) => ({ ...one, detail: refusedReasons[one.reason] })),
  };
}
