import { createHash } from 'node:crypto';
import type { Notification } from '../../notifications/notification.ts';
import { iso, minuteMs } from '../../shared/time.ts';
import type { RefusedDocumentReason } from '../../targets/target-source.ts';
import { type NotifierContext, noteInstance, notifyInstance } from '../notifier.ts';
import type { DocumentReport, DocumentTargets } from '../targets/document-targets.ts';
import { documentDetail } from '../targets/document-view.ts';

/** What passes by itself is told when it has lasted so long: a blob that is put back, a role that spreads, an outage. */
const patienceMs = 15 * minuteMs;

const remedies: Readonly<Record<RefusedDocumentReason, string>> = {
  'document-invalid': 'Correct the document and upload it again.',
  'targets-dropped': 'Accept the document if the targets are meant to go, or upload it with them.',
  'document-absent': 'Upload the document, or correct KEYTURN_TARGETS_BLOB.',
  'document-unreadable': 'Let the app read the blob: see the runbook.',
};

/** Notifies people of a targets document that is not taken, once a document, and delivers what waits. Never throws. */
export async function notifyDocument(
  context: NotifierContext,
  document: DocumentTargets,
  nowMs: number,
): Promise<void> {
  await notifyInstance(context, async () => {
    const notification = documentNotification(await document.report(), context.instance, nowMs);
    if (notification !== null) await noteInstance(context, notification);
  });
}

/** What people are to know of the document; null: nothing, or not yet. */
function documentNotification(
  { place, refused }: DocumentReport,
  instance: string,
  nowMs: number,
): Notification | null {
  if (refused === null) return null;
  const { reason, etag, code, problems, problemsInAll, dropped, droppedInAll, sinceMs } = refused;
  if (etag === null && nowMs < sinceMs + patienceMs) return null;
  const [first] = problems;
  const line = first?.line == null ? '' : `line ${first.line}: `;
  const more = problemsInAll > 1 ? `, and ${problemsInAll - 1} more` : '';
  const wrong =
    first === undefined
      ? ''
      : ` First ${line}${first.field}: found ${first.found}; accepted: ${first.accepted}${more}.`;
  const gone =
    dropped.length === 0
      ? ''
      : ` ${droppedInAll} would go, such as ${dropped.slice(0, 5).join(', ')}. Its ETag: ${etag}.`;
  const about = createHash('sha256')
    .update(`${place} ${etag ?? sinceMs}`)
    .digest('hex')
    .slice(0, 16);
  return {
    id: `${instance}-${reason}-${about}`,
    kind: 'targets-not-accepted',
    at: iso(nowMs),
    instance,
    target: null,
    account: null,
    vault: null,
    slot: null,
    rotationId: null,
    reason,
    detail: `${documentDetail({ reason, code })}${wrong}${gone}`,
    whatToDo: remedies[reason],
    adminCall:
      reason === 'targets-dropped' ? 'POST /api/fleet/targets-document/accept {"reason":"…"}' : 'GET /api/fleet',
  };
}
