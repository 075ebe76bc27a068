import type { CopyFact, SeenCopy } from '../keys/copies/copy.ts';
import { type CopyPorts, readCopies } from '../keys/copies/copy-kinds.ts';
import { type SeenVersions, versionsIn } from '../keys/gate.ts';
import { type KeyFingerprints, keyFingerprints } from '../keys/key-fingerprints.ts';
import type { ReadSecret } from '../keys/ports.ts';
import { secretNames, type Target } from '../keys/target.ts';
import { readVault } from '../keys/vault-snapshot.ts';
import type { AdoptPorts } from './adopt-rules.ts';
import { agrees, type CopiesFound, copiesFound, type DriftFacts, type DriftReason, drift } from './drift.ts';

export interface DriftPorts extends Pick<AdoptPorts, 'accounts' | 'secrets' | 'clock'> {
  readonly copies: CopyPorts;
}

export interface DriftRules extends Pick<DriftFacts, 'instance' | 'internalId' | 'isKeyless' | 'known'> {
  readonly salt: string;
  /** What is new must be seen by two looks this far apart: `listKeys` may be stale, and a person may be at work. */
  readonly staleBoundMs: number;
  /** What was last seen in copies. */
  readonly seenCopies: readonly SeenCopy[];
  /** What earlier looks have found. */
  readonly noted: ReadonlySet<string>;
}

export interface DriftLook {
  readonly reasons: readonly DriftReason[];
  readonly copies: CopiesFound;
  /** The account's keys, if the vault holds both. */
  readonly agreed: KeyFingerprints | null;
  /** Which versions stood there at each look. */
  readonly found: readonly SeenVersions[];
  /** Whether a copy holds anything but what was last seen in it. */
  readonly copiesOtherwise: boolean;
  /** The vault's clock when all of that had been seen. */
  readonly seenByMs: number;
  /** The earlier end of the two key secrets; null: none. */
  readonly expiresAtMs: number | null;
}

/**
 * Compares vault and account. Only reads: an ARM get, a listKeys, the target's secrets and copies; twice if it finds something new.
 * @throws FailureError
 */
export async function lookForDrift(ports: DriftPorts, target: Target, rules: DriftRules): Promise<DriftLook> {
  const first = await look(ports, target, rules);
  if (first.reasons.every((reason) => rules.noted.has(reason))) return first;
  await ports.clock.sleep(rules.staleBoundMs);
  const second = await look(ports, target, rules);
  return {
    ...second,
    found: [...first.found, ...second.found],
    copiesOtherwise: first.copiesOtherwise || second.copiesOtherwise,
    reasons: second.reasons.filter((reason) => rules.noted.has(reason) || first.reasons.includes(reason)),
  };
}

async function look(
  { accounts, secrets, copies: places }: DriftPorts,
  target: Target,
  { instance, internalId, salt, known, isKeyless, seenCopies }: DriftRules,
): Promise<DriftLook> {
  const account = await accounts.get(target.account);
  const keys = account.localAuthDisabled ? null : keyFingerprints(await accounts.listKeys(target.account), salt);
  const { snapshot: vault, keys: stored } = await readVault(secrets, target, salt);
  const { secret } = await secrets.read(secretNames(target).endpoint);
  const endpointIsRight = secret.kind === 'stored' && secret.value.reveal() === account.endpoint;
  const endpointTags = secret.kind === 'stored' ? secret.tags : {};
  const copies = isKeyless ? [] : await readCopies(target, places, salt, seenCopies);
  const { armId } = target.account;
  const seen = { account, keys, vault, endpointIsRight, endpointTags, copies };
  const facts: DriftFacts = { armId, instance, internalId, ...seen, known, isKeyless };
  return {
    reasons: drift(facts),
    copies: copiesFound(facts),
    agreed: agrees(facts) ? keys : null,
    found: [versionsIn(vault)],
    copiesOtherwise: copies.some((copy) => isOtherwise(copy, seenCopies)),
    seenByMs: vault.seenByMs,
    expiresAtMs: earlierEnd([stored.key1, stored.key2]),
  };
}

function isOtherwise(copy: CopyFact, seenCopies: readonly SeenCopy[]): boolean {
  const seen = seenCopies.find(({ name }) => name === copy.name);
  return seen !== undefined && 'mark' in copy && copy.mark.mark !== seen.mark;
}

function earlierEnd(keys: readonly ReadSecret[]): number | null {
  const ends = keys.flatMap(({ secret }) =>
    secret.kind === 'stored' && secret.expiresAtMs !== null ? [secret.expiresAtMs] : [],
  );
  return ends.length === 0 ? null : Math.min(...ends);
}
