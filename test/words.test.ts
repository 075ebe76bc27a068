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

/** Words that comments do without, and the descriptions of the templates. To leave something alone is another word. */
const plainComments: readonly [old: RegExp, now: string][] = [
  [/\bwhoever\b/i, 'anyone who, the one who, no matter who'],
  [/^(?!.*\b(?:leave|leaves|left|let)\b).*\balone\b/, 'only, by itself'],
];

/** Conditions, in comments and texts of src and in names of tests; `where` is a place. */
const conditions: readonly RegExp[] = [
  /\b(?:null|empty|false|absent|none|nothing|undefined|left out|refused|only|also)`? where\b(?! Keyturn runs)/i,
  /\bwhere (?:keys (?:are|were) (?:on|off|turned)|another (?:worker|instance)|the (?:settings|vault|account) (?:keep|refuse|take|want|has|is)s?\b)/,
  /\bwhere (?:Azure (?:named|gave|gives|refused|asked)|(?:there|that) (?:is|are|was|were)|none|nobody|somebody|nothing)\b/,
  /(?:\/\*\*|\*|\/\/|[.;:]) Where (?:keys are|there (?:is|are)|no|none|nothing|nobody)\b/,
];

/** No file is named by a word that is no longer said. */
const formerFileNames =
  /compromise|witness|notice|telling|posture|hindrance|rung|road|network-door|last-hint|evidence|make-way|key-births|heed|lately|leftover/;

/** They name the old words to replace them. */
const exempt: readonly string[] = ['docs/contributing/words.md', 'docs/contributing/style.md'];

const files = globSync(
  [
    'src/**/*.ts',
    'cli/**/*.{ts,md}',
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

function commentsIn(patterns: readonly string[]): readonly string[] {
  return globSync(patterns, { exclude: ['**/node_modules/**'] })
    .filter((file) => file.replaceAll('\\', '/') !== 'test/words.test.ts')
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => /^\s*(?:\/\/|\*|\/\*|@description\()/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
}

const comments = commentsIn(['{src,cli,local,test,tools,bench,consumer/src}/**/*.{ts,mts,mjs}', 'infra/**/*.bicep']);
const commentsOfSrc = commentsIn(['src/**/*.ts']);
/** What answers, settings and tests say of themselves: lines with a quoted sentence. Queries of Azure's logs are none. */
const quotedLines = globSync(['src/**/*.ts', 'test/**/*.{test,contract}.ts'])
  .filter((file) => file.replaceAll('\\', '/') !== 'test/words.test.ts')
  .flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => /^(?!\s*(?:\/\/|\*|\/\*)).*['"`]/.test(line) && !line.includes('| where'))
      .map((line) => `${file}: ${line.trim()}`),
  );

test.each(plainComments)('%s comes back in no comment or description: say "%s"', (old) => {
  expect(comments.filter((line) => old.test(line))).toEqual([]);
});

test.each(conditions)('%s comes back in no comment and no text of src, and in no name of a test: say "if"', (old) => {
  expect([...commentsOfSrc, ...quotedLines].filter((line) => old.test(line))).toEqual([]);
});

test('no file has a former word in its name', () => {
  const all = globSync('{src,cli,local,test,infra,docs,tools}/**/*.*');
  expect(all.length).toBeGreaterThan(1000);
  expect(all.filter((file) => formerFileNames.test(file))).toEqual([]);
});

test('files are found', () => {
  expect(files).toContain('docs/operations.md');
  expect(files.length).toBeGreaterThan(400);
  expect(comments.length).toBeGreaterThan(4_000);
  expect(commentsOfSrc.length).toBeGreaterThan(3_000);
  expect(quotedLines.length).toBeGreaterThan(10_000);
});
