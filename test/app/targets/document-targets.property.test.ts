/** Whatever workers save at once, in whatever order their calls reach the table, and wherever they fail or crash. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DocumentTargets, documentTargets } from '../../../src/app/targets/document-targets.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import type { DiscoveryRow, DiscoveryRows } from '../../../src/targets/ports.ts';
import { memoryClock } from '../../memory-world/memory-clock.ts';
import { memoryFound } from '../../memory-world/memory-found.ts';
import { buildRow, buildState } from '../../rotation/row-builder.ts';

const listAgeMs = 15_000;
const names = ['a', 'b', 'c', 'd'];
const accountId = (name: string) =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/ai-${name}`;
const busy = new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null });

const worker = fc.nat(2);
/** One of the calls that wait to be sent, whosever it is. */
const which = fc.nat(7);
/** What a document says of each target: nothing, or one of two prefixes. The target `a` is in all of them. */
const says = fc.record({ b: fc.nat(2), c: fc.nat(2), d: fc.nat(2) });
const acts = {
  call: fc.record({ do: fc.constant('call'), which, times: fc.integer({ min: 1, max: 4 }) }),
  fail: fc.record({ do: fc.constant('fail'), which, isApplied: fc.boolean() }),
  crash: fc.record({ do: fc.constant('crash'), worker }),
  sweep: fc.record({ do: fc.constant('sweep'), worker }),
  accept: fc.record({ do: fc.constant('accept'), worker }),
  list: fc.record({ do: fc.constant('list'), worker }),
  write: fc.record({ do: fc.constant('write'), says }),
  blob: fc.record({ do: fc.constant('blob'), is: fc.constantFrom('there', 'absent', 'unreadable') }),
  pass: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(1_000, listAgeMs, 60_000) }),
  rotate: fc.record({ do: fc.constant('rotate'), name: fc.constantFrom(...names) }),
} as const;
const act = fc.oneof(
  { weight: 10, arbitrary: acts.call },
  { weight: 3, arbitrary: acts.sweep },
  { weight: 3, arbitrary: acts.list },
  { weight: 2, arbitrary: acts.write },
  { weight: 2, arbitrary: acts.pass },
  ...[acts.accept, acts.fail, acts.crash, acts.blob, acts.rotate],
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** A person accepts a document while the sweep of another worker has the rows of before, and refuses it. */
const acceptedBesideSweep: Act[] = [
  { do: 'list', worker: 1 },
  { do: 'write', says: { b: 0, c: 0, d: 0 } },
  { do: 'accept', worker: 0 },
  { do: 'call', which: 0, times: 3 },
  { do: 'sweep', worker: 2 },
  { do: 'call', which: 0, times: 2 },
  { do: 'call', which: 0, times: 3 },
  { do: 'call', which: 3, times: 2 },
];

interface Call {
  readonly worker: number;
  send(): Promise<void>;
  /** @param isApplied only its reply gets lost */
  fail(isApplied: boolean): Promise<void>;
}

const shown = ({ name, prefix }: { readonly name: string; readonly prefix: string }) => `${name} ${prefix}`;
const shownIn = ({ kind, fields }: DiscoveryRow): string[] =>
  kind === 'target' ? [shown((fields as { written: { name: string; prefix: string } }).written)] : [];

/** Workers, each of whose calls of the table waits until it is told to be sent. */
function open() {
  const table = memoryFound();
  const clock = memoryClock(Date.UTC(2026, 0, 5));
  const rotating = new Set<string>();
  const calls: Call[] = [];
  const documents = new Map<string, string[]>();
  const blob = { is: 'there', etag: '', text: '' };
  /** The targets of the rows after each call. */
  const past: { readonly atMs: number; readonly rows: readonly string[] }[] = [];
  const note = () => past.push({ atMs: clock.nowMs(), rows: [...table.rows.values()].flatMap(shownIn) });
  note();

  const waits = <T>(of: number, send: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      calls.push({
        worker: of,
        async send() {
          const answer = await send();
          note();
          resolve(answer);
        },
        async fail(isApplied) {
          if (isApplied) await send();
          note();
          reject(busy);
        },
      });
    });
  const listedBy = (of: number): DiscoveryRows => ({
    // Pages come in the order of keys: the row of the document first.
    async list(instance) {
      const look = await waits(of, () => table.find(instance, 'look', 'last'));
      const rest = await waits(of, () => table.list(instance));
      return [...(look === null ? [] : [look]), ...rest.filter(({ kind }) => kind !== 'look')];
    },
    find: (...row) => waits(of, () => table.find(...row)),
    async save(instance, removed, put) {
      for (const row of removed) await waits(of, () => table.save(instance, [row], []));
      for (let n = 0; n < put.length; n += 2) await waits(of, () => table.save(instance, [], put.slice(n, n + 2)));
    },
  });
  return {
    ...{ table, past, clock, rotating, calls, documents, blob },
    write(document: Readonly<Record<string, number>>) {
      const targets = Object.entries({ a: 1, ...document }).flatMap(([name, prefix]) =>
        prefix === 0 ? [] : { name, accountId: accountId(name), vault: 'kv-contoso', prefix: `${name}${prefix}` },
      );
      Object.assign(blob, { is: 'there', etag: `e${documents.size}`, text: JSON.stringify(targets) });
      documents.set(blob.etag, targets.map(shown));
    },
    start: (of: number): DocumentTargets =>
      documentTargets({
        blob: {
          read: async (unlessEtag) => {
            const { is, etag, text } = blob;
            if (is === 'unreadable') throw busy;
            if (is === 'absent') return { kind: 'absent' };
            return etag === unlessEtag
              ? { kind: 'unchanged' }
              : { kind: 'content', etag, bytes: new TextEncoder().encode(text) };
          },
        },
        rows: {
          load: async ({ account }) =>
            rotating.has(account)
              ? { fields: buildRow({ rotation: buildState('probing') }), etag: 'e', savedAtMs: 0, storageNowMs: 0 }
              : null,
        },
        ...{ place: 'config/targets.json', listed: listedBy(of), vaultSuffix: 'vault.azure.net', instance: 'here' },
        ...{ clock, log: () => {} },
      }),
  };
}

