import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideInactiveKeyReaders,
  decideReaders,
  latestLineMs,
  type SeenReaders,
} from '../../../src/rotation/readers/decide-readers.ts';
import type { VersionReads } from '../../../src/rotation/readers/ports.ts';
import { hourMs, minuteMs } from '../../../src/shared/time.ts';

/** Everything here is told in minutes after the switch. */
const switchedAtMs = 100 * hourMs;
const at = (minutes: number) => switchedAtMs + minutes * minuteMs;

type What = 'old key' | 'new key' | 'old direct value' | 'new direct value' | 'key before the old one' | 'pointer';
const versionsOf: Readonly<Record<What, readonly [secret: string, version: string]>> = {
  'old key': ['ai-key1', 'v1'],
  'new key': ['ai-key2', 'v2'],
  'old direct value': ['ai-key', 'd1'],
  'new direct value': ['ai-key', 'd2'],
  'key before the old one': ['ai-key1', 'v0'],
  pointer: ['ai-active-key', 'p2'],
};
const oldVersions = [versionsOf['old key'], versionsOf['old direct value']];
const newVersions = [versionsOf['new key'], versionsOf['new direct value']];

function reads(what: What, minutes: number, by: Partial<VersionReads> = {}): VersionReads {
  const [secret, version] = versionsOf[what];
  const who = { objectId: 'web', appId: 'app-web', resourceId: null, isPerson: false };
  return { ...who, secret, version, lastAtMs: at(minutes), ...by };
}

const person = { isPerson: true };
const keyturn = { objectId: 'keyturn' };
const scanner = { objectId: 'scanner' };
const scannersApp = { objectId: null, appId: 'APP-scanner' };
const other = { objectId: 'job' };

function decide(newestMinutes: number | null, ...log: readonly VersionReads[]): SeenReaders {
  const newestAtMs = newestMinutes === null ? null : at(newestMinutes);
  return decideReaders({
    switchedAtMs,
    oldVersions,
    newVersions,
    noConsumers: ['keyturn', 'scanner', 'app-scanner'],
    log: { newestAtMs, reads: log },
  });
}

const whoIn = ({ followers, stragglers, unclear, unknown }: SeenReaders) =>
  [
    ...followers.map(({ objectId }) => `${objectId} followed`),
    ...stragglers.map(({ objectId }) => `${objectId} is a straggler`),
    ...unclear.map(({ objectId }) => `${objectId} is unclear`),
    ...(unknown === null ? [] : [unknown]),
  ].join(', ');

describe('who followed a switch', () => {
  it.each<[what: string, newestMinutes: number | null, log: readonly VersionReads[], expected: string]>([
    ['reads the new key after the switch', 60, [reads('new key', 5)], 'web followed'],
    ['reads the new key before the switch', 60, [reads('new key', -1)], 'web followed'],
    ['reads the old key, then the new one', 60, [reads('old key', -9), reads('new key', 5)], 'web followed'],
    ['reads the new direct value', 60, [reads('old direct value', -9), reads('new direct value', 5)], 'web followed'],
    ['reads both in one instant', 60, [reads('old key', 5), reads('new key', 5)], 'web followed'],
    ['reads the new key, then the old one', 60, [reads('new key', 5), reads('old key', 6)], 'web is a straggler'],
    ['reads the old key after the switch', 60, [reads('old key', 5)], 'web is a straggler'],
    ['reads the old key after the switch, in a late log', 10, [reads('old key', 5)], 'web is a straggler, log-late'],
    ['reads the old key weeks before and nothing since', 60, [reads('old key', -30_000)], 'web is a straggler'],
    ['reads the old direct value before and nothing since', 60, [reads('old direct value', -9)], 'web is a straggler'],
    ['reads only the pointer since', 60, [reads('old key', -9), reads('pointer', 5)], 'web is a straggler'],
    ['read the old key before, in a late log', 10, [reads('old key', -9)], 'web is unclear, log-late'],
    ['read the new key, in a late log', 10, [reads('new key', 5)], 'web followed, log-late'],
    ['reads only the pointer', 60, [reads('pointer', 5)], 'no-read-seen'],
    ['read a key that ended long ago', 60, [reads('key before the old one', -9)], 'no-read-seen'],
    ['is a person', 60, [reads('old key', 5, person)], 'no-read-seen'],
    ['is Keyturn itself', 60, [reads('old key', 5, keyturn), reads('new key', 5, keyturn)], 'no-read-seen'],
    ['is a listed scanner', 60, [reads('old key', 5, scanner)], 'no-read-seen'],
    ['is a listed scanner by its client id', 60, [reads('old key', 5, scannersApp)], 'no-read-seen'],
    ['is one of two', 60, [reads('new key', 5), reads('old key', 5, other)], 'web followed, job is a straggler'],
    ['reads nothing', 60, [], 'no-read-seen'],
    ['reads nothing, in a late log', 10, [], 'log-late'],
    ['sends no log', null, [], 'log-empty'],
  ])('an application that %s', (_, newestMinutes, log, expected) => {
    expect(whoIn(decide(newestMinutes, ...log))).toBe(expected);
  });

  it('says that the log has arrived only from half an hour before its newest line', () => {
    expect(latestLineMs).toBe(30 * minuteMs);
    expect(whoIn(decide(30, reads('old key', -9)))).toBe('web is unclear, log-late');
    expect(whoIn(decide(30.1, reads('old key', -9)))).toBe('web is a straggler');
  });

  it('tells when each key was last read, and knows an identity by what any of its lines says of it', () => {
    const { stragglers } = decide(
      60,
      reads('old key', 2),
      reads('old direct value', 7),
      reads('new key', 4, { resourceId: '/web' }),
    );
    expect(stragglers).toEqual([
      { objectId: 'web', appId: 'app-web', resourceId: '/web', oldReadAtMs: at(7), newReadAtMs: at(4) },
    ]);
  });

  it('tells apart two callers of which the log has only the app id', () => {
    const nameless = { objectId: null };
    const { followers } = decide(
      60,
      reads('new key', 5, nameless),
      reads('new key', 5, { ...nameless, appId: 'other' }),
    );
    expect(followers.map(({ appId }) => appId)).toEqual(['app-web', 'other']);
  });
});

