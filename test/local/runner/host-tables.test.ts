import { describe, expect, it } from 'vitest';
import { requestTarget } from '../../../local/runner/http/request-target.ts';
import { compileRoute, matchRoute } from '../../../local/runner/http/route.ts';
import { retryDelayMs } from '../../../local/runner/invoker.ts';
import { pollDelays } from '../../../local/runner/queue/poll-delays.ts';
import { decodeQueueText, queueMetadata } from '../../../local/runner/queue/queue-message.ts';
import { settingsFrom } from '../../../local/runner/settings/settings.ts';
import { expandSettings } from '../../../local/runner/settings/settings-expansion.ts';
import { timeSpanMs } from '../../../local/runner/settings/time-span.ts';
import { storageConnection } from '../../../local/runner/storage-connection.ts';
import { parseSchedule } from '../../../local/runner/timer/schedule.ts';

describe('route constraints', () => {
  const id = '6f9619ff-8b86-d011-b42d-00c04fc964ff';
  it.each([
    ['int', ['1', '-5'], ['x', '2147483648', '1.5']],
    ['long', ['2147483648'], ['9223372036854775808', 'x']],
    ['bool', ['true', 'FALSE'], ['1', 'yes']],
    ['alpha', ['Abc'], ['a1', 'ä']],
    ['guid', [id, `{${id}}`], ['6f9619ff', id.slice(1)]],
    ['length(3)', ['abc'], ['ab', 'abcd']],
    ['length(2,3)', ['ab', 'abc'], ['a', 'abcd']],
    ['minlength(2)', ['ab'], ['a']],
    ['maxlength(2)', ['ab'], ['abc']],
    ['min(5)', ['5'], ['4', 'x']],
    ['max(5)', ['5'], ['6']],
    ['range(2,4)', ['2', '4'], ['1', '5']],
    ['double', ['1.5'], ['x']],
    ['regex(^a+$)', ['aa'], ['ab']],
    ['int:min(5)', ['5'], ['4']],
  ])('%s takes %s and refuses %s', (constraint, taken, refused) => {
    const route = compileRoute(`x/{v:${constraint}}`, []);
    for (const value of taken) expect(matchRoute(route, `x/${value}`)).toEqual({ v: value });
    for (const value of refused) expect(matchRoute(route, `x/${value}`)).toBeUndefined();
  });

  it('refuses a constraint that it does not know', () => {
    expect(() => compileRoute('{v:nothing}', [])).toThrow("the route constraint 'nothing' is not known.");
  });
});

describe('a request target', () => {
  it.each([
    [
      'is decoded once for the routes, and encoded again for the handler',
      '/api/a%20b?x=%20y',
      '/api/a b',
      '/api/a%20b?x=%20y',
    ],
    ['needs no encoding of unreserved characters', '/api/%7Eb', '/api/~b', '/api/~b'],
    ['keeps an encoded slash', '/api/a%2Fb', '/api/a%2Fb', '/api/a%2Fb'],
    ['loses its dot segments', '/api/x/../y/./z', '/api/y/z', '/api/y/z'],
    ['loses encoded dot segments too', '/api/x/%2e%2E/y?z', '/api/y', '/api/y?z'],
    ['that climbs above the root stays there', '/api/../../api/x', '/api/x', '/api/x'],
    ['that ends in dots ends in a slash', '/api/x/..', '/api/', '/api/'],
    ['keeps dots behind an encoded slash', '/api/a%2F..%2Fb', '/api/a%2F..%2Fb', '/api/a%2F..%2Fb'],
    ['keeps three dots', '/api/...', '/api/...', '/api/...'],
    ['keeps what is no encoding', '/api/%zz', '/api/%zz', '/api/%25zz'],
    ['keeps bytes that are no UTF-8', '/api/%41%E4', '/api/A%E4', '/api/A%E4'],
    ['may be UTF-8', '/api/%C3%A4', '/api/ä', '/api/%C3%A4'],
    ['takes a # as a character', '/api/a#b?c#d', '/api/a#b', '/api/a%23b?c%23d'],
    ['may be absolute', 'http://host:1/api/x?y', '/api/x', '/api/x?y'],
  ])('%s', (_, target, path, shown) => {
    expect(requestTarget(target, 'host:1')).toMatchObject({ path, url: `http://host:1${shown}` });
  });

  it.each([
    ['with a NUL', '/api/%00'],
    ['with a byte that is no ASCII', '/api/\u00e4'],
    ['of another host', 'http://other/api/x'],
  ])('%s is refused', (_, target) => {
    expect(requestTarget(target, 'host:1')).toBeUndefined();
  });
});

