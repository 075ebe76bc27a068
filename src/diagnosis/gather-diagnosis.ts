import { keyFingerprints } from '../keys/key-fingerprints.ts';
import type { ProbedAccount, ReadSecret } from '../keys/ports.ts';
import { secretNames, type Target } from '../keys/target.ts';
import { namedSlot, readVault, type SecretFact, secretFact } from '../keys/vault-snapshot.ts';
import { asFailure } from '../shared/failure.ts';
import type { Slot } from '../shared/slot.ts';
import type { GatheredFacts, Tried } from './diagnosis-facts.ts';
import type { DiagnosisPorts } from './ports.ts';

/** Asks everything that a diagnosis is made from, all at once if one answer does not need another. Changes nothing. */
export async function gatherDiagnosis(ports: DiagnosisPorts, target: Target): Promise<GatheredFacts> {
  const { accounts, secrets, nameLookup, clock } = ports;
  const { account } = target;
  const salt = ports.newId();
  const vaultHost = new URL(target.vaultUrl).hostname;
  const [vault, exposure, keys, vaultFound, principal, assigned, leaked, status, locks] = await Promise.all([
    tried(readVault(secrets, target, salt)),
    tried(ports.exposure(account)),
    tried(accounts.listKeys(account)),
    nameLookup.lookup(vaultHost),
    tried(ports.identities.ownPrincipalId()),
    tried(ports.authorization.assignmentsAt(account.armId)),
    tried(ports.leaked(account)),
    tried(ports.status(target)),
    tried(ports.locks(account)),
  ]);
  const principalId = principal.kind === 'answered' ? principal.value : null;
  const seen = vault.kind === 'answered' ? vault.value : null;
  const active = seen === null ? null : namedSlot(seen.snapshot);
  const place = exposure.kind === 'answered' ? exposure.value : null;
  const host = place === null ? undefined : URL.parse(place.endpoint)?.hostname;
  const [accepted, token, accountFound, before] = await Promise.all([
    place === null || seen === null || active === null ? null : acceptedKey(ports, place, seen.keys[active]),
    place === null ? null : ports.tokenProbe.call(place),
    host === undefined ? null : nameLookup.lookup(host),
    active === null ? null : versionBefore(ports, target, active, salt),
  ]);
  return {
    target,
    names: {
      account: host === undefined || accountFound === null ? null : { host, found: accountFound },
      vault: { host: vaultHost, found: vaultFound },
    },
    vault: mapped(vault, ({ snapshot }) => snapshot),
    before,
    exposure,
    keys: mapped(keys, (pair) => keyFingerprints(pair, salt)),
    accepted,
    leaked,
    status,
    locks,
    token,
    roles: mapped(assigned, (all) => all.filter((one) => one.principalId === principalId)),
    principalId,
    nowMs: clock.nowMs(),
  };
}

async function acceptedKey({ probe }: DiagnosisPorts, place: ProbedAccount, { secret }: ReadSecret) {
  return secret.kind === 'stored' ? await probe.call(place, secret.value) : null;
}

/** The newest version but one of the active key's secret. */
async function versionBefore(
  { secrets }: DiagnosisPorts,
  target: Target,
  active: Slot,
  salt: string,
): Promise<SecretFact | null> {
  const name = secretNames(target)[active];
  const versions = await tried(secrets.listVersions(name));
  if (versions.kind === 'failed') return null;
  const [, before] = [...versions.value].sort((one, other) => other.createdAtMs - one.createdAtMs);
  if (before === undefined || !before.enabled) return null;
  const read = await tried(secrets.readVersion(name, before.version));
  return read.kind === 'answered' ? secretFact(read.value, salt) : null;
}

/** An adapter's failure is a fact here. */
async function tried<T>(asked: Promise<T>): Promise<Tried<T>> {
  return await asked.then(
    (value) => ({ kind: 'answered', value }),
    (error: unknown) => ({ kind: 'failed', failure: asFailure(error).failure }),
  );
}

function mapped<T, U>(one: Tried<T>, to: (value: T) => U): Tried<U> {
  return one.kind === 'answered' ? { kind: 'answered', value: to(one.value) } : one;
}
