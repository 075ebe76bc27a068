import { describe, expect, it } from 'vitest';
import { type DocumentTargets, documentTargets } from '../../../src/app/targets/document-targets.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { LogEvent } from '../../../src/shared/log-event.ts';
import { minuteMs } from '../../../src/shared/time.ts';
import type { BlobAnswer, DiscoveryRow } from '../../../src/targets/ports.ts';
import { memoryClock } from '../../memory-world/memory-clock.ts';
import { memoryFound } from '../../memory-world/memory-found.ts';
import { buildRow, buildState } from '../../rotation/row-builder.ts';

const startMs = Date.UTC(2026, 0, 5, 12);
const place = 'config/targets.json';
const accountId = (name: string) =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-${name}`;
/** A target as people write it; its row holds the same. */
const written = (name: string, change: Record<string, unknown> = {}) => ({
  ...{ name, accountId: accountId(name), vault: 'kv-contoso', prefix: name },
  ...change,
});
const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map((name) => written(name));
const six = [a, b, c, d, e, written('f')];
const person = { operator: 'ada', reason: 'meant so' };

/** Rows and a document in memory; accounts of `rotating` have a rotation in flight. */
function open() {
  const found = memoryFound();
  const clock = memoryClock(startMs);
  const log: LogEvent[] = [];
  const rotating = new Set<string>();
  const asked: (string | null)[] = [];
  let answer: BlobAnswer | FailureError = { kind: 'absent' };
  const calls: string[] = [];
  const listed: typeof found = {
    ...found,
    list: (instance) => {
      calls.push('list');
      return found.list(instance);
    },
    find: (...row) => {
      calls.push('find');
      return found.find(...row);
    },
    save: (...change) => {
      calls.push('save');
      return found.save(...change);
    },
  };
  const source = (at = place): DocumentTargets =>
    documentTargets({
      blob: {
        read: async (unlessEtag) => {
          asked.push(unlessEtag);
          if (answer instanceof FailureError) throw answer;
          return answer.kind === 'content' && answer.etag === unlessEtag ? { kind: 'unchanged' } : answer;
        },
      },
      rows: {
        load: async ({ account }) =>
          rotating.has(account)
            ? {
                fields: buildRow({ rotation: buildState('probing') }),
                etag: 'e',
                savedAtMs: startMs,
                storageNowMs: startMs,
              }
            : null,
      },
      ...{ place: at, listed, vaultSuffix: 'vault.azure.net', instance: 'here', clock },
      log: (event) => log.push(event),
    });
  const one = source();
  const lies = (etag: string, document: unknown) => {
    answer = { kind: 'content', etag, bytes: new TextEncoder().encode(JSON.stringify(document)) };
  };
  return {
    ...{ found, listed, calls, clock, log, rotating, asked, one, source, lies },
    answers: (other: BlobAnswer | FailureError) => {
      answer = other;
    },
    /** The sweep of one worker finds the document. */
    sees: async (etag: string, document: unknown) => {
      lies(etag, document);
      await one.refresh();
      return (await one.list()).map(({ target, blocked }) => `${target.name}${blocked === null ? '' : ` ${blocked}`}`);
    },
    events: (event: LogEvent['event']) => log.filter((each) => each.event === event),
  };
}

const unknownTargets = expect.objectContaining({
  failure: { kind: 'not-applied', code: 'targets-unknown', retryAfterMs: 300_000 },
});
const unreadable = new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });
const accepted = {
  etag: 'e1',
  atMs: startMs,
  targets: 2,
  by: null,
  reason: null,
  digest: expect.stringMatching(/^[0-9a-f]{64}$/),
};
const nothingFound = { etag: null, code: null, problems: [], problemsInAll: 0, dropped: [], droppedInAll: 0 };

describe('what is kept of a targets document', () => {
  it('is a row for each target, and one of the document: earlier and later releases read them', async () => {
    const { found, log, one, sees } = open();
    expect(await sees('e1', [a, b])).toEqual(['a', 'b']);
    expect([...found.rows.values()]).toEqual([
      { kind: 'target', key: 'a', fields: { written: a } },
      { kind: 'target', key: 'b', fields: { written: b } },
      { kind: 'look', key: 'last', fields: { place, accepted, refused: null } },
    ]);
    expect(await one.report()).toEqual({ place, accepted, refused: null, waiting: [] });
    expect(log).toEqual([{ event: 'targets-document-accepted', etag: 'e1', targets: 2, dropped: 0, operator: null }]);
  });

  it('says what a target becomes once its rotation has ended, and who waits for that', async () => {
    const { found, log, rotating, one, lies, sees } = open();
    await sees('e1', six);
    for (const account of ['ai-a', 'ai-b']) rotating.add(account);
    const moved = written('b', { prefix: 'elsewhere' });
    const next = written('next', { prefix: 'a' });
    await sees('e2', [moved, c, d, e, written('f'), next]);
    const [waiting] = (await one.report()).waiting;
    expect([...found.rows.values()].filter(({ kind, key }) => kind !== 'look' && 'ab'.includes(key))).toEqual([
      { kind: 'target', key: 'a', fields: { written: a, next: null } },
      { kind: 'target', key: 'b', fields: { written: b, next: moved } },
    ]);
    expect([...found.rows.values()].find(({ kind }) => kind === 'refused')).toEqual({
      ...{ kind: 'refused', key: expect.stringMatching(/^[0-9a-f]{64}$/) },
      fields: { accountId: accountId('next'), written: next, problems: waiting?.problems },
    });
    expect(await one.report()).toMatchObject({
      waiting: [{ target: 'next', problems: [{ field: 'keyturn-prefix' }] }],
    });
    expect((await one.list()).find(({ target }) => target.name === 'a')).toMatchObject({
      ...{ origin: 'declared', blocked: 'no-longer-a-target' },
    });
    expect(await one.find('b')).toMatchObject({ target: { prefix: 'b' }, blocked: null });
    lies('e3', 'no list');
    for (let sweeps = 0; sweeps < 2; sweeps += 1) await one.refresh();
    expect(await one.report()).toMatchObject({
      refused: { reason: 'document-invalid' },
      waiting: [{ target: 'next' }],
    });
    rotating.clear();
    // Neither document is read again; only what waits is looked at again.
    await one.refresh();
    expect((await one.list()).map(({ target }) => `${target.name} ${target.prefix}`).toSorted()).toEqual([
      'b elsewhere',
      'c c',
      'd d',
      'e e',
      'f f',
      'next a',
    ]);
    expect(log.filter(({ event }) => event === 'target-gone')).toEqual([{ event: 'target-gone', target: 'a' }]);
    expect(await one.report()).toMatchObject({ accepted: { etag: 'e2', targets: 6 }, waiting: [] });
  });

  it.each<[string, BlobAnswer | FailureError, object, code: string | null, fields: string[]]>([
    ['absent', { kind: 'absent' }, { reason: 'document-absent' }, null, []],
    ['unreadable', unreadable, { reason: 'document-unreadable', code: 'ServerBusy' }, 'ServerBusy', []],
    [
      'too large',
      { kind: 'too-large', etag: 'big', bytes: 5_000_000 },
      {
        ...{ reason: 'document-invalid', etag: 'big', problemsInAll: 1 },
        problems: [{ line: null, field: 'document', found: '5000000 bytes', accepted: 'at most 4194304 bytes' }],
      },
      null,
      ['document'],
    ],
  ])('says since when it is %s, once in the log; the targets stay', async (_, answer, refused, code, fields) => {
    const { found, one, clock, answers, sees, events } = open();
    await sees('e1', [a, b]);
    clock.advance(60_000);
    answers(answer);
    await one.refresh();
    clock.advance(60_000);
    await one.refresh();
    const said = { ...nothingFound, ...refused, sinceMs: startMs + 60_000 };
    expect(found.rows.get('look-last')?.fields).toEqual({ place, accepted, refused: said });
    const { reason, etag } = said as { reason?: string; etag: string | null };
    expect(events('targets-not-accepted')).toEqual([{ event: 'targets-not-accepted', reason, etag, code, fields }]);
    expect((await one.list()).map(({ target }) => target.name)).toEqual(['a', 'b']);
    expect(await sees('e1', [a, b])).toEqual(['a', 'b']);
    expect(await one.report()).toMatchObject({ accepted: { etag: 'e1', atMs: startMs }, refused: null });
    expect(events('targets-document-accepted')).toHaveLength(1);
  });

  it('names the first fifty targets that a document drops, and counts them all', async () => {
    const { one, sees, events } = open();
    const many = Array.from({ length: 60 }, (_, index) => written(`t${String(index).padStart(2, '0')}`));
    await sees('e1', many);
    expect(await sees('e2', [])).toHaveLength(60);
    const { refused } = await one.report();
    expect(refused).toMatchObject({
      ...nothingFound,
      reason: 'targets-dropped',
      etag: 'e2',
      dropped: expect.any(Array),
      droppedInAll: 60,
    });
    expect([refused?.dropped.length, refused?.dropped[0], refused?.dropped[49]]).toEqual([50, 't00', 't49']);
    expect(events('targets-not-accepted')).toMatchObject([{ reason: 'targets-dropped', etag: 'e2' }]);
    // Accepted before: it may drop as much as it drops.
    await one.accept(['e2'], person);
    expect(await one.list()).toEqual([]);
    expect(events('targets-document-accepted').at(-1)).toMatchObject({ etag: 'e2', dropped: 60, operator: 'ada' });
  });

  it('tells a refusal for another reason, and one of another document, as new', async () => {
    const { one, clock, answers, lies, events } = open();
    const since = async () => (await one.report()).refused?.sinceMs;
    await one.refresh();
    expect(await since()).toBe(startMs);
    for (const prepare of [() => answers(unreadable), () => lies('e1', 'x'), () => lies('e2', 'x')]) {
      clock.advance(60_000);
      prepare();
      await one.refresh();
      expect(await since()).toBe(clock.nowMs());
    }
    expect(events('targets-not-accepted').map((event) => Object.values(event).slice(1, 3))).toEqual([
      ['document-absent', null],
      ['document-unreadable', null],
      ['document-invalid', 'e1'],
      ['document-invalid', 'e2'],
    ]);
  });
});

describe('a targets document is read', () => {
  it('only if it is another one than this worker has judged, here, and whose rows are whole', async () => {
    const { found, calls, one, asked, clock, lies, sees, source } = open();
    const asks = async (from: DocumentTargets) => {
      asked.length = 0;
      await from.refresh();
      return asked;
    };
    await sees('e1', [a, b]);
    calls.length = 0;
    expect(await asks(one)).toEqual(['e1']);
    expect(calls).toEqual(['find']);
    expect(await asks(source())).toEqual([null]);
    expect(await asks(source('config/another.json'))).toEqual([null]);
    expect(await asks(one)).toEqual([null]);
    await one.list();
    // Another release, whose save was cut off, or somebody by hand: it shows within ten minutes.
    found.rows.delete('target-b');
    expect(await asks(one)).toEqual(['e1']);
    clock.advance(10 * minuteMs);
    expect(await asks(one)).toEqual([null]);
    expect(found.rows.has('target-b')).toBe(true);
    lies('e2', 'no list');
    expect(await asks(one)).toEqual(['e1']);
    expect(await asks(one)).toEqual(['e2']);
  });

  it.each([
    ['before any row', 0],
    ['between two rows', 1],
    ['before the row of the document', 2],
  ])('anew if a save was cut off %s, also by a worker that had the list of before', async (_, rows) => {
    const { found, listed, one, source, lies, sees } = open();
    await sees('e1', [a, b, c, d, e]);
    const other = source();
    const [saves, { save }] = [{ left: 2 }, listed];
    lies('e2', [written('a', { prefix: 'new' }), b, c, d, written('f')]);
    listed.save = async (instance, removed, put) => {
      saves.left -= 1;
      if (saves.left > 0) return await save(instance, removed, put);
      if (saves.left === 0) await found.save(instance, rows === 0 ? [] : removed, put.slice(0, rows));
      throw unreadable;
    };
    await expect(other.refresh()).rejects.toThrow('ServerBusy');
    listed.save = save;
    lies('e3', [a, b, c, d, e]);
    await one.refresh();
    const names = [...found.rows.values()].flatMap(({ kind, fields }) => (kind === 'target' ? [fields] : []));
    expect(names).toEqual(expect.arrayContaining([a, b, c, d, e].map((one) => ({ written: one }))));
    expect(names).toHaveLength(5);
    expect((await source().list()).map(({ target }) => target.prefix).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('from another place is one that was never accepted, though its entity tag is the same', async () => {
    const { source, sees, clock, events } = open();
    await sees('e1', six);
    clock.advance(60_000);
    const elsewhere = source('config/another.json');
    await elsewhere.refresh();
    expect(await elsewhere.report()).toMatchObject({
      ...{ place: 'config/another.json', accepted: { etag: 'e1', atMs: startMs + 60_000 } },
    });
    expect(events('targets-document-accepted')).toHaveLength(2);
  });

  it('from another place, and drops more than a fifth: a person has to accept it', async () => {
    const { source, sees, lies } = open();
    await sees('e1', six);
    lies('e1', [a]);
    const elsewhere = source('config/another.json');
    await elsewhere.refresh();
    expect(await elsewhere.report()).toMatchObject({ refused: { reason: 'targets-dropped', droppedInAll: 5 } });
  });

  it('and its rows are read again after they could not be saved', async () => {
    const { found, listed, one, lies, sees } = open();
    await sees('e1', [a, b]);
    lies('e2', [a, b, c]);
    listed.save = async (instance, removed, put) => {
      await found.save(instance, removed, put);
      if (put.some(({ kind }) => kind === 'target')) throw unreadable;
    };
    await expect(one.refresh()).rejects.toThrow('ServerBusy');
    expect(await one.list()).toHaveLength(3);
  });

  it('and what another worker made of it is noticed within fifteen seconds, by one row as long as nobody has', async () => {
    const { calls, one, source, clock, sees, lies } = open();
    const other = source();
    await sees('e1', six);
    expect(calls).toEqual(['list', 'save', 'list']);
    clock.advance(15_000);
    calls.length = 0;
    expect(await one.list()).toHaveLength(6);
    expect(calls).toEqual(['find']);
    lies('e2', six.slice(1));
    await other.refresh();
    clock.advance(14_999);
    expect(await one.list()).toHaveLength(6);
    clock.advance(1);
    expect(await one.list()).toHaveLength(5);
  });

  it('and is kept by nobody as it stood in the midst of a save', async () => {
    const { found, listed, one, source, clock, sees, lies } = open();
    const other = source();
    await sees('e1', six);
    lies('e2', six.slice(1));
    const seen: number[] = [];
    listed.save = async (instance, removed, put) => {
      await found.save(instance, removed, []);
      clock.advance(15_000);
      seen.push((await one.list()).length);
      await found.save(instance, [], put);
    };
    await other.refresh();
    clock.advance(15_000);
    expect([seen, (await one.list()).length]).toEqual([[6, 5], 5]);
    expect((await one.report()).accepted).toMatchObject({ etag: 'e2', targets: 5 });
  });
});

describe('what a person accepted while a sweep looked at it', () => {
  it.each(['the same', 'another'])('is in force after the next sweep, if %s worker swept', async (which) => {
    const { listed, one, lies, sees, source } = open();
    const other = which === 'another' ? source() : one;
    await sees('e1', six);
    lies('e2', [a]);
    const { save } = listed;
    listed.save = async (...change) => {
      listed.save = save;
      await other.accept(['e2'], person);
      await save(...change);
    };
    await one.refresh();
    expect((await one.report()).refused).toMatchObject({ reason: 'targets-dropped' });
    await one.refresh();
    expect(await one.report()).toMatchObject({ accepted: { etag: 'e2', targets: 1 }, refused: null });
    expect((await one.list()).map(({ target }) => target.name)).toEqual(['a']);
  });
});

describe('rows that this release cannot read', () => {
  const strange: DiscoveryRow = {
    kind: 'target',
    key: 'strange',
    fields: { written: { name: 'strange', later: true } },
  };

  it('stay while no document is taken, count for nothing, and go with the next one', async () => {
    const { found, one, clock, lies, sees } = open();
    await sees('e1', [a, b]);
    found.rows.set('target-strange', strange);
    clock.advance(10 * minuteMs);
    lies('e2', 'no list');
    await one.refresh();
    expect(found.rows.get('target-strange')).toEqual(strange);
    expect((await one.list()).map(({ target }) => target.name).toSorted()).toEqual(['a', 'b']);
    expect(await one.find('strange')).toBeNull();
    await sees('e3', [a, b]);
    expect(found.rows.has('target-strange')).toBe(false);
  });
});

describe('before a first document was accepted', () => {
  it('targets are unknown, whatever lies there; a name that none can have is none', async () => {
    const { one, lies } = open();
    const says = async () => {
      await expect(one.list()).rejects.toEqual(unknownTargets);
      await expect(one.find('a')).rejects.toEqual(unknownTargets);
      expect(await one.find('No such name/')).toBeNull();
    };
    await says();
    expect(await one.report()).toEqual({ place, accepted: null, refused: null, waiting: [] });
    lies('e1', 'no list');
    await one.refresh();
    await says();
    // Nothing was in force: the first one may be as short as it is.
    lies('e2', []);
    await one.refresh();
    expect(await one.list()).toEqual([]);
    expect(await one.find('a')).toBeNull();
  });
});

describe('a person who accepts a document', () => {
  it.each<[string, BlobAnswer, object]>([
    ['gone', { kind: 'absent' }, { kind: 'absent' }],
    [
      'another one by now',
      { kind: 'content', etag: 'e3', bytes: new TextEncoder().encode('[]') },
      { kind: 'changed-meanwhile', etag: 'e3' },
    ],
    [
      'wrong',
      { kind: 'content', etag: 'e2', bytes: new TextEncoder().encode('{}') },
      { kind: 'invalid', problems: [expect.objectContaining({ line: null, field: 'targets' })] },
    ],
  ])('changes nothing if it is %s', async (_, answer, expected) => {
    const { found, one, answers, sees } = open();
    await sees('e1', [a, b]);
    const before = structuredClone(found.rows);
    answers(answer);
    expect(await one.accept(['e1', 'e2'], person)).toMatchObject(expected);
    expect(found.rows).toEqual(before);
  });

  it('is named with it; accepting it again changes nothing of that', async () => {
    const { one, asked, clock, lies, sees, log } = open();
    await sees('e1', [a, b]);
    lies('e2', [a]);
    clock.advance(60_000);
    asked.length = 0;
    expect(await one.accept(['other', 'e2'], person)).toEqual({ kind: 'accepted', etag: 'e2' });
    expect(asked).toEqual([null]);
    const now = { etag: 'e2', atMs: startMs + 60_000, targets: 1, by: 'ada', reason: 'meant so' };
    expect(await one.report()).toMatchObject({ accepted: now });
    expect(log.slice(1)).toEqual([
      { event: 'target-gone', target: 'b' },
      { event: 'targets-document-accepted', etag: 'e2', targets: 1, dropped: 1, operator: 'ada' },
    ]);
    clock.advance(60_000);
    await one.accept(['e2'], { operator: 'bob', reason: 'again' });
    expect(await one.report()).toMatchObject({ accepted: now });
    expect(log).toHaveLength(3);
    // No sweep needs to read it again.
    await one.refresh();
    expect(asked.at(-1)).toBe('e2');
  });
});
