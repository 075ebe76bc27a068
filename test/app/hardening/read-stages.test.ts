import { describe, expect, it } from 'vitest';
import { readStages } from '../../../src/app/hardening/hardening-stages.ts';
import type { StoredRow } from '../../../src/durable/ports.ts';
import { type AccessState, noAccessAsked } from '../../../src/hardening/access/access-state.ts';
import { type KeylessState, keysAsEver } from '../../../src/hardening/keyless/keyless-state.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { buildRow, fingerprintsBefore } from '../../rotation/row-builder.ts';

const stored = (state: unknown): StoredRow => ({ fields: { state }, etag: 'e', savedAtMs: 0, storageNowMs: 0 });
const applied: AccessState & { readonly last: NonNullable<AccessState['last']> } = {
  ...noAccessAsked,
  asked: [{ identity: { kind: 'keyturn', principalId: 'p' }, role: roleOf('r'), scope: '/s' }],
  last: {
    id: 'i',
    by: 'b',
    endedAtMs: 40,
    outcome: 'applied',
    reason: null,
    failedStep: null,
    code: null,
    steps: [],
    ownAccess: null,
  },
};
const running: NonNullable<AccessState['change']> = {
  rounds: 0,
  id: 'i',
  by: 'b',
  startedAtMs: 1,
  steps: [],
  stepSinceMs: 1,
  tries: 0,
  waiting: null,
  code: null,
  ownAccess: null,
};

function roleOf(guid: string) {
  return { guid, name: guid, canListKeys: false, isBroad: false, opens: [], usesService: false };
}

/** What would be no state of this release is told by the compiler: it says nothing, whatever it is there for. */
interface States {
  readonly network?: { readonly closedSinceMs: number | null } | 'broken';
  readonly access?: AccessState | 'broken';
  readonly keyless?: KeylessState | 'broken';
}

function reached(states: States) {
  const rows = new Map(
    Object.entries(states).map(([hardening, state]) => [hardening as HardeningArea, stored(state)] as const),
  );
  const { 'keys-rotated': _, ...rest } = readStages(rows, null);
  return rest;
}

const nothing = { 'network-closed': null, 'roles-granted': null, 'keyless-proved': null, 'keys-off': null };

describe('what the journal knows of the way to no keys', () => {
  it.each<[string, States, object]>([
    ['is nothing without rows', {}, {}],
    ['is since when the network is closed', { network: { closedSinceMs: 10 } }, { 'network-closed': 10 }],
    ['is no closed network if it is open', { network: { closedSinceMs: null } }, {}],
    ['is when roles were given', { access: applied }, { 'roles-granted': 40 }],
    ['is no role if none was asked for', { access: { ...applied, asked: [] } }, {}],
    ['is no role while a change runs', { access: { ...applied, change: running } }, {}],
    ['is no role if the change failed', { access: { ...applied, last: { ...applied.last, outcome: 'failed' } } }, {}],
    [
      'is when a call without a key was accepted',
      { keyless: { ...keysAsEver, verified: { atMs: 20, accepted: true, code: 'accepted' } } },
      { 'keyless-proved': 20 },
    ],
    [
      'is no proof if it was not',
      { keyless: { ...keysAsEver, verified: { atMs: 20, accepted: false, code: 'denied' } } },
      {},
    ],
    [
      'is since when keys are off, which is a proof too',
      { keyless: { ...keysAsEver, offSinceMs: 30 } },
      { 'keyless-proved': 30, 'keys-off': 30 },
    ],
    [
      'is the proof of its own if both are there',
      { keyless: { ...keysAsEver, offSinceMs: 30, verified: { atMs: 20, accepted: true, code: 'accepted' } } },
      { 'keyless-proved': 20, 'keys-off': 30 },
    ],
    ['is nothing of a row that cannot be read', { network: 'broken', access: 'broken', keyless: 'broken' }, {}],
  ])('%s', async (_, states, expected) => {
    expect(reached(states)).toEqual({ ...nothing, ...expected });
  });

  it('is when the last rotation was completed', () => {
    const lastDone = { rotationId: 'r0', salt: 's', fingerprints: fingerprintsBefore, atMs: 50 };
    expect(readStages(new Map(), buildRow({ lastDone }))).toEqual({ ...nothing, 'keys-rotated': 50 });
    expect(readStages(new Map(), buildRow())).toEqual({ ...nothing, 'keys-rotated': null });
  });
});
