import { knownRole, type Role, roleFrom } from '../../hardening/access/role.ts';
import { causeOf } from '../../hardening/hardening-refusals.ts';
import {
  type KeylessChange,
  type KeylessState,
  keylessState,
  keysAsEver,
} from '../../hardening/keyless/keyless-state.ts';
import { keylessWork } from '../../hardening/keyless/keyless-work.ts';
import { type AskedIdentity, actionsFor, type KeyUse, planKeyless } from '../../hardening/keyless/plan-keyless.ts';
import type { KeylessPorts } from '../../hardening/keyless/ports.ts';
import {
  type HardeningPlace,
  type Hold,
  type LeasedHardening,
  readHardening,
} from '../../hardening/lease-hardening.ts';
import { viewPlan } from '../../hardening/plan-view.ts';
import { mayCallEndpoint } from '../../keys/endpoint-calls.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { readRowOrNewer } from '../../rotation/account-row.ts';
import { markKeyless, unmarkKeyless } from '../../rotation/requests/mark-keyless.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { openRisks } from '../../shared/difference.ts';
import { matches } from '../../shared/entity-tag.ts';
import { asFailure, FailureError } from '../../shared/failure.ts';
import { type Fence, readOnlyFence } from '../../shared/fence.ts';
import { missingPermission, withMissing } from '../../shared/missing-permission.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import { dayMs, iso } from '../../shared/time.ts';
import { adopt } from '../../targets/adopt.ts';
import { notNow } from '../answers.ts';
import type { Operator } from '../contract.ts';
import { pauseBlocker, viewBlockers } from '../rotations/blockers.ts';
import { storeSecrets } from '../targets/store-secrets.ts';
import { readPointedKey } from '../targets/try-active-key.ts';
import type { AccessParts } from './change-access.ts';
import type { HardeningAnswer, KeylessRequest, KeylessView } from './hardening-contract.ts';
import { keylessBlockers, keylessWait } from './keyless-blockers.ts';
import { holdArea, holdUnlessChanged, logEnd, runHardening } from './run-hardening.ts';
import { readAccessState } from './view-access.ts';
import { keylessTag, viewKeyless } from './view-keyless.ts';

/** How far back the activity log is asked who listed keys. */
const keyUseDays = 30;

/**
 * Turns keys off or on, or answers the plan, with whatever would refuse the request now or keep it waiting.
 * @throws FailureError
 */
