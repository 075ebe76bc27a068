import { expect, test } from 'vitest';
import { ifMatch } from '../../src/api/request-headers.ts';
import { fakeRequest } from './fake-request.ts';

test.each<[string, string | undefined, readonly string[] | null]>([
  ['nothing if none was sent', undefined, null],
  ['one tag', '"a"', ['"a"']],
  ['several', '"a" ,"b"', ['"a"', '"b"']],
  ['any', '*', ['*']],
  ['a tag that a compressing proxy weakened', 'W/"a"', ['"a"']],
  ['not any, if only a tag may be weak', 'W/*', ['W/*']],
])('If-Match names %s', (_, header, tags) => {
  const headers = header === undefined ? {} : { 'if-match': header };
  expect(ifMatch(fakeRequest({ method: 'PUT', path: '/api/targets/demo/network', headers }))).toEqual(tags);
});
