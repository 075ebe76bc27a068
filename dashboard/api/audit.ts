import { useEffect, useState } from 'preact/hooks';
import { targetPath } from '../decisions/asks.ts';
import { type Answer, ask, type Problem } from './ask.ts';
import type { AuditEntry, AuditTrailView } from './views.ts';

/** As many as one answer holds: a rotation that goes well has about forty. */
const entriesAtOnce = 1_000;
/** Of a rotation that was retried for weeks, the rest is not shown here; the download has it all. */
const mostPages = 50;

function pagePath(target: string, rotation: string, after: string | null): string {
  const query = new URLSearchParams({ limit: String(entriesAtOnce), ...(after === null ? {} : { after }) });
  return `${targetPath(target)}/rotations/${encodeURIComponent(rotation)}/audit-trail?${query}`;
}

export interface Trail {
  readonly entries: readonly AuditEntry[];
  readonly problem: Problem | null;
}

/**
 * What the audit trail says of a rotation, for the times of its phases.
 * @param rotation null: there is none
 * @param turn read again when it is another one, as when the rotation has gone on
 */
export function useAuditTrail(target: string, rotation: string | null, turn: string): Trail | null {
  const [seen, setSeen] = useState<{ readonly of: string; readonly trail: Trail } | null>(null);
  useEffect(() => {
    if (rotation === null) return;
    const stop = new AbortController();
    void ask<AuditTrailView>({ method: 'GET', path: pagePath(target, rotation, null) }, stop.signal).then((answer) => {
      if (stop.signal.aborted) return;
      if (answer.kind === 'ok') setSeen({ of: rotation, trail: { entries: answer.body.entries, problem: null } });
      else if (answer.kind === 'problem') setSeen({ of: rotation, trail: { entries: [], problem: answer.problem } });
    });
    return () => stop.abort();
  }, [target, rotation, turn]);
  return seen !== null && seen.of === rotation ? seen.trail : null;
}

/** Saves the whole audit trail as one JSON file. @returns why not, or null */
export async function downloadAuditTrail(target: string, rotation: string): Promise<Problem | null> {
  const entries: AuditEntry[] = [];
  let last: AuditTrailView | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const path = pagePath(target, rotation, last?.next ?? null);
    const answer: Answer<AuditTrailView> = await ask<AuditTrailView>({ method: 'GET', path });
    if (answer.kind === 'problem') return answer.problem;
    if (answer.kind === 'unchanged') break;
    last = answer.body;
    entries.push(...last.entries);
    if (last.next === null) break;
  }
  const whole = last && { ...last, entries };
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 2)], { type: 'application/json' }));
  link.download = `audit-trail-${target}-${rotation}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
  return null;
}
