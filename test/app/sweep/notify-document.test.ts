import { describe, expect, it } from 'vitest';
import { notifyDocument } from '../../../src/app/sweep/notify-document.ts';
import type { DocumentReport, DocumentTargets } from '../../../src/app/targets/document-targets.ts';
import { viewDocument } from '../../../src/app/targets/document-view.ts';
import { notificationKinds } from '../../../src/notifications/choices.ts';
import type { Notification } from '../../../src/notifications/notification.ts';
import { memoryOutbox } from '../../memory-world/memory-outbox.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';

const minuteMs = 60_000;
const sinceMs = Date.UTC(2026, 0, 5, 12);
const since = '2026-01-05T12:00:00.000Z';
const blob = 'config/targets.json';
type Refused = NonNullable<DocumentReport['refused']>;

const refusal = (change: Partial<Refused>): Refused => ({
  ...{ reason: 'document-invalid', etag: 'e2', code: null, sinceMs },
  ...{ problems: [], problemsInAll: 0, dropped: [], droppedInAll: 0 },
  ...change,
});
const report = (refused: Refused | null): DocumentReport => ({ place: blob, accepted: null, refused, waiting: [] });
const problem = (line: number | null) => ({ line, field: 'targets[0].name', found: '7', accepted: 'a name' });

/** What a channel is sent when the document is like that, so long after it was first refused. */
async function told(documents: readonly DocumentReport[], afterMs = 0): Promise<readonly Notification[]> {
  const { journal, clock, log } = memoryWorld();
  const sent: Notification[] = [];
  const outbox = memoryOutbox(journal, clock.nowMs);
  const channels = [
    { name: 'webhook' as const, kinds: notificationKinds, send: async (one: Notification) => void sent.push(one) },
  ];
  const context = {
    ...{ instance: 'here', log: (event: (typeof log)[number]) => void log.push(event) },
    notifier: { outbox, channels, kinds: ['targets-not-accepted' as const] },
  };
  for (const document of documents)
    await notifyDocument(
      context,
      { report: async () => document } as Partial<DocumentTargets> as DocumentTargets,
      sinceMs + afterMs,
    );
  expect(log.filter(({ event }) => event !== 'notification-sent')).toEqual([]);
  return sent;
}