export async function changeKeyless(
  parts: AccessParts,
  target: Target,
  request: KeylessRequest,
  by: Operator,
): Promise<HardeningAnswer<KeylessView>> {
  const { hardening } = parts;
  const { account } = target;
  const { enabled, dryRun } = request;
  const paused = await pauseBlocker(parts);
  if (paused !== null && !dryRun) return paused;
  const { state: before, busyForMs } = await readHardening(hardening.hardeningRows, keylessPlace(account));
  const facts = await hardening.localAuth.read(account);
  const etag = keylessTag(before, facts);
  if (!matches(request.ifMatch, etag)) return { kind: 'changed-meanwhile', etag };
  const isKeyless = before.offSinceMs !== null && before.change === null;
  const keyUse = await readKeyUse(parts, target);
  const row = await readRowOrNewer(parts.rows, target.account);
  const known = row === 'newer-schema' ? null : row;
  const plan = planKeyless(
    enabled,
    {
      account: facts,
      token: enabled ? await hardening.tokenProbe.call(facts) : { kind: 'accepted' },
      identities: enabled ? await askedIdentities(parts, target, request.identities) : [],
      keyUse,
      copies: target.copies.map(({ name }) => name),
    },
    isKeyless || (known?.keyless ?? null) !== null,
    known?.leaks.map(({ slot }) => slot),
  );
  const isCallingOff = !enabled && before.change !== null && isTurningOff(before.change);
  const isAsAsked = plan.length === 0;
  const moment = { enabled, isAsAsked, change: before.change, isCallingOff, busyForMs, account: facts, row };
  const blockers = keylessBlockers(moment, target);
  const blockedBy = viewBlockers([paused, ...blockers]);
  const shown = viewPlan(plan, request.confirm, actionsFor, { blockedBy, waitsFor: keylessWait(moment) });
  if (dryRun) return { kind: 'plan', plan: shown, etag };
  const [blocker] = blockers;
  if (blocker !== undefined) return blocker;
  const open = openRisks(plan, request.confirm);
  if (open.length > 0) return { kind: 'not-confirmed', open, plan: shown, etag };
  if (before.change !== null) return await callOff(parts, target, before.change.id, by, keyUse);
  if (isAsAsked) return { kind: 'applied', ...(await viewKeyless(parts, target, before, keyUse)) };

  const hold = await holdUnlessChanged(await holdArea(parts, target, keylessPlace(account), null), before);
  if (hold.kind !== 'held') return hold;
  const { held } = hold;
  // What a revert restores is what stands now: until the lease was ours somebody may have turned keys off.
  const found = await hardening.localAuth.read(account).catch(asFailure);
  if (found instanceof FailureError || found.localAuthDisabled !== facts.localAuthDisabled) {
    await held.giveBack({});
    if (found instanceof FailureError) throw found;
    return { kind: 'changed-meanwhile', etag: keylessTag(before, found) };
  }
  const { state } = held.row;
  const nowMs = held.nowMs();
  const next: KeylessState = {
    ...state,
    change: {
      id: parts.newId(),
      by: by.objectId,
      startedAtMs: nowMs,
      proveWithinMs: request.proveWithinMinutes * 60_000,
      hadKeys: !facts.localAuthDisabled,
      storedKeySeen: null,
      at: enabled ? { kind: 'announcing' } : { kind: 'turning-on' },
      stepSinceMs: nowMs,
      calledOff: null,
      tries: 0,
      sends: 0,
      sent: false,
      code: null,
      waiting: null,
    },
  };
  await held.saveResult({ state: next });
  parts.log({ event: 'hardening-change-begun', target: target.name, area: 'keyless', operator: by.objectId });
  await work(parts, target, held, 0);
  const viewed = await viewKeyless(parts, target, await readKeyless(parts, target), keyUse);
  return { kind: viewed.view.change === null ? 'applied' : 'under-way', ...viewed };
}

/** Whether keys are on their way off, and not on their way back. */
function isTurningOff({ at }: KeylessChange): boolean {
  return at.kind === 'announcing' || at.kind === 'turning-off' || at.kind === 'proving';
}

/**
 * Lets the change revert that is turning keys off. What it has sent to Azure may still be applied: the change itself waits
 * for that.
 */
async function callOff(
  parts: AccessParts,
  target: Target,
  changeId: string,
  by: Operator,
  keyUse: KeyUse,
): Promise<HardeningAnswer<KeylessView>> {
  const hold = await holdArea(parts, target, keylessPlace(target.account), null);
  if (hold.kind !== 'held') return notNow('busy', null, hold.kind === 'busy' ? hold.forMs : null);
  const { held } = hold;
  const { state } = held.row;
  if (state.change?.id !== changeId || !isTurningOff(state.change)) {
    await held.giveBack({});
    return notNow('lost-race');
  }
  const calledOff = state.change.calledOff ?? { by: by.objectId, atMs: held.nowMs() };
  await held.saveResult({ state: { ...state, change: { ...state.change, calledOff } } });
  parts.log({ event: 'hardening-change-called-off', target: target.name, area: 'keyless', operator: by.objectId });
  await work(parts, target, held, 0, true);
  const viewed = await viewKeyless(parts, target, await readKeyless(parts, target), keyUse);
  return { kind: viewed.view.change === null ? 'applied' : 'under-way', ...viewed };
}

