import { type RecordedExchange, type RecordedFile, textAt } from './recorded-file.ts';

/** Longer than anything in the recorded world takes; between two recorded exchanges a client often waited. */
const LONG_MS = 60_000;
/** So short that nothing moves on. */
const SHORT_MS = 20;

const PENDING_STATES = [
  'accepted',
  'creating',
  'deleting',
  'inprogress',
  'pending',
  'registering',
  'registeringdns',
  'running',
  'updating',
];

/** The instant a recording was made at, as its answers date themselves; some fixed day when they do not. */
export function startOf(file: RecordedFile): number {
  const text = JSON.stringify(file.exchanges.map(({ response }) => response.body ?? null));
  const seconds = [...text.matchAll(/"(?:created|updated|deletedDate)":(\d{10})\b/g)].map(
    ([, value]) => Number(value) * 1000,
  );
  const dates = [...text.matchAll(/"(?:\w+At|\w+On|dateCreated|startTime)":"(\d{4}-\d\d-\d\dT[^"]+)"/g)].map(
    ([, value = '']) => Date.parse(value),
  );
  const known = [...seconds, ...dates].filter((instant) => Number.isFinite(instant));
  return known.length === 0 ? Date.UTC(2026, 10, 23) : Math.max(...known);
}

/**
 * How long passed before an exchange: an answer that shows something still under way came at once, any other one late
 * enough for all that was under way to be done.
 */
export function waitBefore(exchange: RecordedExchange): number {
  return isStillUnderWay(exchange) ? SHORT_MS : LONG_MS;
}

function isStillUnderWay({ request, response }: RecordedExchange): boolean {
  const { status, body } = response;
  if (status === 409)
    return (
      /BeingDeleted|BeingRecovered|Conflict|AnotherOperation/.test(JSON.stringify(body ?? null)) &&
      !/ObjectIsDeletedButRecoverable/.test(JSON.stringify(body))
    );
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (status === 404 || status === 202) return true;
  return [['status'], ['registrationState'], ['properties', 'provisioningState']].some((members) =>
    PENDING_STATES.includes(textAt(body, ...members)?.toLowerCase() ?? ''),
  );
}