describe('who reads a key that consumers are not led to', () => {
  const decideInactive = (newestMinutes: number | null, ...log: readonly VersionReads[]) => {
    const newestAtMs = newestMinutes === null ? null : at(newestMinutes);
    const { readers, unknown } = decideInactiveKeyReaders({
      oldVersions,
      newVersions,
      noConsumers: ['keyturn', 'scanner', 'app-scanner'],
      log: { newestAtMs, reads: log },
    });
    return [...readers.map(({ objectId }) => objectId), ...(unknown === null ? [] : [unknown])].join(', ');
  };

  it.each<[what: string, newestMinutes: number | null, log: readonly VersionReads[], expected: string]>([
    ['reads it', 60, [reads('old key', 5)], 'web'],
    ['reads both', 60, [reads('old key', 5), reads('new key', 6)], 'web'],
    ['reads only the active one', 60, [reads('new key', 6)], 'no-read-seen'],
    ['is a person', 60, [reads('old key', 5, person)], 'no-read-seen'],
    ['is Keyturn itself', 60, [reads('old key', 5, keyturn)], 'no-read-seen'],
    ['reads nothing', 60, [], 'no-read-seen'],
    ['sends no log', null, [], 'log-empty'],
  ])('an application that %s', (_, newestMinutes, log, expected) => {
    expect(decideInactive(newestMinutes, ...log)).toBe(expected);
  });
});

describe('whatever the log holds', () => {
  const who = fc.constantFrom<Partial<VersionReads>>({}, other, person, keyturn, { objectId: null });
  const what = fc.constantFrom(...(Object.keys(versionsOf) as What[]));
  const log = fc.array(
    fc.tuple(what, fc.integer({ min: -600, max: 600 }), who).map(([one, minutes, by]) => reads(one, minutes, by)),
  );
  const newest = fc.option(fc.integer({ min: -600, max: 600 }));

  it('no read that was seen is never called all that there are', () => {
    fc.assert(
      fc.property(newest, log, (minutes, lines) => {
        const seen = decide(minutes, ...lines);
        const nobody = [seen.followers, seen.stragglers, seen.unclear].every(({ length }) => length === 0);
        if (nobody) expect(seen.unknown).not.toBeNull();
      }),
    );
  });

  it('nobody is a straggler by silence alone before the log has passed the switch', () => {
    fc.assert(
      fc.property(fc.integer({ min: -600, max: 30 }), log, (minutes, lines) => {
        const { stragglers, unknown } = decide(minutes, ...lines);
        expect(unknown).toBe('log-late');
        for (const { oldReadAtMs } of stragglers) expect(oldReadAtMs).toBeGreaterThan(switchedAtMs);
      }),
    );
  });

  it('another line never takes a reader away', () => {
    fc.assert(
      fc.property(newest, log, log, (minutes, lines, more) => {
        const count = (seen: SeenReaders) => seen.followers.length + seen.stragglers.length + seen.unclear.length;
        expect(count(decide(minutes, ...lines, ...more))).toBeGreaterThanOrEqual(count(decide(minutes, ...lines)));
      }),
    );
  });
});
