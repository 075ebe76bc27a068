import type { AccessState, Grant } from '../../hardening/access/access-state.ts';
import { accessWork, actionsFor } from '../../hardening/access/access-work.ts';
import { groupScopeOf, resolveAccess } from '../../hardening/access/gather-access.ts';
import { keyturnDescription } from '../../hardening/access/made-by-keyturn.ts';
import { planAccess } from '../../hardening/access/plan-access.ts';
import { type Hold, type LeasedHardening, readHardening } from '../../hardening/lease-hardening.ts';
import { viewPlan } from '../../hardening/plan-view.ts';
import { mayCallEndpoint } from '../../keys/endpoint-calls.ts';
import type { Target } from '../../keys/target.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { openRisks } from '../../shared/difference.ts';
import { matches } from '../../shared/entity-tag.ts';
import { sameResource } from '../../shared/resource-id.ts';
import type { TargetSource } from '../../targets/target-source.ts';
import { notNow } from '../answers.ts';
import type { Operator } from '../contract.ts';
import { pauseBlocker, viewBlockers } from '../rotations/blockers.ts';
import type { AccessRequest, AccessView, HardeningAnswer } from './hardening-contract.ts';
import type { HardeningPorts } from './hardening-ports.ts';
import { holdArea, holdUnlessChanged, logEnd, runHardening } from './run-hardening.ts';
import { accessPlace, accessTag, readAccessState, viewAccess } from './view-access.ts';

export interface AccessParts extends EnginePorts {
  readonly hardening: HardeningPorts;
  readonly targets: TargetSource;
}

/**
 * Brings the roles on an account to what is asked, or answers the plan, with whatever would refuse the request now. Nothing is
 * written if nothing differs.
 * @throws FailureError
 */
export async function changeAccess(
  parts: AccessParts,
  target: Target,
  request: AccessRequest,
  by: Operator,
): Promise<HardeningAnswer<AccessView>> {
  const { hardening } = parts;
  const { account } = target;
  const { dryRun } = request;
  const paused = await pauseBlocker(parts);
  if (paused !== null && !dryRun) return paused;
  // Before all that the plan is made from: a change that began and ended meanwhile makes the plan void.
  const { state: before, busyForMs } = await readHardening(hardening.hardeningRows, accessPlace(account));
  const resolved = await resolveAccess(hardening, account, request.identities);
  if (resolved.problems.length > 0) return { kind: 'invalid', problems: resolved.problems };
  const { grants, principals } = resolved;
  const assignments = await hardening.authorization.assignmentsAt(account.armId);
  const etag = accessTag(before, assignments);
  if (!matches(request.ifMatch, etag)) return { kind: 'changed-meanwhile', etag };
  const isSame = JSON.stringify(before.asked) === JSON.stringify(grants);
  if (before.change !== null && !dryRun)
    // The same request again meets its own change.
    return isSame ? { kind: 'under-way', ...(await viewAccess(parts, target)) } : notNow('hardening-change-running');
  const facts = {
    principals,
    assignments,
    askedByOthers: await askedByOthers(parts, target),
    account: await hardening.localAuth.read(account),
    endpointCalls: mayCallEndpoint(target),
  };
  const rules = {
    accountScope: account.armId,
    groupScope: groupScopeOf(account),
    description: keyturnDescription(parts.instance, target.name),
  };
  const plan = planAccess(grants, facts, rules);
  const isAsAsked = plan.length === 0 && isSame;
  const isRunning = before.change === null ? !isAsAsked && busyForMs > 0 : !isSame;
  const blockedBy = viewBlockers([paused, isRunning ? notNow('hardening-change-running') : null]);
  const shown = viewPlan(plan, request.confirm, actionsFor, { blockedBy, waitsFor: null });
  if (dryRun) return { kind: 'plan', plan: shown, etag };
  const open = openRisks(plan, request.confirm);
  if (open.length > 0) return { kind: 'not-confirmed', open, plan: shown, etag };
  if (isAsAsked) return { kind: 'applied', ...(await viewAccess(parts, target)) };

  const hold = await holdUnlessChanged(await holdArea(parts, target, accessPlace(account), null), before);
  if (hold.kind !== 'held') return hold;
  const { held } = hold;
  const { state } = held.row;
  const nowMs = held.nowMs();
  const change: AccessState['change'] = {
    id: parts.newId(),
    by: by.objectId,
    startedAtMs: nowMs,
    steps: plan.map(({ what, why, change: wanted }) => ({ what, why, change: wanted, doneAtMs: null })),
    stepSinceMs: nowMs,
    tries: 0,
    rounds: 0,
    waiting: null,
    code: null,
    ownAccess: null,
  };
  // The intent first: a crash after any step leaves a row from which the rest goes on.
  await held.saveResult({ state: { ...state, asked: [...grants], change } });
  parts.log({ event: 'hardening-change-begun', target: target.name, area: 'access', operator: by.objectId });
  await work(parts, target, held, 0);
  const viewed = await viewAccess(parts, target);
  return { kind: viewed.view.change === null ? 'applied' : 'under-way', ...viewed };
}

/** Who has which role now, beside what was asked. @throws FailureError */
export async function readAccess(parts: AccessParts, target: Target): Promise<HardeningAnswer<AccessView>> {
  return { kind: 'found', ...(await viewAccess(parts, target)) };
}

/**
 * Goes on with the change under way.
 * @param resumedAtMs when a pause of the instance last ended, by the storage service's clock; 0 for never
 * @throws FailureError
 */
export async function advanceAccess(
  parts: AccessParts,
  target: Target,
  wakeSeq: number,
  resumedAtMs: number,
): Promise<Hold<unknown>['kind']> {
  const hold = await holdArea(parts, target, accessPlace(target.account), wakeSeq);
  if (hold.kind === 'held') await work(parts, target, hold.held, resumedAtMs);
  return hold.kind;
}

async function work(
  parts: AccessParts,
  target: Target,
  held: LeasedHardening<AccessState>,
  resumedAtMs: number,
): Promise<void> {
  const { hardening, instance, random } = parts;
  const { account, name } = target;
  const { kind, endpoint } = await hardening.localAuth.read(account);
  const description = keyturnDescription(instance, name);
  const { change } = held.row.state;
  const facts = { kind, endpoint, accountScope: account.armId, description };
  await runHardening(parts, target, 'access', held, accessWork(hardening, facts, random, resumedAtMs));
  logEnd(parts, target, 'access', change, held.row.state);
}

/**
 * What other targets in the same resource group ask for at it: an assignment that two ask for is made once, and stays
 * while one of them wants it.
 */
async function askedByOthers({ hardening, targets }: AccessParts, target: Target): Promise<readonly Grant[]> {
  const group = groupScopeOf(target.account);
  const neighbours = (await targets.list())
    .map((known) => known.target)
    .filter(({ name, account }) => name !== target.name && sameResource(groupScopeOf(account), group));
  const asked: Grant[] = [];
  for (const neighbour of neighbours) {
    const grants = (await readAccessState(hardening, neighbour)).asked ?? [];
    asked.push(...grants.filter(({ scope }) => sameResource(scope, group)));
  }
  return asked;
}
