import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { HistoryRow } from '../../durable/ports.ts';
import type { HistoryPlace } from '../history-places.ts';
import type { AccountRows } from '../ports.ts';

/** A request that its caller may send twice, and what it asks for. */
export interface NamedRequest {
  /** Who asks: two callers' names are two. */
  readonly by: string;
  /** The caller's own name for it. */
  readonly key: string;
  /** What is asked; the same name with something else asked is refused. */
  readonly asks: string;
}

export const earlierRequestPrefix = 'request-';

const earlierRequest = z.object({ rotationId: z.string(), asks: z.string() });

/**
 * The row that remembers which rotation a request started; saved in one transaction with that rotation.
 * @param sinceMs of the place where it is kept
 */
export function requestRow(request: NamedRequest, rotationId: string, atMs: number, sinceMs = 0): HistoryRow {
  return { key: rowKey(request, sinceMs), fields: { rotationId, asks: request.asks, atMs } };
}

/**
 * The rotation that this very request started before, under whatever id the account was then; `key-reused` when its name stood
 * for another; null when it is new.
 * @throws FailureError when the journal cannot be read
 */
export async function findEarlier(
  rows: Pick<AccountRows, 'readHistory'>,
  places: readonly HistoryPlace[],
  request: NamedRequest,
): Promise<{ readonly rotationId: string } | 'key-reused' | null> {
  for (const { account, sinceMs } of places) {
    const { data } = earlierRequest.safeParse(await rows.readHistory(account, rowKey(request, sinceMs)));
    if (data !== undefined) return data.asks === request.asks ? { rotationId: data.rotationId } : 'key-reused';
  }
  return null;
}

/**
 * Callers choose the text, and a row's key may not hold every character. Of two accounts that had one id after each other
 * neither knows the other's requests, nor writes over them.
 */
function rowKey({ by, key }: NamedRequest, sinceMs: number): string {
  const text = sinceMs === 0 ? `${by}\n${key}` : `${by}\n${key}\n${sinceMs}`;
  return `${earlierRequestPrefix}${createHash('sha256').update(text).digest('hex')}`;
}
