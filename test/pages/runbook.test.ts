import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sentences } from '../../src/app/answers.ts';
import { regeneratedKeyReasons } from '../../src/app/rotations/handle-regenerated-key.ts';
import { identifyGaps } from '../../src/app/targets/identify-view.ts';
import { offboardRisks } from '../../src/app/targets/offboard-plan.ts';
import { remedies } from '../../src/app/targets/remedies.ts';
import { faults } from '../../src/diagnosis/diagnosis-reasons.ts';
import { accessFailures, accessWaits } from '../../src/hardening/access/access-state.ts';
import { keylessEnds, keylessWaits } from '../../src/hardening/keyless/keyless-reasons.ts';
import { readersUnknownReasons } from '../../src/rotation/readers/decide-readers.ts';
import { requestRefusals, suspendReasons, waitReasons } from '../../src/rotation/reasons.ts';
import { eventOutcomes } from '../../src/rotation/schedule/last-event.ts';
import { scheduleReasons } from '../../src/rotation/schedule/schedule-reasons.ts';
import { targetStates } from '../../src/rotation/target-states.ts';
import { refusalSentences } from '../../src/shared/refusals.ts';
import { driftReasons } from '../../src/targets/drift.ts';
import { eventDeliveryPaths } from '../../src/targets/event-delivery-path.ts';
import { validityReasons } from '../../src/targets/found-validity.ts';
import { blockReasons, refusedDocumentReasons, refusedReasons } from '../../src/targets/target-source.ts';

const runbook = readFileSync('docs/reasons.md', 'utf8');
const hardeningPage = readFileSync('docs/access-and-keyless.md', 'utf8');

/** The rows of a page's tables that explain words: those in the first column, and the last cell. */
function rowsOf(text: string): readonly { readonly words: readonly string[]; readonly cell: string }[] {
  return [...text.matchAll(/^\| (`[A-Za-z-]+`(?:, `[A-Za-z-]+`)*) \| (.*) \|$/gm)].map(([, first = '', cell = '']) => ({
    words: [...first.matchAll(/`([A-Za-z-]+)`/g)].map(([, word = '']) => word),
    cell,
  }));
}

function entries(text: string): string[] {
  return rowsOf(text)
    .flatMap(({ words }) => words)
    .sort();
}

const chapterOf = (page: string, heading: string) => page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
const [reasonsPart = '', codesPart = ''] = runbook.split(/^## Codes of failed calls$/m);

/** What the edges of the API refuse requests with. */
function edgeReasons(): string[] {
  const [union = ''] = /type EdgeReason =[^;]*;/.exec(readFileSync('src/api/problem.ts', 'utf8')) ?? [];
  return [...union.matchAll(/'([a-z-]+)'/g)].map(([, reason = '']) => reason);
}

/** Findings that come with their fix, by the type of `problem`. */
function findingsWithFix(): string[] {
  const sources = globSync('src/diagnosis/checks/*.ts').map((file) => readFileSync(file, 'utf8'));
  return sources.flatMap((text) => [...text.matchAll(/\bproblem\(\s*'([a-z-]+)'/g)].map(([, word = '']) => word));
}

const reasons = {
  'state of a target': Object.keys(targetStates),
  'answer of the sweep': Object.keys(scheduleReasons),
  'way to drift': Object.keys(driftReasons),
  'reason not to carry out a request': Object.keys(requestRefusals),
  'reason to begin nothing': Object.keys(blockReasons),
  'reason not to take a targets document': Object.keys(refusedDocumentReasons),
  'reason to refuse an account': Object.keys(refusedReasons),
  'reason to leave an event': [...Object.keys(eventOutcomes), ...Object.keys(regeneratedKeyReasons)],
  'path on which events come': Object.keys(eventDeliveryPaths),
  'gap in what is known of keys': Object.keys(identifyGaps),
  'reason that readers are unknown': Object.keys(readersUnknownReasons),
  'reason to wait': Object.keys(waitReasons),
  'reason to suspend': [...Object.keys(suspendReasons), ...Object.keys(refusalSentences)],
  'reason that a request is refused with': [...Object.keys(sentences), ...edgeReasons()],
};

describe('the runbook has an entry for every', () => {
  it.each(Object.entries(reasons))('%s', (_, words) => {
    const listed = entries(reasonsPart);
    expect(words.filter((word) => !listed.includes(word))).toEqual([]);
  });

  it('fault that a diagnosis finds and that comes without a fix', () => {
    const fixed = findingsWithFix();
    expect(fixed).toContain('name-resolves-publicly');
    const listed = entries(runbook);
    expect(Object.keys(faults).filter((word) => !listed.includes(word) && !fixed.includes(word))).toEqual([]);
  });

  it('of these words once, and for none besides', () => {
    const listed = entries(reasonsPart);
    const known = new Set([...Object.values(reasons).flat(), ...Object.keys(faults)]);
    expect(listed.filter((word) => !known.has(word))).toEqual([]);
    expect(listed.filter((word, at) => listed.indexOf(word) !== at)).toEqual([]);
    expect(edgeReasons()).toContain('unauthenticated');
    expect(listed.length).toBeGreaterThan(150);
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
    expect(entries(chapterOf(hardeningPage, chapter))).toEqual(Object.keys(words).sort());
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
        /\bcode(?:: | = (?:.*\? )?)'([a-z]+(?:-[a-z]+)+)'|(?:notApplied|throw (?:unreadable|refused))\('([a-z-]+)'/g,
      ),
    ]);
    const words = new Set(codes.map(([, member, argument]) => member ?? argument ?? ''));
    for (const word of ['foreign-link', 'redirect-refused', 'rows-missing', 'row-too-big'])
      expect(words).toContain(word);
    // Of a token of the admin API's, no failed call of Keyturn's.
    words.delete('signing-keys-unavailable');
    // Some are reasons as well.
    expect([...words].filter((word) => !runbook.includes(`\`${word}\``))).toEqual([]);
    for (const word of [
      'timeout',
      'unknown-error',
      'connection-failed',
      'own-rate-limit',
      'SubscriptionRequestsThrottled',
    ])
      expect(codesPart).toContain(`\`${word}\``);
  });
});

it('what people are notified to do is what the runbook says', () => {
  const plain = (cell: string) => cell.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  const advice = Object.fromEntries(
    rowsOf(reasonsPart).flatMap(({ words, cell }) => words.map((word) => [word, plain(cell)])),
  );
  expect(Object.entries(remedies).filter(([word, remedy]) => advice[word] !== remedy)).toEqual([]);
});