/** Until everybody waits for a call, or has come to the end. */
const quiet = () => new Promise((go) => setImmediate(go));

async function play(steps: readonly Act[], last: number): Promise<void> {
  const { table, past, clock, rotating, calls, documents, blob, write, start } = open();
  const workers = [0, 1, 2].map((of) => ({ source: start(of), isSweeping: false }));
  const at = (of: number) => workers[of] ?? { source: start(of), isSweeping: false };
  const next = (n: number) => calls.splice(n % Math.max(1, calls.length), 1)[0];
  const stale: string[] = [];
  const nothing = () => null;

  const sweep = async (of: number) => {
    const own = at(of);
    if (own.isSweeping) return;
    own.isSweeping = true;
    await own.source.refresh().catch(nothing);
    own.isSweeping = false;
  };
  /** What it shows has stood in the table less than fifteen seconds ago, and what stood there all the time it shows. */
  const list = async (of: number) => {
    const first = past.findLastIndex(({ atMs }) => atMs <= clock.nowMs() - listAgeMs);
    const answer = await at(of).source.list().catch(nothing);
    if (answer === null) return;
    const listed = answer.map(({ target }) => shown(target));
    const seen = past.slice(Math.max(0, first)).map(({ rows }) => rows);
    for (const one of listed) if (!seen.some((rows) => rows.includes(one))) stale.push(`still ${one}`);
    for (const one of seen[0] ?? [])
      if (!listed.includes(one) && seen.every((rows) => rows.includes(one))) stale.push(`not yet ${one}`);
  };
  const finish = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    work.then(over, over);
    for (await quiet(); !isOver || calls.length > 0; await quiet()) await next(0)?.send();
    return await work;
  };

  const run: { readonly [D in Act['do']]: (step: Extract<Act, { do: D }>) => Promise<unknown> | unknown } = {
    async call({ which: n, times }) {
      for (let left = times; left > 0; left -= 1) {
        await next(n)?.send();
        await quiet();
      }
    },
    fail: ({ which: n, isApplied }) => next(n)?.fail(isApplied),
    crash({ worker: of }) {
      calls.splice(0, calls.length, ...calls.filter((call) => call.worker !== of));
      workers[of] = { source: start(of), isSweeping: false };
    },
    sweep({ worker: of }) {
      sweep(of);
    },
    accept({ worker: of }) {
      at(of).source.accept([blob.etag], { operator: 'ada', reason: 'meant so' }).catch(nothing);
    },
    list({ worker: of }) {
      list(of);
    },
    write: ({ says: document }) => write(document),
    blob({ is }) {
      blob.is = is;
    },
    pass: ({ ms }) => clock.advance(ms),
    rotate({ name }) {
      if (!rotating.delete(`ai-${name}`)) rotating.add(`ai-${name}`);
    },
  };
  write({ b: 1, c: 1, d: 1 });
  await finish(sweep(0));
  for (const step of steps) {
    await (run[step.do] as (given: Act) => unknown)(step);
    await quiet();
  }
  await finish(quiet());
  expect(stale).toEqual([]);

  rotating.clear();
  blob.is = 'there';
  await finish(at(last).source.refresh());
  clock.advance(listAgeMs);
  const { accepted, refused } = await finish(start(0).report());
  // While a document is refused, that of before stays, of which nobody has another copy than the rows.
  const declared = refused === null ? documents.get(accepted?.etag ?? '') : [...table.rows.values()].flatMap(shownIn);
  for (const { source } of workers) {
    const listed = (await finish(source.list())).map(({ target }) => shown(target));
    expect(listed.toSorted()).toEqual(declared?.toSorted());
  }
}

it('every worker lists what the accepted document declares fifteen seconds after a sweep of one, and nothing older before', async () => {
  await fc.assert(fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), worker, play), {
    numRuns: 300,
    examples: [[acceptedBesideSweep, 2]],
  });
});
