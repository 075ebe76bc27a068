/** The commands are made from the rows of the API: none is missing, and a row's fields are a command's options. */
import { describe, expect, it } from 'vitest';
import { operation, operationAt } from '../../../cli/api/operations.ts';
import { commands, programOf } from '../../../cli/program.ts';
import { endpoints } from '../../../src/api/endpoints.ts';

const program = programOf(async () => {}, 'whole');
const commandAt = (words: string) =>
  words.split(' ').reduce((at, word) => at.commands.find((one) => one.name() === word) ?? at, program);
const optionsOf = (words: string) => commandAt(words).options.map(({ flags }) => flags);

it('every operation of the API has a command', () => {
  const asked = new Set(commands.flatMap(({ operations }) => operations));
  expect(endpoints.map(({ name }) => name).filter((name) => !asked.has(name))).toEqual([]);
  expect([...asked].filter((name) => !endpoints.some((one) => one.name === name))).toEqual([]);
});

it('no two commands are called the same', () => {
  const words = commands.map((one) => one.words);
  expect(new Set(words).size).toBe(words.length);
});

it.each([
  ['hold', ['--watch', '--timeout <span>', '--reason <text>', '--confirm <a,b>']],
  [
    'expedite',
    ['--watch', '--timeout <span>', '--reason <text>', '--overlap-seconds <number>', '--leave-behind <a,b>'],
  ],
  ['diagnose', ['--egress <text>']],
  ['rotate', ['--watch', '--timeout <span>', '--inactive-key-unused', '--dry-run', '--idempotency-key <name>']],
  [
    'keyless plan',
    [
      '--enabled <true|false>',
      '--identities <a,b>',
      '--prove-within-minutes <number>',
      '--confirm <a,b>',
      '--if-match <etag>',
    ],
  ],
  ['access plan', ['--identities <json>', '--confirm <a,b>', '--body <file>', '--if-match <etag>']],
])('%s has the options of its row', (words, options) => {
  expect(optionsOf(words)).toEqual(options);
});

it('says of each option what the API accepts', () => {
  const [reason] = commandAt('hold').options.filter(({ long }) => long === '--reason');
  expect(reason?.description).toBe('1 to 200 characters that say why, without a key or a token (required)');
  const [slot] = commandAt('leak').options.filter(({ long }) => long === '--slot');
  expect(slot?.argChoices).toEqual(['key1', 'key2']);
});

it('no command takes a key or another secret as an option', () => {
  const flags = commands.flatMap(({ words }) => optionsOf(words));
  expect(flags.filter((flag) => /^--(?:key|secret|token|password)\b/.test(flag))).toEqual([]);
});

describe('the operation behind a request that a diagnosis proposes', () => {
  it.each([
    ['POST', '/api/targets/web-eu/leak', { name: 'report-leak', target: 'web-eu' }],
    ['POST', '/api/targets/web/rotations/814cab49/resume', { name: 'resume-rotation', target: 'web', id: '814cab49' }],
    ['PUT', '/api/pause', { name: 'set-pause' }],
    ['POST', '/api/elsewhere', null],
    ['GET', '/api/targets/web/leak', null],
  ])('%s %s', (method, path, expected) => {
    const found = operationAt(method, path);
    expect(found && { name: found.endpoint.name, target: found.names.name, id: found.names.id }).toEqual(
      expected && { target: undefined, id: undefined, ...expected },
    );
  });

  it('is a mistake of the command line if it is named wrongly', () => {
    expect(() => operation('read-minds')).toThrow(TypeError);
  });
});
