import type { DiagnosisFacts } from '../../src/diagnosis/diagnosis-facts.ts';
import type { AccountExposure } from '../../src/diagnosis/ports.ts';
import type { SecretFact } from '../../src/keys/vault-snapshot.ts';
import type { Failure } from '../../src/shared/failure.ts';
import type { Fingerprint } from '../../src/shared/fingerprint.ts';
import type { RefusalReason } from '../../src/shared/refusals.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

export const nowMs = Date.parse('2026-01-10T09:00:00Z');
export const dayMs = 24 * 3_600_000;

/** A secret that holds the key called `print`. */
export function secret(print: string, createdAtMs = nowMs - 5 * dayMs): SecretFact {
  return {
    kind: 'stored',
    version: print,
    createdAtMs,
    fingerprint: print as Fingerprint,
    tags: {},
    contentType: null,
  };
}

export function pointer(value: string, createdAtMs = nowMs - 5 * dayMs) {
  return { kind: 'stored', version: 'p', createdAtMs, value, tags: {}, contentType: null } as const;
}

export const fingerprints = (key1: string, key2: string) => ({ key1: key1 as Fingerprint, key2: key2 as Fingerprint });

export function failed(failure: Failure) {
  return { kind: 'failed', failure } as const;
}

export function refused(reason: RefusalReason, code: string, action?: string) {
  return failed({ kind: 'refused', reason, code, ...(action === undefined ? {} : { action }) });
}

export function exposure(change: Partial<AccountExposure> = {}) {
  return { kind: 'answered', value: { ...openDoors, ...change } } as const;
}

const openDoors: AccountExposure = {
  kind: 'AIServices',
  endpoint: 'https://ai-secure-demo.cognitiveservices.azure.com/',
  subdomain: 'ai-secure-demo',
  localAuthDisabled: false,
  provisioningState: 'Succeeded',
  rules: { publicNetworkAccess: 'Enabled', defaultAction: 'Allow', ipRules: [] },
  connections: [],
};

export const snapshot = {
  vaultNowMs: nowMs,
  seenByMs: nowMs,
  pointer: pointer('key1'),
  key1: secret('one'),
  key2: secret('two'),
  direct: null,
} as const;

/** A target with which nothing is wrong; a test names only what matters to it. */
export function buildFacts(change: Partial<DiagnosisFacts> = {}): DiagnosisFacts {
  return {
    target: buildTarget(),
    names: {
      account: {
        host: 'ai-secure-demo.cognitiveservices.azure.com',
        found: { kind: 'addresses', addresses: ['20.1.2.3'] },
      },
      vault: { host: 'kv-ai102-secure.vault.azure.net', found: { kind: 'addresses', addresses: ['20.9.9.9'] } },
    },
    vault: { kind: 'answered', value: snapshot },
    before: null,
    exposure: exposure(),
    keys: { kind: 'answered', value: fingerprints('one', 'two') },
    accepted: { kind: 'accepted' },
    leaked: { kind: 'answered', value: [] },
    status: {
      kind: 'answered',
      value: { kind: 'none', rotationId: null, reason: null, detail: '', lastFailure: null, whatToDo: '' },
    },
    locks: { kind: 'answered', value: [] },
    token: { kind: 'accepted' },
    roles: { kind: 'answered', value: [] },
    principalId: 'keyturn-object-id',
    nowMs,
    address: { value: '203.0.113.7', from: 'request' },
    ...change,
  };
}
