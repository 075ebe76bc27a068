import { describe, expect, it } from 'vitest';
import { viewRotation } from '../../src/rotation/rotation-view.ts';
import type { RotationState } from '../../src/rotation/state.ts';
import { buildTarget } from '../memory-world/target-builder.ts';
import { buildState, buildSuspended, nowMs } from './row-builder.ts';

const action = 'Microsoft.CognitiveServices/accounts/listKeys/action';
const lastFailure = { code: 'AuthorizationFailed', atMs: nowMs, action };

describe('what an identity lacked', () => {
  it.each([
    ['role-spreading', true],
    ['retry-later', true],
    ['caches-not-expired', false],
    ['settling', false],
    ['endpoint-unclear', false],
  ] as const)('is told with the wait for %s: %s', (waiting, isTold) => {
    const view = viewRotation(buildState('preparing', { waiting, lastFailure }), [], buildTarget(), null);
    expect(view.missingAction).toBe(isTold ? action : null);
    expect(view.detail?.includes(action)).toBe(isTold);
  });

  it.each([
    ['account-access-denied', true],
    ['preparing-overdue', true],
    ['pointer-moved', false],
    ['vault-stale', false],
  ] as const)('is told with the suspension for %s: %s', (reason, isTold) => {
    const from = buildState('preparing', { lastFailure });
    const view = viewRotation({ kind: 'suspended', reason, sinceMs: nowMs, from }, [], buildTarget(), null);
    expect(view.missingAction).toBe(isTold ? action : null);
  });
});

describe('a code that nobody knows', () => {
  it('is in the sentence', () => {
    const from = buildState('preparing', { lastFailure: { code: 'SomethingNew', atMs: nowMs } });
    const suspended = { kind: 'suspended', reason: 'unknown-refusal', sinceMs: nowMs, from } as const;
    expect(viewRotation(suspended, [], buildTarget(), null)).toMatchObject({
      detail: 'Azure refused with a code that Keyturn does not know. Code: SomethingNew.',
      lastFailure: { code: 'SomethingNew' },
    });
  });
});

it('names what an operator may ask as the paths of the API do', () => {
  const view = (rotation: RotationState) => viewRotation(rotation, [], buildTarget(), null);
  expect(view(buildState('overlapping')).actions).toEqual(['rollback', 'hold', 'expedite']);
  expect(view(buildState('publishing'))).toMatchObject({ suspendedIn: null, actions: ['cancel'] });
  const held = { by: 'operator-1', reason: 'asked', atMs: nowMs };
  expect(view(buildState('overlapping', { held })).actions).toEqual(['rollback', 'release-hold', 'expedite']);
  expect(view(buildSuspended())).toMatchObject({ suspendedIn: 'probing', actions: ['cancel', 'resume'] });
});
