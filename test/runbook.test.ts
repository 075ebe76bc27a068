import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sentences } from '../src/app/answers.ts';
import { refusalSentences, requestRefusals, suspendReasons, waitReasons } from '../src/rotation/reasons.ts';
import { scheduleReasons } from '../src/rotation/schedule-reasons.ts';
import { targetStates } from '../src/rotation/target-state.ts';
import { driftReasons } from '../src/targets/drift-reasons.ts';

const runbook = readFileSync('docs/operations.md', 'utf8');

/** The words in the first column of a chapter's table. */
function entries(chapter: string): string[] {
  const text = runbook.split(/^## /m).find((part) => part.startsWith(chapter)) ?? '';
  return [...text.matchAll(/^\| `([a-z-]+)`/gm)].map(([, word = '']) => word).sort();
}

describe('the runbook has an entry for every', () => {
  it.each([
    ['state of a target', 'States of a target', Object.keys(targetStates)],
    ['answer of the sweep', 'When a rotation starts', Object.keys(scheduleReasons)],
    ['way to drift', 'Drift', Object.keys(driftReasons)],
    ['reason not to carry out a request', 'Why a noted request', Object.keys(requestRefusals)],
    ['reason to wait', 'Why a rotation waits', Object.keys(waitReasons)],
    [
      'reason to suspend',
      'Why a rotation is suspended',
      [...new Set([...Object.keys(suspendReasons), ...Object.keys(refusalSentences)])],
    ],
  ])('%s, and none besides', (_, chapter, words) => {
    expect(entries(chapter)).toEqual([...words].sort());
  });

  it('reason that a request is refused with', () => {
    const all = new Set(entries('').concat(...[...runbook.matchAll(/^\| `([a-z-]+)`/gm)].map(([, word = '']) => word)));
    expect(Object.keys(sentences).filter((reason) => !all.has(reason))).toEqual([]);
  });
});
