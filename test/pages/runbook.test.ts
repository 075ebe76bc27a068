import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sentences } from '../../src/app/answers.ts';
import { regeneratedKeyReasons } from '../../src/app/rotations/handle-regenerated-key.ts';
import { identifyGaps } from '../../src/app/targets/identify-view.ts';
import { offboardRisks } from '../../src/app/targets/offboard-plan.ts';
import { driftRemedies, suspendRemedies } from '../../src/app/targets/remedies.ts';
import { faults } from '../../src/diagnosis/diagnosis-reasons.ts';
import { accessFailures, accessWaits } from '../../src/hardening/access/access-state.ts';
import { keylessEnds, keylessWaits } from '../../src/hardening/keyless/keyless-reasons.ts';
import { refusalSentences, requestRefusals, suspendReasons, waitReasons } from '../../src/rotation/reasons.ts';
import { eventOutcomes } from '../../src/rotation/schedule/last-event.ts';
import { scheduleReasons } from '../../src/rotation/schedule/schedule-reasons.ts';
import { targetStates } from '../../src/rotation/target-state.ts';
import { driftReasons } from '../../src/targets/drift.ts';
import { eventDeliveryPaths } from '../../src/targets/event-delivery-path.ts';
import { validityReasons } from '../../src/targets/found-validity.ts';
import { blockReasons, refusedReasons } from '../../src/targets/target-source.ts';

const runbook = readFileSync('docs/operations.md', 'utf8');
const hardeningPage = readFileSync('docs/access-and-keyless.md', 'utf8');

/** The words in the first column of a chapter's table. */
function entries(chapter: string, page = runbook): string[] {
  const text = page.split(/^## /m).find((part) => part.startsWith(chapter)) ?? '';
  return [...text.matchAll(/^\| `([a-z-]+)`/gm)].map(([, word = '']) => word).sort();
}

describe('the runbook has an entry for every', () => {
  it.each([
    ['state of a target', 'States of a target', Object.keys(targetStates)],
    ['answer of the sweep', 'When a rotation starts', Object.keys(scheduleReasons)],
    ['way to drift', 'Drift', Object.keys(driftReasons)],
    ['reason not to carry out a request', 'Why a noted request', Object.keys(requestRefusals)],
    ['reason to begin nothing', 'Why nothing is begun', Object.keys(blockReasons)],
    ['reason to refuse an account', 'Why an account is refused', Object.keys(refusedReasons)],
    [
      'reason to leave an event, and path on which events come',
      'Events',
      [...Object.keys(eventOutcomes), ...Object.keys(eventDeliveryPaths), ...Object.keys(regeneratedKeyReasons)],
    ],
    ['fault that a diagnosis finds', 'What is wrong?', Object.keys(faults)],
    ['gap in what is known of keys', 'Whose key is this?', Object.keys(identifyGaps)],
    ['reason to wait', 'Why a rotation waits', Object.keys(waitReasons)],
    [
      'reason to suspend',
      'Why a rotation is suspended',
      [...new Set([...Object.keys(suspendReasons), ...Object.keys(refusalSentences)])],
    ],
  ])('%s, and none besides', (_, chapter, words) => {
    expect(entries(chapter)).toEqual([...words].sort());
  });

  it('reason that a secret lives otherwise than before, in the page on moving in', () => {
    const page = readFileSync('docs/migrating.md', 'utf8');
    const words = [...page.matchAll(/^ *\| `(validity-[a-z-]+)`/gm)].map(([, word = '']) => word);
    expect(words.sort()).toEqual(Object.keys(validityReasons).sort());
  });

  it.each([
    [
      'reason for which a change of hardening rests',
      'While a change is under way',
      { ...accessWaits, ...keylessWaits },
    ],
    ['reason for which a change of access fails', 'Why a change of access failed', accessFailures],
    ['way in which a change of keyless can end otherwise', 'Why keys are not as asked', keylessEnds],
  ])('%s, and none besides', (_, chapter, words) => {
    expect(entries(chapter, hardeningPage)).toEqual(Object.keys(words).sort());
  });

  it('risk of a target that leaves, in the page on leaving', () => {
    const page = readFileSync('docs/leaving.md', 'utf8');
    const named = [...page.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, word = '']) => word);
    expect(offboardRisks.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('code of its own that a failed call may have', () => {
    const sources = globSync('src/**/*.ts').map((file) => readFileSync(file, 'utf8'));
    // A failure's code in the source: as a member, a constant or a default, or as the one argument of a helper that throws.
    const codes = sources.flatMap((text) => [
      ...text.matchAll(
        /\bcode(?:: | = (?:.*\? )?)'([a-z]+(?:-[a-z]+)+)'|throw (?:\w*[uU]nreadable|refused)\('([a-z-]+)'\)/g,
      ),
    ]);
    const words = new Set(codes.map(([, member, argument]) => member ?? argument ?? ''));
    for (const word of ['foreign-link', 'redirect-refused', 'rows-missing', 'row-too-big'])
      expect(words).toContain(word);
    // Of a token of the admin API's, no failed call of Keyturn's.
    words.delete('signing-keys-unavailable');
    const chapter = runbook.split(/^## /m).find((part) => part.startsWith('Codes of failed calls')) ?? '';
    expect([...words].filter((word) => !chapter.includes(`\`${word}\``))).toEqual([]);
    for (const word of [
      'timeout',
      'unknown-error',
      'connection-failed',
      'own-rate-limit',
      'SubscriptionRequestsThrottled',
    ])
      expect(chapter).toContain(`\`${word}\``);
  });

  it('reason that an edge refuses a request with', () => {
    const source = readFileSync('src/api/problem.ts', 'utf8');
    const [union = ''] = /type EdgeReason =[^;]*;/.exec(source) ?? [];
    const reasons = [...union.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => reason);
    expect(reasons).toContain('unauthenticated');
    const chapter = runbook.split(/^## /m).find((part) => part.startsWith('Why a request is refused')) ?? '';
    const heads = [...chapter.matchAll(/^\| (`[^|]*) \|/gm)].map(([, head = '']) => head).join();
    expect(reasons.filter((reason) => !heads.includes(`\`${reason}\``))).toEqual([]);
  });

  it('reason that a request is refused with', () => {
    const all = new Set(entries('').concat(...[...runbook.matchAll(/^\| `([a-z-]+)`/gm)].map(([, word = '']) => word)));
    expect(Object.keys(sentences).filter((reason) => !all.has(reason))).toEqual([]);
  });
});

describe('what people are notified to do', () => {
  /** The second column of a chapter's table, without its marks. */
  function advice(chapter: string): Record<string, string> {
    const text = runbook.split(/^## /m).find((part) => part.startsWith(chapter)) ?? '';
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)];
    const plain = (cell: string) => cell.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '');
    return Object.fromEntries(rows.map(([, word = '', cell = '']) => [word, plain(cell)]));
  }

  it.each([
    ['a suspended rotation', 'Why a rotation is suspended', suspendRemedies],
    ['drift', 'Drift', driftRemedies],
  ])('about %s is what the runbook says', (_, chapter, remedies) => {
    expect(remedies).toEqual(advice(chapter));
  });
});
