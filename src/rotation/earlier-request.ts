import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { AccountId } from '../shared/resource-id.ts';
import type { AccountRows, HistoryRow } from './ports.ts';

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

/** The row that remembers which rotation a request started; saved in one transaction with that rotation. */
export function requestRow(request: NamedRequest, rotationId: string, atMs: number): HistoryRow {
  return { key: rowKey(request), fields: { rotationId, asks: request.asks, atMs } };
}

/**
 * The rotation that this very request started before; `key-reused` when its name stood for another; null when it is new.
 * @throws FailureError when the journal cannot be read
 */
export async function findEarlier(
  rows: Pick<AccountRows, 'readHistory'>,
  account: AccountId,
  request: NamedRequest,
): Promise<{ readonly rotationId: string } | 'key-reused' | null> {
  const found = earlierRequest.safeParse(await rows.readHistory(account, rowKey(request)));
  if (!found.success) return null;
  return found.data.asks === request.asks ? { rotationId: found.data.rotationId } : 'key-reused';
}

/** Callers choose the text, and a row's key may not hold every character. */
function rowKey({ by, key }: NamedRequest): string {
  return `${earlierRequestPrefix}${createHash('sha256').update(`${by}\n${key}`).digest('hex')}`;
}
