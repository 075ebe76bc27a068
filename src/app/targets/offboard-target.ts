import * as z from 'zod';
import { leaseMs, overtakenAfterMs } from '../../durable/numbers.ts';
import type { StoredRow } from '../../durable/ports.ts';
import { parseHardeningRow } from '../../hardening/hardening-row.ts';
import { viewPlan } from '../../hardening/plan-view.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import type { Secrets, StoredSecret } from '../../keys/ports.ts';
import { type SecretPart, secretNames, secretParts, type Target } from '../../keys/target.ts';
import { type AccountRow, parseAccountRow } from '../../rotation/account-row.ts';
import { giveUpAccount } from '../../rotation/adoption/give-up-account.ts';
import { hasHistory, removeAllHistory } from '../../rotation/audit/remove-history.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { openRisks } from '../../shared/difference.ts';
import { entityTag, matches } from '../../shared/entity-tag.ts';
import { FailureError } from '../../shared/failure.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { missingPermission } from '../../shared/missing-permission.ts';
import type { KnownTarget } from '../../targets/target-source.ts';
import { notNow } from '../answers.ts';
import type { NotNow, OffboardAnswer, OffboardRequest, Operator } from '../contract.ts';
import { viewBlockers } from '../rotations/blockers.ts';
import { type OffboardChange, type OffboardFacts, planOffboarding } from './offboard-plan.ts';
import { busyRetryMs, notHeld } from './store-secrets.ts';

interface Parts extends EnginePorts {
  readonly hardeningRows: HardeningRows;
}

/**
 * Offboards a target, or answers the plan. The tags of Keyturn's go first, then the rows beside the account's own, which
 * goes last: done again after a crash, it goes on from there.
 * @throws FailureError
 */
export async function offboardTarget(
  parts: Parts,
  known: KnownTarget,
  request: OffboardRequest,
  by: Operator,
): Promise<OffboardAnswer> {
  const { target } = known;
  const gathered = await gather(parts, target);
  if (gathered === 'newer-schema') return notNow('newer-schema');
  const { facts, hardeningRows, atWork } = gathered;
  const plan = planOffboarding(known, facts, { instance: parts.instance, history: request.history });
  const etag = entityTag(plan);
  // No ARM action: what it needs is the vault's.
  const blockedBy = viewBlockers([plan.length === 0 ? null : atWork]);
  const shown = viewPlan(plan, request.confirm, () => [], { blockedBy, waitsFor: null });
  if (request.dryRun) return { kind: 'plan', plan: shown, etag };
  if (plan.length === 0) return { kind: 'offboarded', target: target.name, plan: shown };
  if (request.ifMatch === null) return { kind: 'unconditional', etag };
  if (!matches(request.ifMatch, etag)) return { kind: 'changed-meanwhile', etag };
  const open = openRisks(plan, request.confirm);
  if (open.length > 0) return { kind: 'not-confirmed', open, plan: shown, etag };

  const clear = async (): Promise<'done' | 'lost-race'> => {
    for (const [area, { etag: seen }] of hardeningRows)
      if ((await parts.hardeningRows.remove(target.account, area, seen)) === 'conflict') return 'lost-race';
    await parts.rows.removeNotes(target.account);
    return 'done';
  };
  const { row } = facts;
  if (row !== null) {
    const given = await giveUpAccount(
      parts,
      target,
      by.objectId,
      (now) => stateOf(now) === stateOf(row),
      async ({ fence, renewLease }) => {
        const secrets = parts.secrets(target.vaultUrl, fence);
        for (const one of plan) if (one.change.kind === 'untag') await untag(secrets, one.change, renewLease);
        await renewLease();
        return await clear();
      },
    );
    if (given.kind !== 'given-up') return notHeld(given);
  } else if ((await clear()) === 'lost-race') return notNow('lost-race');
  if (plan.some(({ change }) => change.kind === 'remove-history')) await removeAllHistory(parts.rows, target.account);
  parts.log({
    event: 'target-offboarded',
    target: target.name,
    operator: by.objectId,
    secretsChanged: plan.filter((one) => one.change.kind === 'untag').length,
  });
  return { kind: 'offboarded', target: target.name, plan: shown };
}

/** What a plan rests on. */
function stateOf({ rotation, leak, leaks, adoptedAtMs }: AccountRow): string {
  return JSON.stringify([rotation, leak, leaks, adoptedAtMs]);
}

/** Only of the version that was planned for, and only if it still has those tags. */
async function untag(
  secrets: Secrets,
  { secret: name, version, tags }: Extract<OffboardChange, { kind: 'untag' }>,
  renewLease: () => Promise<void>,
): Promise<void> {
  await renewLease();
  const { secret } = await secrets.read(name);
  if (secret.kind !== 'stored' || secret.version !== version || !tags.some((tag) => tag in secret.tags)) return;
  const kept = Object.entries(secret.tags).filter(([tag]) => !tags.includes(tag));
  await secrets.setTags(name, version, Object.fromEntries(kept));
}

/** What stands of an area's row, whatever its area. */
const anyHardening = z.looseObject({ change: z.unknown() });

async function gather(parts: Parts, target: Target) {
  const { account } = target;
  const [stored, hardeningRows, isKept] = await Promise.all([
    parts.rows.load(account),
    parts.hardeningRows.loadAll(account),
    hasHistory(parts.rows, account),
  ]);
  const row = stored === null ? null : parseAccountRow(stored.fields);
  if (row === 'newer-schema') return row;
  const facts: OffboardFacts = {
    row,
    hardeningRows: [...hardeningRows].map(([area, row]) => ({ area, isChanging: isChanging(row) })),
    vault: await readSecrets(parts.secrets(target.vaultUrl, readOnlyFence), target),
    hasHistory: isKept,
  };
  return { facts, hardeningRows, atWork: stored !== null && row !== null ? whoIsAt(row, stored) : null };
}

/** What `giveUpAccount` would meet now: a worker, or a write that may still arrive. */
function whoIsAt(row: AccountRow, { savedAtMs, storageNowMs }: StoredRow): NotNow | null {
  const isHeld = row.lease.kind === 'held';
  if (isHeld && storageNowMs < savedAtMs + leaseMs) return notNow('busy', null, busyRetryMs);
  const untilMs = Math.max(row.settleUntilMs, isHeld ? savedAtMs + overtakenAfterMs : 0);
  return storageNowMs < untilMs ? notNow('settling', null, untilMs - storageNowMs) : null;
}

function isChanging({ fields }: StoredRow): boolean {
  return parseHardeningRow(anyHardening, fields).state.change !== null;
}

async function readSecrets(secrets: Secrets, target: Target): Promise<OffboardFacts['vault']> {
  const names = secretNames(target);
  const found: Partial<Record<SecretPart, StoredSecret>> = {};
  try {
    for (const part of secretParts) {
      const name = names[part];
      if (name !== null) found[part] = (await secrets.read(name)).secret;
    }
    return found;
  } catch (error) {
    // Somebody who leaves may have taken Keyturn's rights, or the vault, away first.
    if (!(error instanceof FailureError) || error.failure.kind !== 'refused') throw error;
    const { reason, action } = error.failure;
    return { refused: reason, missing: missingPermission(action) };
  }
}
