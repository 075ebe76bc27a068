/**
 * What the consumer kit costs an application: a cached read in nanoseconds, and calls of the vault an hour. Wants at most
 * 1 µs for a read.
 */
import { declarationOf } from '../consumer/src/declaration.ts';
import { keepKey } from '../consumer/src/kept-key.ts';
import { LiveCredential, SecretKey } from '../consumer/src/secret-key.ts';
import { movedTime } from '../test/consumer/moved-time.ts';
import { readOptions } from '../tools/read-options.ts';

const boundNs = 1_000;
const cacheMs = 30 * 60_000;
const values = readOptions({ options: { reads: { type: 'string', default: '1000000' }, help: { type: 'boolean' } } });
if (values.help) {
  console.log(
    'npm run bench:consumer -- [--reads 1000000]\n\nMeasures what a cached read of a key costs, and counts calls of the vault an hour.',
  );
  process.exit();
}
const reads = Number(values.reads);
if (!Number.isInteger(reads) || reads < 1) {
  console.error('--reads must be a whole number from 1. See --help.');
  process.exit(2);
}

const rounds = 7;
/** A key that the vault gives at once. */
const keptKey = (time: Parameters<typeof keepKey>[0]['time'], read: () => void = () => {}) =>
  keepKey({
    async read() {
      read();
      return { kind: 'read', value: { key: new SecretKey('k'.repeat(84)), slot: 'key1', version: 'v' } };
    },
    cacheMs,
    lastGoodForMs: 3_600_000,
    time,
    onEvent: () => {},
    unavailable: () => new TypeError('no key'),
  });

const kept = await keptKey({
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  schedule: () => () => {},
});
const credential = new LiveCredential(() => kept.now());

const credentialNs = await medianNs(() => {
  for (let count = 0; count < reads; count += 1) if (credential.key.length !== 84) throw new TypeError('no key');
});
const currentNs = await medianNs(async () => {
  for (let count = 0; count < reads; count += 1) await kept.current();
});
console.log(
  `a cached read: credential.key ${credentialNs} ns, await key.current() ${currentNs} ns; wanted at most ${boundNs} ns`,
);

const time = movedTime(Math.random);
let readings = 0;
const idle = keptKey(time, () => {
  readings += 1;
});
await time.pass(240 * 3_600_000);
(await idle).close();
const anHour = readings / 240;
console.log(
  `calls of the vault an hour, with a cache of ${declarationOf(cacheMs, 1).keyCache}: ${(2 * anHour).toFixed(1)} by the pointer, ${anHour.toFixed(1)} by the direct value`,
);
if (!(Math.max(credentialNs, currentNs) <= boundNs)) process.exitCode = 1;

/** Nanoseconds of one read, median of some rounds. */
async function medianNs(round: () => void | Promise<void>): Promise<number> {
  const durations: number[] = [];
  for (let count = 0; count < rounds; count += 1) {
    // Processor time: what else runs on the machine does not count.
    const before = process.cpuUsage();
    await round();
    const { user, system } = process.cpuUsage(before);
    durations.push(((user + system) * 1_000) / reads);
  }
  return Math.round(durations.sort((one, other) => one - other)[Math.floor(rounds / 2)] ?? Number.NaN);
}