describe('schedules', () => {
  const from = new Date(2026, 2, 10, 10, 2, 3).getTime();
  const local = (...parts: [number, number, number, number, number, number]) => new Date(...parts).getTime();
  it.each([
    ['six fields', '0 */5 * * * *', local(2026, 2, 10, 10, 5, 0), true],
    ['five fields', '*/5 * * * *', local(2026, 2, 10, 10, 5, 0), true],
    ['every minute keeps its status', '0 * * * * *', local(2026, 2, 10, 10, 3, 0), true],
    ['several times a minute does not', '*/30 * * * * *', local(2026, 2, 10, 10, 2, 30), false],
    ['several seconds, but of one minute an hour', '*/30 0 * * * *', local(2026, 2, 10, 11, 0, 0), true],
    ['0 is Sunday', '0 0 9 * * 0', local(2026, 2, 15, 9, 0, 0), true],
    ['names of days', '0 0 9 * * Mon-Fri', local(2026, 2, 11, 9, 0, 0), true],
    ['full names', '0 0 9 * March Sunday', local(2026, 2, 15, 9, 0, 0), true],
    ['day of month and day of week must both match', '0 0 0 1 * 1', local(2026, 5, 1, 0, 0, 0), true],
    ['from 5, every 15', '5/15 * * * * *', local(2026, 2, 10, 10, 2, 5), false],
    ['a time span', '00:10:00', local(2026, 2, 10, 10, 12, 3), true],
    ['a time span below a minute', '00:00:10', local(2026, 2, 10, 10, 2, 13), false],
    ['a time span with days', '1.00:00:00', local(2026, 2, 11, 10, 2, 3), true],
  ])('%s: %s', (_, text, next, isMonitored) => {
    const schedule = parseSchedule(text);
    expect([schedule.nextAfter(from), schedule.isMonitored]).toEqual([next, isMonitored]);
  });

  it('gives an occurrence strictly after the instant asked for', () => {
    const noon = local(2026, 2, 10, 12, 0, 0);
    expect(parseSchedule('0 0 * * * *').nextAfter(noon)).toBe(noon + 3_600_000);
  });

  it.each([
    '',
    'daily',
    '@daily',
    '0 0 0 L * *',
    '0 0 9 * * 7',
    '0 0 9 ? * 1',
    '* * * *',
    '60 * * * * *',
    '25:00:00',
    '-00:10:00',
  ])('"%s" is none', (text) => {
    expect(() => parseSchedule(text)).toThrow(
      `The schedule expression '${text}' was not recognized as a valid cron expression or timespan string.`,
    );
  });
});

it.each([
  ['01:02:03', 3_723_000],
  ['00:30', 1_800_000],
  ['1.00:00:00.5', 86_400_500],
  ['7', 7 * 86_400_000],
  ['-1', -86_400_000],
  ['24:00:00', undefined],
  ['soon', undefined],
])('the time span %s is %s ms', (text, durationMs) => {
  expect(timeSpanMs(text)).toBe(durationMs);
});

