import { expect, it } from 'vitest';
import { keysPhase, readKeysPhase } from '../../../src/app/hardening/keys-phase.ts';
import type { StoredRow } from '../../../src/durable/ports.ts';
import { type KeylessChange, type KeylessState, keysAsEver } from '../../../src/hardening/keyless/keyless-state.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { memoryHardening } from '../../memory-world/memory-hardening-rows.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const no = { code: null };
const changing = (at: KeylessChange['at'], offSinceMs: number | null = null): KeylessState => ({
  ...{ ...keysAsEver, offSinceMs },
  change: {
    ...{ id: 'i', by: 'b', startedAtMs: 1, proveWithinMs: 1, hadKeys: true, storedKeySeen: null, at, stepSinceMs: 1 },
    ...{ tries: 0, calledOff: null, sends: 0, sent: false, waiting: null, ...no },
  },
});
const rows = (state: unknown): ReadonlyMap<HardeningArea, StoredRow> =>
  new Map([['keyless', { fields: { state }, etag: 'e', savedAtMs: 0, storageNowMs: 0 }]]);

it.each<[string, ReadonlyMap<HardeningArea, StoredRow>, ReturnType<typeof keysPhase>]>([
  ['nothing, of a target that was never asked', new Map(), null],
  ['nothing, of a row that cannot be read', rows('x'), null],
  ['nothing, if keys are on', rows(keysAsEver), null],
  ['off', rows({ ...keysAsEver, offSinceMs: 1 }), 'off'],
  ['turning off, once that is announced', rows(changing({ kind: 'announcing' })), 'turning-off'],
  ['turning off', rows(changing({ kind: 'turning-off' })), 'turning-off'],
  [
    'proving',
    rows(changing({ kind: 'proving', sinceMs: 1, tokenRejectedSinceMs: null, rounds: 0, calls: 0 })),
    'proving',
  ],
  ['turning on, as a revert', rows(changing({ kind: 'reverting', reason: 'token-not-accepted', ...no })), 'turning-on'],
  ['turning on, though they have been off', rows(changing({ kind: 'turning-on' }, 1)), 'turning-on'],
  ['turning on, until they are stored', rows(changing({ kind: 're-adopting', reason: null, ...no })), 'turning-on'],
])('the journal tells of the keys: %s', (_, stored, phase) => {
  expect(keysPhase(stored)).toBe(phase);
});

it('what cannot be read now tells nothing', async () => {
  const { ports } = memoryHardening(() => 0);
  const loadAll = async () => {
    throw new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
  };
  expect(await readKeysPhase({ ...ports, loadAll }, buildTarget())).toBeNull();
  expect(
    await readKeysPhase({ ...ports, loadAll: async () => rows(changing({ kind: 'turning-off' })) }, buildTarget()),
  ).toBe('turning-off');
  expect(await readKeysPhase(undefined, buildTarget())).toBeNull();
});