/** Whether the account takes keys, and what is known of their use. @throws FailureError */
export async function showKeyless(parts: AccessParts, target: Target): Promise<HardeningAnswer<KeylessView>> {
  const [state, keyUse] = await Promise.all([readKeyless(parts, target), readKeyUse(parts, target)]);
  return { kind: 'found', ...(await viewKeyless(parts, target, state, keyUse)) };
}

/**
 * Goes on with the change under way.
 * @param resumedAtMs when a pause of the instance last ended, by the storage service's clock; 0 for never
 * @throws FailureError
 */
export async function advanceKeyless(
  parts: AccessParts,
  target: Target,
  wakeSeq: number,
  resumedAtMs: number,
): Promise<Hold<unknown>['kind']> {
  const hold = await holdArea(parts, target, keylessPlace(target.account), wakeSeq);
  if (hold.kind === 'held') await work(parts, target, hold.held, resumedAtMs);
  return hold.kind;
}

/** What the journal says of a target's way without keys. @throws FailureError */
export async function readKeyless({ hardening }: AccessParts, { account }: Target): Promise<KeylessState> {
  return (await readHardening(hardening.hardeningRows, keylessPlace(account))).state;
}

/** Where it is kept whether an account takes keys. */
export function keylessPlace(account: AccountId): HardeningPlace<KeylessState> {
  return { account, area: 'keyless', schema: keylessState, initial: keysAsEver };
}

/** Who else asked for the keys. @throws nothing: a source that cannot be asked makes it unknown */
async function readKeyUse({ hardening, clock }: AccessParts, { account }: Target): Promise<KeyUse> {
  const sinceMs = clock.nowMs() - keyUseDays * dayMs;
  try {
    const own = await hardening.identities.ownPrincipalId();
    const others = (await hardening.activityLog.keyListings(account, sinceMs)).filter(({ caller }) => caller !== own);
    const latest = new Map<string, number>();
    for (const { caller, atMs } of others) latest.set(caller, Math.max(atMs, latest.get(caller) ?? 0));
    if (latest.size > 0) {
      const callers = [...latest].map(([caller, atMs]) => ({ caller, lastAt: iso(atMs) }));
      return { kind: 'seen', callers };
    }
    return {
      kind: 'unknown',
      detail: `The activity log shows nobody but Keyturn listing keys in ${keyUseDays} days. Keys may have been copied before, or read from the vault: no source tells who uses them.`,
    };
  } catch (error) {
    const { failure } = asFailure(error);
    const missing = missingPermission(failure.kind === 'refused' ? failure.action : null);
    const detail = `The activity log could not be asked (${failure.code}); it needs Microsoft.Insights/eventtypes/values/Read on the subscription.`;
    return { kind: 'unknown', detail: withMissing(detail, missing) };
  }
}

async function work(
  parts: AccessParts,
  target: Target,
  held: LeasedHardening<KeylessState>,
  resumedAtMs: number,
  looksInDoubt = false,
): Promise<void> {
  const { hardening, clock, random, probe } = parts;
  const by = held.row.state.change?.by ?? parts.instance;
  const ports = {
    localAuth: hardening.localAuth,
    tokenProbe: hardening.tokenProbe,
    keyProbe: probe,
    clock,
    storedKey: () => storedKey(parts, target),
    listKeys: () => parts.accounts(readOnlyFence).listKeys(target.account),
    markKeyless: (fence: Fence) => markKeyless(parts, target, by, fence),
    adoptAgain: (onlyMarked: boolean, isLast: boolean) => adoptAgain(parts, target, onlyMarked, isLast),
    isPaused: async () => (await readPause(parts)).paused,
  };
  const { change } = held.row.state;
  const carried = keylessWork(ports, target.account, random, resumedAtMs);
  await runHardening(parts, target, 'keyless', held, carried, { looksInDoubt });
  logEnd(parts, target, 'keyless', change, held.row.state);
}

