import { type LastSeen, sameVersions } from '../../keys/gate.ts';
import type { KeyFingerprints } from '../../keys/key-fingerprints.ts';
import { secretNames, type Target } from '../../keys/target.ts';
import { type AccountRow, schemaVersion } from '../account-row.ts';
import type { RowChange } from '../owned-account.ts';
import { isAdoptedAs } from '../requests/start-rotation.ts';

/** What the row must know of an adopted target; null when nothing was adopted. */
export interface AdoptedFacts extends Readonly<Pick<AccountRow, 'internalId' | 'accountKind' | 'endpoint'>> {
  readonly accountLocation: string;
  readonly seen: LastSeen;
  /** Both keys as the vault holds them, named with `salt`. */
  readonly keys: { readonly salt: string; readonly fingerprints: KeyFingerprints };
  /** The direct-value secret's life under another tool; null: as the row has it. */
  readonly validity: AccountRow['foundValidity'];
}

/** What a row says of an account of which nothing is known. */
export const noPast = {
  lastSeen: null,
  copies: [],
  lastDone: null,
  adoptedAtMs: null,
  firstRotationConfirmedBy: null,
  superseded: [],
  operatorRequest: null,
  leak: null,
  leaks: [],
  leakGoneAtMs: null,
  requestRefused: null,
  rotation: null,
  lastEnd: null,
  foundValidity: null,
  wakeAtMs: null,
} satisfies Partial<AccountRow>;

/** The row of an account that Keyturn has not met before. */
export function newRow(instance: string, target: Target, token: string): AccountRow {
  return {
    schemaVersion,
    armId: target.account.armId,
    ...whereSecretsLie(target),
    internalId: '',
    accountKind: '',
    endpoint: '',
    accountLocation: null,
    instance,
    lease: { kind: 'held', token, saveSeq: 1 },
    settleUntilMs: 0,
    inDoubt: null,
    ...noPast,
    wakeSeq: 0,
  };
}

function whereSecretsLie(target: Target) {
  return {
    target: target.name,
    vaultUrl: target.vaultUrl,
    prefix: target.prefix,
    directSecretName: secretNames(target).direct,
  };
}

/** Where the secrets lie is what was adopted; a changed setting counts from the next adoption. */
export function asAdopted(
  target: Target,
  { vaultUrl, prefix, directSecretName }: Pick<AccountRow, 'vaultUrl' | 'prefix' | 'directSecretName'>,
): Target {
  const layout =
    directSecretName === null ? ({ kind: 'pointer' } as const) : ({ kind: 'direct', directSecretName } as const);
  return { ...target, vaultUrl, prefix, layout };
}

/** What was last seen stays so if nothing changed; an account recreated has no past. */
export function adoptedRow(
  row: AccountRow,
  target: Target,
  instance: string,
  adopted: AdoptedFacts,
  nowMs: number,
): RowChange {
  const { seen, validity, keys: _keys, ...account } = adopted;
  const isAnew = row.internalId !== '' && row.internalId !== account.internalId;
  const isSame = row.lastSeen?.pointer === seen.pointer && sameVersions(row.lastSeen.versions, seen.versions);
  return {
    ...whereSecretsLie(target),
    instance,
    ...account,
    foundValidity: validity ?? row.foundValidity,
    lastSeen: isSame ? row.lastSeen : seen,
    adoptedAtMs: isAnew ? nowMs : (row.adoptedAtMs ?? nowMs),
    ...(isAnew
      ? {
          ...{ lastDone: null, firstRotationConfirmedBy: null, rotation: null, leak: null },
          leaks: row.leaks.filter(({ isKnown }) => isKnown),
        }
      : forItsConsumers(row, target)),
  };
}

/**
 * A rotation that stands while its target is adopted with other secrets gets other consumers: they have the target's whole
 * overlap. One that replaces a leaked key keeps the overlap that was stated for it. Anything else is not named here: a
 * rotation that is started meanwhile stays.
 */
function forItsConsumers(row: AccountRow, target: Target): RowChange {
  const { rotation } = row;
  if (rotation?.kind !== 'suspended' || isAdoptedAs(row, target)) return {};
  const { from } = rotation;
  const { overlapMs } = target.policy;
  if (from.leaked !== null || from.overlap.ms >= overlapMs) return {};
  return { rotation: { ...rotation, from: { ...from, overlap: { ms: overlapMs, by: 'target', reason: 'policy' } } } };
}
