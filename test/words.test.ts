import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Words of an earlier, private vocabulary, each with what stands in its place. */
const replaced: readonly [old: RegExp, now: string][] = [
  [
    /\b[Ii]dle (?:key|slot)s?\b|\bidle(?:Key|Slot)\w*/,
    'inactive key, inactive slot; newSlot and oldSlot in a rotation',
  ],
  [/idle-key-word-missing/, 'inactive-key-confirmation-required'],
  [/firstRotationWordBy/, 'firstRotationConfirmedBy'],
  [/\banew\b/, 'again, recreated'],
  [/\bpostures?\b/i, 'hardening'],
  [/\bcompromised?\b/i, 'leak, leaked'],
  [/\brungs?\b|\bladder\b/i, 'hardening stage'],
  [/\bhindrances?\b/i, 'start blocker'],
  [/\bheld back\b/, 'blocked'],
  [/\bmakes? way\b|\bmake-way\b/, 'is preempted'],
  [/\bevent roads?\b|\b[Bb]y which roads?\b/, 'event delivery path'],
  [/\blast-hint\b|\bhint-reasons\b|\bold-hint\b/, 'last event, event outcomes, stale-message'],
  [/\bpublic door\b|public-door-closed|\bnetwork-(?:hand|look|door)\b/, 'public access'],
  [/\btelling people\b|\btell people\b|\bpeople are told\b/i, 'notify'],
  [/\bKEYTURN_TELL\b|\bmoving-in\.md\b|\btelling\.md\b/, 'KEYTURN_NOTIFY, migrating.md, notifications.md'],
  [/\bcounts? as young\b|\bmake-?[Yy]oung\b|\bgate-young\b/, 'its age restarts; caches-not-expired'],
  [/\bundone-lately\b/, 'undone-recently'],
  [/\btoken-doubted\b/, 'token-rejected'],
  [/\blift the line\b|\bstop the line\b|\blift-line\b|\bline-stopped\b/, 'circuit breaker, reset'],
  [/\bprintsBefore\b|\bnewPrint\b/, 'fingerprintsBefore, newFingerprint'],
  [/\bworkUntilRest\b|\bsettleOn\b/, 'runUntilIdle, persistDecision'],
  [/\bPauseRows\b|\bSweepMember\b|\baskOthers\b/, 'InstanceRows, SweptTarget'],
  [/\bout of care\b/, 'offboarded'],
  [/\bhalf alive\b/, 'the app refuses to start work'],
  [
    /'circuit-breaker-open-for-discovered'|\bline: '(?:runs|stopped)'/,
    "circuitBreaker: 'closed', 'open-for-discovered', 'open'",
  ],
  [/\bhintRow\b|\bheed[sed]*\b/, 'event, handle'],
];

/** Words that comments of src do without. To leave something alone is another word. */
const plainComments: readonly [old: RegExp, now: string][] = [
  [/\bwhoever\b/i, 'the one who, those who, anybody who'],
  [/^(?!.*\b(?:leave|leaves|left)\b).*\balone\b/, 'only'],
];

/** No file is named by a word that is no longer said. */
const formerFileNames =
  /compromise|witness|notice|telling|posture|hindrance|rung|road|network-door|last-hint|evidence|make-way|key-births|heed|lately|leftover/;

/** They name the old words to replace them. */
const exempt: readonly string[] = ['docs/contributing/words.md', 'docs/contributing/style.md'];

const files = globSync(
  [
    'src/**/*.ts',
    'consumer/src/*.ts',
    'consumer/README.md',
    'docs/**/*.md',
    'local/**/*.{ts,md}',
    'infra/*.md',
    'tools/**/*',
    'README.md',
  ],
  {
    exclude: ['**/node_modules/**'],
  },
).filter((file) => /\.\w+$/.test(file) && !exempt.includes(file));

test.each(replaced)('%s comes back nowhere: say "%s"', (old) => {
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, at) => (old.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

test.each(plainComments)('%s comes back in no comment of src: say "%s"', (old) => {
  const found = files
    .filter((file) => file.startsWith('src/'))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => /^\s*(?:\/\/|\*|\/\*\*)/.test(line) && old.test(line));
  expect(found).toEqual([]);
});

test('no file has a former word in its name', () => {
  const all = globSync('{src,local,test,infra,docs,tools}/**/*.*');
  expect(all.length).toBeGreaterThan(1000);
  expect(all.filter((file) => formerFileNames.test(file))).toEqual([]);
});

test('files are found', () => {
  expect(files).toContain('docs/operations.md');
  expect(files.length).toBeGreaterThan(400);
});