describe('people are told of a targets document that is not taken', () => {
  it('by what it is, where it stands and what to do', async () => {
    expect(await told([report(refusal({ problems: [problem(3)], problemsInAll: 1 }))])).toEqual([
      {
        ...{ id: expect.stringMatching(/^here-document-invalid-[0-9a-f]{16}$/), kind: 'targets-not-accepted' },
        ...{ at: since, instance: 'here', target: null, account: null, vault: null, slot: null, rotationId: null },
        reason: 'document-invalid',
        detail:
          'The targets document has errors: see problems. First line 3: targets[0].name: found 7; accepted: a name.',
        whatToDo: 'Correct the document and upload it again.',
        adminCall: 'GET /api/fleet',
      },
    ]);
  });

  it.each<[string, Partial<Refused>, detail: string, whatToDo: string, adminCall: string]>([
    [
      'with how many problems more',
      { problems: [problem(null), problem(9)], problemsInAll: 61 },
      'The targets document has errors: see problems. First targets[0].name: found 7; accepted: a name, and 60 more.',
      'Correct the document and upload it again.',
      'GET /api/fleet',
    ],
    [
      'with the first five targets that would go',
      { reason: 'targets-dropped', dropped: ['a', 'b', 'c', 'd', 'e', 'f'], droppedInAll: 60 },
      'The targets document no longer names more than a fifth of the targets. It holds once an operator accepts it: POST fleet/targets-document/accept. 60 would go, such as a, b, c, d, e. Its ETag: e2.',
      'Accept the document if the targets are meant to go, or upload it with them.',
      'POST /api/fleet/targets-document/accept {"reason":"…"}',
    ],
    [
      'with where it should lie',
      { reason: 'document-absent', etag: null },
      'There is no blob where KEYTURN_TARGETS_BLOB says.',
      'Upload the document, or correct KEYTURN_TARGETS_BLOB.',
      'GET /api/fleet',
    ],
    [
      'with the code of the storage, and the role that is missing',
      { reason: 'document-unreadable', etag: null, code: 'AuthorizationFailure' },
      "The targets document could not be read; each sweep tries again. Code: AuthorizationFailure. Give Keyturn's identity Storage Blob Data Reader on the container, and let it through the storage account's network.",
      'Let the app read the blob: see the runbook.',
      'GET /api/fleet',
    ],
    [
      'with the code of the storage that is down',
      { reason: 'document-unreadable', etag: null, code: 'ServerBusy' },
      'The targets document could not be read; each sweep tries again. Code: ServerBusy.',
      'Let the app read the blob: see the runbook.',
      'GET /api/fleet',
    ],
  ])('%s', async (_, change, detail, whatToDo, adminCall) => {
    expect(await told([report(refusal(change))], 15 * minuteMs)).toMatchObject([{ detail, whatToDo, adminCall }]);
  });

  it.each<[string, Refused | null, afterMs: number]>([
    ['is in force', null, 60 * minuteMs],
    [
      'is gone for less than a quarter of an hour',
      refusal({ reason: 'document-absent', etag: null }),
      15 * minuteMs - 1,
    ],
  ])('not if it %s', async (_, refused, afterMs) => {
    expect(await told([report(refused)], afterMs)).toEqual([]);
  });

  it('once a document, a place, and an outage', async () => {
    const bad = report(refusal({}));
    const unreadable = (atMs: number) => report(refusal({ reason: 'document-unreadable', etag: null, sinceMs: atMs }));
    const documents = [
      ...[bad, bad, report(refusal({ etag: 'e3' })), { ...bad, place: 'config/another.json' }],
      ...[unreadable(sinceMs), unreadable(sinceMs), unreadable(sinceMs - minuteMs)],
    ];
    const ids = (await told(documents, 15 * minuteMs)).map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([5, 5]);
  });
});

describe('the fleet shows a targets document', () => {
  const accepted = { etag: 'e1', atMs: sinceMs, targets: 2, by: 'ada', reason: 'meant so' };
  const shown = { etag: 'e1', at: since, targets: 2, by: 'ada', reason: 'meant so' };
  const { sinceMs: _, ...bad } = refusal({ problems: [problem(3)], problemsInAll: 1 });
  const waiting = [{ target: 'b', problems: [{ field: 'keyturn-name', found: '"b"', accepted: 'another' }] }];

  it.each<[string, DocumentReport, object]>([
    [
      'that no sweep has read',
      { place: blob, accepted: null, refused: null, waiting: [] },
      { status: 'unknown', accepted: null, refused: null, detail: 'No sweep has read the targets document yet.' },
    ],
    [
      'that is in force',
      { place: blob, accepted, refused: null, waiting },
      { status: 'accepted', accepted: shown, refused: null, waiting, detail: 'The targets document is in force.' },
    ],
    [
      'that is refused',
      { place: blob, accepted, refused: { ...bad, sinceMs }, waiting: [] },
      {
        ...{ status: 'refused', accepted: shown, refused: { ...bad, since } },
        detail: 'The targets document has errors: see problems. The last accepted one stands.',
      },
    ],
    [
      'of which none was ever accepted',
      { place: blob, accepted: null, refused: { ...bad, sinceMs }, waiting: [] },
      {
        ...{ status: 'unknown', accepted: null, refused: { ...bad, since } },
        detail:
          'The targets document has errors: see problems. None was ever accepted: the targets are not known, and nothing is begun.',
      },
    ],
  ])('%s', (_, document, expected) => {
    expect(viewDocument(document)).toEqual({ blob, waiting: [], ...expected });
  });
});