describe('settings', () => {
  const settings = settingsFrom({
    Queue: 'jobs',
    Nested__Name: 'deep',
    Empty: '',
    AzureWebJobsStorage: 'S',
    AzureWebJobsFirst: 'with prefix',
    First: 'without',
    Second: 'second',
    ConnectionStrings__Third: 'third',
    Identity__accountName: 'contoso',
  });

  it.each([
    ['%Queue%', 'jobs'],
    ['a-%QUEUE%-b', 'a-jobs-b'],
    ['%Nested:Name%', 'deep'],
    ['no setting', 'no setting'],
  ])('%s expands to %s', (text, expanded) => {
    expect(expandSettings(text, settings)).toBe(expanded);
  });

  it.each(['%Missing%', '%Empty%'])('%s does not resolve', (text) => {
    expect(() => expandSettings(text, settings)).toThrow(`'${text}' does not resolve to a value.`);
  });

  it.each([
    [undefined, 'S'],
    ['', 'S'],
    ['AzureWebJobsStorage', 'S'],
    ['First', 'with prefix'],
    ['Second', 'second'],
    ['Third', 'third'],
  ])('connection %s is found', (name, value) => {
    expect(storageConnection(name, settings)).toBe(value);
  });

  it('says which connection is missing, and that an identity is not provided here', () => {
    expect(() => storageConnection('Gone', settings)).toThrow(
      "Storage account connection string 'AzureWebJobsGone' does not exist.",
    );
    expect(() => storageConnection('Identity', settings)).toThrow('the local runner knows connection strings only');
  });
});

describe('queue messages', () => {
  const properties = {
    queueTrigger: '',
    dequeueCount: 1,
    insertedOn: 'i',
    expiresOn: 'e',
    nextVisibleOn: 'n',
    id: 'real',
    popReceipt: 'p',
  };

  it('lets body properties overwrite the built-in ones whatever their case', () => {
    const metadata = queueMetadata('{"id":"mine","DEQUEUECOUNT":7}', properties);
    expect(metadata).toMatchObject({ id: { string: 'mine' }, DEQUEUECOUNT: { string: '7' } });
    expect(Object.keys(metadata)).not.toContain('Id');
    expect(Object.keys(metadata)).not.toContain('DequeueCount');
  });

  it('sends objects as JSON, others as .NET text, and leaves out arrays and nulls', () => {
    const text = ' {"o":{"a":1},"n":1.5,"b":true,"d":"2026-01-31T08:00:00Z","s":"s","a":[1],"z":null} ';
    const { QueueTrigger, DequeueCount, ExpirationTime, InsertionTime, NextVisibleTime, Id, PopReceipt, ...leaked } =
      queueMetadata(text, properties);
    expect(leaked).toEqual({
      o: { json: '{"a":1}' },
      n: { string: '1.5' },
      b: { string: 'True' },
      d: { string: '01/31/2026 08:00:00' },
      s: { string: 's' },
    });
  });

  it.each([
    ['aGk=', 'base64', 'hi'],
    ['', 'base64', ''],
    ['aG\nk=', 'base64', 'hi'],
    ['aGk', 'base64', undefined],
    ['{"a":1}', 'base64', undefined],
    ['/w==', 'base64', undefined],
    ['{"a":1}', 'none', '{"a":1}'],
  ] as const)('%s as %s is %s', (stored, encoding, text) => {
    expect(decodeQueueText(stored, encoding)).toBe(text);
  });
});

it('polls from 100 ms growing to the maximum, and starts again after a message', () => {
  const delays = pollDelays(1_000, () => 0.5);
  expect([1, 2, 3, 4, 5, 6].map(() => delays.next())).toEqual([100, 200, 300, 500, 900, 1_000]);
  delays.reset();
  expect(delays.next()).toBe(100);
});

it('waits for a retry as the policy says', () => {
  const growing = {
    retryStrategy: 'exponentialBackoff',
    minimumInterval: { seconds: 1 },
    maximumInterval: { seconds: 5 },
  } as const;
  expect([1, 2, 3, 4].map((retryCount) => retryDelayMs(growing, retryCount))).toEqual([1_000, 2_000, 4_000, 5_000]);
  expect(retryDelayMs({ retryStrategy: 'fixedDelay', delayInterval: { seconds: 3 } }, 9)).toBe(3_000);
});
