import { describe, expect, it } from 'vitest';
import { identifyKey, type KeySighting } from '../../../src/rotation/known-keys/key-sightings.ts';
import { fingerprint } from '../../../src/shared/fingerprint.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';

/** `key1 A seen at 10`, each under a salt of its own. */
function sighting(text: string): KeySighting {
  const [slot, key = '', from, , at] = text.split(' ');
  const salt = `salt of ${text}`;
  return {
    slot: slot === 'key1' ? 'key1' : 'key2',
    salt,
    fingerprint: fingerprint(new SecretText(key), salt),
    from: from === 'made' ? 'made' : 'seen',
    atMs: Number(at),
    rotationId: from === 'made' ? 'r-1' : null,
  };
}

const first = ['key1 A seen at 10', 'key2 B seen at 10'];
const rotated = [...first, 'key2 C made at 20', 'key1 D made at 30'];

describe('a key', () => {
  it.each<[says: string, key: string, known: readonly string[], found: readonly string[]]>([
    ['that nobody knows is found nowhere', 'X', rotated, []],
    ['is found nowhere if nothing is known', 'A', [], []],
    ['that was seen stands in its slot', 'A', first, ['key1 from seen at 10 to 10']],
    [
      'that was seen again stands there since the first time',
      'A',
      [...first, 'key1 A seen at 40'],
      ['key1 from seen at 10 to 40'],
    ],
    ['that was made stands in its slot since then', 'C', rotated, ['key2 from made at 20 to 20']],
    ['that was replaced is told with what replaced it', 'A', rotated, ['key1 from seen at 10 to 10, made at 30']],
    [
      'that somebody else replaced, too',
      'A',
      [...first, 'key1 E seen at 50'],
      ['key1 from seen at 10 to 10, seen at 50'],
    ],
    [
      'that stood in both slots is found in both',
      'A',
      ['key1 A seen at 10', 'key2 A seen at 10'],
      ['key1 from seen at 10 to 10', 'key2 from seen at 10 to 10'],
    ],
    [
      'is told by the order of time, whatever the order of rows',
      'A',
      rotated.toReversed(),
      ['key1 from seen at 10 to 10, made at 30'],
    ],
    [
      'that came back stands there',
      'A',
      [...first, 'key1 E seen at 50', 'key1 A seen at 60'],
      ['key1 from seen at 10 to 60'],
    ],
  ])('%s', (_, key, known, found) => {
    const said = identifyKey(new SecretText(key), known.map(sighting)).map(
      ({ slot, first: from, last, replacedBy }) => {
        const end = replacedBy === null ? '' : `, ${replacedBy.from} at ${replacedBy.atMs}`;
        return `${slot} from ${from.from} at ${from.atMs} to ${last.atMs}${end}`;
      },
    );
    expect(said).toEqual(found);
  });
});
