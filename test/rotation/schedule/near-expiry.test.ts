import { describe, expect, it } from 'vitest';
import type { StoredSecret } from '../../../src/keys/ports.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { type EventFacts, nearExpiryAnswer } from '../../../src/rotation/schedule/near-expiry.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs, nowMs } from '../row-builder.ts';
import { buildFleet } from './fleet-builder.ts';

const dayMs = 24 * hourMs;
const target = buildTarget();
const version = 'ee059b2bb5bc48398a53b168c6cdcb10';
const suspended = {
  kind: 'suspended',
  from: buildState('probing'),
  reason: 'new-key-not-accepted',
  sinceMs: nowMs,
} as NonNullable<AccountRow['rotation']>;
const done = { rotationId: 'r0', salt: 's', fingerprints: { key1: 'p1', key2: 'p2' } } as NonNullable<
  AccountRow['lastDone']
>;

const idle: Partial<AccountRow> = {
  rotation: null,
  adoptedAtMs: nowMs - 90 * dayMs,
  lastDone: { ...done, atMs: nowMs - 60 * dayMs },
};

function stored(change: Partial<Extract<StoredSecret, { kind: 'stored' }>> = {}): StoredSecret {
  return {
    kind: 'stored',
    name: 'ai-services-key1',
    version,
    value: new SecretText('0123456789abcdef'),
    enabled: true,
    createdAtMs: nowMs - 60 * dayMs,
    expiresAtMs: nowMs + 30 * dayMs,
    contentType: null,
    tags: { CredentialId: 'key1', ProviderAddress: target.account.armId },
    ...change,
  };
}

interface Given {
  readonly facts?: Partial<EventFacts>;
  readonly row?: Partial<AccountRow>;
  readonly secret?: StoredSecret;
}

function answer({ facts = {}, row = {}, secret = stored() }: Given, asked = target) {
  const found = { secret, vaultNowMs: nowMs };
  const given = {
    role: 'key1',
    version,
    paused: false,
    row: buildRow({ ...idle, ...row }),
    nowMs,
    found,
    origin: 'declared',
    fleet: buildFleet(),
  } as const;
  const said = nearExpiryAnswer({ ...given, ...facts }, asked);
  return said.kind === 'leave' ? said.reason : said.kind;
}

describe('an event about a key that nears its end', () => {
  it.each<[string, Given]>([
    ['at the 30th day before it', {}],
    ['a little ahead of that', { secret: stored({ expiresAtMs: nowMs + 30 * dayMs + hourMs }) }],
    ['after it', { secret: stored({ expiresAtMs: nowMs - dayMs }) }],
    ['of a secret whose tags a person has lost', { secret: stored({ tags: {} }) }],
    [
      'of tags in another case',
      { secret: stored({ tags: { CredentialId: ' KEY1', ProviderAddress: target.account.armId.toUpperCase() } }) },
    ],
    [
      'of the direct-value secret, whichever slot it holds',
      { facts: { role: 'direct' }, secret: stored({ tags: { CredentialId: 'key2' } }) },
    ],
    [
      'if somebody made it short-lived long after the last rotation',
      { secret: stored({ createdAtMs: nowMs - dayMs, expiresAtMs: nowMs + dayMs }) },
    ],
    [
      'if the overlap of the last rotation is just over',
      { row: { lastDone: { ...done, atMs: nowMs - target.policy.overlapMs } } },
    ],
    [
      'if a person undid the last one a day ago',
      { row: { lastEnd: { outcome: 'cancelled', endedAtMs: nowMs - dayMs } as AccountRow['lastEnd'] } },
    ],
  ])('starts a rotation %s', (_, given) => {
    expect(answer(given)).toBe('start');
  });
});

describe('an event leads to nothing', () => {
  it.each<[string, Given]>([
    ['pointer-secret', { facts: { role: 'pointer' } }],
    ['endpoint-secret', { facts: { role: 'endpoint' } }],
    ['not-adopted', { row: { adoptedAtMs: null } }],
    ['adopted-elsewhere', { row: { prefix: 'another' } }],
    ['suspended', { row: { rotation: suspended } }],
    ['in-flight', { row: { rotation: buildState('overlapping') } }],
    ['paused', { facts: { paused: true } }],
    ['awaiting-first-rotation', { row: { lastDone: null, firstRotationConfirmedBy: null } }],
    ['rotated-recently', { row: { lastDone: { ...done, atMs: nowMs - target.policy.overlapMs + 1 } } }],
    [
      'undone-recently',
      { row: { lastEnd: { outcome: 'rolled-back', endedAtMs: nowMs - dayMs + 1 } as AccountRow['lastEnd'] } },
    ],
    ['secret-gone', { secret: { kind: 'absent' } }],
    ['secret-disabled', { secret: { kind: 'disabled' } }],
    ['old-version', { secret: stored({ version: 'f'.repeat(32) }) }],
    ['another-account', { secret: stored({ tags: { ProviderAddress: '/subscriptions/other' } }) }],
    ['tags-differ', { secret: stored({ tags: { CredentialId: 'key2' } }) }],
    ['tags-differ', { facts: { role: 'direct' }, secret: stored({ tags: { CredentialId: 'primary' } }) }],
    ['not-near-expiry', { secret: stored({ expiresAtMs: nowMs + 31 * dayMs }) }],
    ['not-near-expiry', { secret: stored({ expiresAtMs: null }) }],
    [
      'validity-too-short',
      {
        row: { lastDone: { ...done, atMs: nowMs - 30 * dayMs + 1 } },
        secret: stored({ createdAtMs: nowMs - 1000, expiresAtMs: nowMs - 1000 + 30 * dayMs }),
      },
    ],
  ])('for the reason %s', (reason, given) => {
    expect(answer(given)).toBe(reason);
  });

  const canaries = buildFleet({ pendingCanaries: ['bird'] });
  const { discovered } = canaries.heldUpBy;
  const breaker = buildFleet({ failed: 1 }, { stopAfterFailures: 1 });
  /** It could start first two days ago: ten days on it waits for no canary any more. */
  const lately = { blackouts: [{ from: '2025-11-01', to: '2026-01-02', timeZone: 'UTC' }], windows: [] };
  const late = (expiresAtMs: number, facts: Partial<EventFacts>) =>
    answer({ facts, secret: stored({ expiresAtMs }) }, { ...target, policy: { ...target.policy, calendar: lately } });
  it.each<[string, number, Partial<EventFacts>, string]>([
    ['while canaries come first', 7 * dayMs + 1, { fleet: canaries }, 'canaries-first'],
    ['but what expires within a week waits for no canary', 7 * dayMs, { fleet: canaries }, 'start'],
    ['while the circuit breaker is open, whatever expires', hourMs, { fleet: breaker }, 'circuit-breaker-open'],
    [
      'but a declared target waits for nothing that holds up discovered ones',
      8 * dayMs,
      { fleet: { ...buildFleet(), heldUpBy: { declared: buildFleet().heldUpBy.declared, discovered } } },
      'start',
    ],
  ])('%s', (_, expiresInMs, facts, expected) => {
    expect(late(nowMs + expiresInMs, facts)).toBe(expected);
  });

  it('before the vault is asked, if the journal alone says so', () => {
    expect(answer({ facts: { found: null }, row: { rotation: buildState('overlapping') } })).toBe('in-flight');
    expect(answer({ facts: { found: null } })).toBe('ask-vault');
  });
});