/** The active key as consumers have it; null if there is none, or keys are never tried on the endpoint. */
async function storedKey({ secrets }: AccessParts, target: Target) {
  return mayCallEndpoint(target) ? await readPointedKey(secrets(target.vaultUrl, readOnlyFence), target) : null;
}

/** Stores what the account has now, as an adoption does, and restarts the age of all of it. */
async function adoptAgain(
  parts: AccessParts,
  target: Target,
  onlyMarked: boolean,
  isLast: boolean,
): ReturnType<KeylessPorts['adoptAgain']> {
  const row = await readRowOrNewer(parts.rows, target.account);
  if (row === 'newer-schema') return row;
  if (row === null || row.adoptedAtMs === null) return 'adopted';
  if (onlyMarked && (row.keyless ?? null) === null) return 'adopted';
  const intent = { kind: 'adopt', askedSlot: null, takeOver: false } as const;
  const stored = await storeSecrets(parts, target, 'adopted', (ports, rules) =>
    adopt(ports, target, { ...rules, intent }),
  ).catch((error: unknown) => {
    const { failure } = asFailure(error);
    // Of keys that are off again the change itself decides.
    if (!isLast || failure.kind !== 'refused' || failure.reason === 'local-auth-disabled') throw error;
    return { kind: 'failed', cause: causeOf(failure) } as const;
  });
  const passes = ['busy', 'lease-lost', 'in-flight', 'settling', 'account-busy', 'keys-unsteady', 'endpoint-unclear'];
  const isPassing = stored.kind === 'not-now' && (passes.includes(stored.reason) || stored.reason === 'key-refused');
  if (isPassing && !isLast) return 'busy';
  const read = await parts.secrets(target.vaultUrl, readOnlyFence).read(secretNames(target).pointer).catch(asFailure);
  const vaultNowMs = read instanceof FailureError ? null : read.vaultNowMs;
  if ((await unmarkKeyless(parts, target, vaultNowMs)) === 'busy') return 'busy';
  if (stored.kind === 'stored') return 'adopted';
  return { refused: stored.kind === 'failed' ? stored.cause : { code: stored.reason } };
}

/** The identities that are to work without keys, and whether a role lets them. */
async function askedIdentities(
  parts: AccessParts,
  target: Target,
  named: readonly string[] | null,
): Promise<readonly AskedIdentity[]> {
  const { authorization, identities } = parts.hardening;
  const { armId } = target.account;
  const asked = (await readAccessState(parts.hardening, target)).asked ?? [];
  const own = await identities.ownPrincipalId();
  const ids = new Set((named ?? []).map((id) => id.toLowerCase()));
  for (const { identity } of named === null ? asked : []) {
    const found = identity.kind === 'user-assigned' ? await identities.find(identity.armId) : identity;
    if (found !== null) ids.add(found.principalId.toLowerCase());
  }
  // Keyturn's own is tried for real.
  ids.delete(own.toLowerCase());
  const assignments = ids.size === 0 ? [] : await authorization.assignmentsAt(armId);
  const roles = new Map<string, Role | null>();
  const answers: AskedIdentity[] = [];
  for (const principalId of ids) {
    let hasRole = false;
    for (const one of assignments) {
      if (hasRole || one.principalId.toLowerCase() !== principalId || one.hasCondition) continue;
      const role = roles.get(one.roleGuid) ?? knownRole(one.roleGuid) ?? (await lookUp(parts, armId, one.roleGuid));
      roles.set(one.roleGuid, role);
      // Anybody who has a role for another data plane of the account may well be right: only roles without any are not enough.
      hasRole = role?.usesService === true;
    }
    answers.push({ principalId, hasRole });
  }
  return answers;
}

async function lookUp({ hardening }: AccessParts, scope: string, guid: string): Promise<Role | null> {
  const found = await hardening.authorization.roleByGuid(scope, guid);
  return found === null ? null : roleFrom(found);
}
