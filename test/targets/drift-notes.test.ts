import { expect, it } from 'vitest';
import { refusalReasons } from '../../src/shared/refusals.ts';
import { driftReasons } from '../../src/targets/drift.ts';
import { type DriftNotes, parseDriftNotes } from '../../src/targets/drift-notes.ts';
import { eventDeliveryPathNames } from '../../src/targets/event-delivery-path.ts';

const fingerprints = { key1: 'print-one', key2: 'print-two' };

/** What is stored: plain JSON, without types. */
const stored = {
  schemaVersion: 1,
  lookedAtMs: 1_000,
  isDue: true,
  wakeSeq: 7,
  drift: [
    { reason: 'vault-stale', sinceMs: 900 },
    { reason: 'account-access-denied', sinceMs: 800, code: 'AuthorizationFailed', action: 'contoso/read' },
  ],
  events: 'queue',
  known: { salt: 'salt', fingerprints, atMs: 700 },
  activeKey: { answer: 'accepted', atMs: 600 },
  expiresAtMs: 500,
} as const;

it('reads back all that was stored', () => {
  expect(parseDriftNotes(stored)).toEqual(stored);
});

it('reads what stored nothing of a field as nobody knows', () => {
  const { isDue: _due, events: _events, activeKey: _key, expiresAtMs: _at, ...earlier } = stored;
  expect(parseDriftNotes(earlier)).toEqual({
    ...earlier,
    isDue: false,
    events: 'unknown',
    activeKey: null,
    expiresAtMs: null,
  });
});

it('takes null if nothing is known', () => {
  const none = { ...stored, known: null, activeKey: null, expiresAtMs: null };
  expect(parseDriftNotes(none)).toEqual(none);
});

it.each([...Object.keys(driftReasons), ...refusalReasons])('knows the finding %s', (reason) => {
  expect(parseDriftNotes({ ...stored, drift: [{ reason, sinceMs: 1 }] })?.drift).toEqual([{ reason, sinceMs: 1 }]);
});

it('knows every answer of the active key and every event delivery path', () => {
  for (const answer of ['accepted', 'refused', 'missing', 'unknown'])
    expect(parseDriftNotes({ ...stored, activeKey: { answer, atMs: 1 } })?.activeKey).toEqual({ answer, atMs: 1 });
  for (const events of eventDeliveryPathNames) expect(parseDriftNotes({ ...stored, events })?.events).toBe(events);
});

it.each<[string, object]>([
  ['of another release', { schemaVersion: 2 }],
  ['that name a finding which does not exist', { drift: [{ reason: 'unheard-of', sinceMs: 1 }] }],
  ['with a finding of no instant', { drift: [{ reason: 'vault-stale' }] }],
  ['of no look', { lookedAtMs: undefined }],
  ['of no save', { wakeSeq: undefined }],
  ['with an answer that does not exist', { activeKey: { answer: 'perhaps', atMs: 1 } }],
  ['with an answer of no instant', { activeKey: { answer: 'accepted' } }],
  ['with a delivery path that does not exist', { events: 'pigeon' }],
  ['with one key of two', { known: { salt: 's', fingerprints: { key1: 'a' }, atMs: 1 } }],
  ['with keys of no salt', { known: { fingerprints, atMs: 1 } }],
  ['with keys of no instant', { known: { salt: 's', fingerprints } }],
])('notes %s are none', (_, change) => {
  expect(parseDriftNotes({ ...stored, ...change } satisfies Record<keyof DriftNotes, unknown>)).toBe(null);
});
