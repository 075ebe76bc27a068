/** Something that a run has produced: a log, a row, a message, an answer, an error. */
export interface Place {
  /** For anyone who reads the finding: which log, which row. */
  readonly where: string;
  readonly text: string;
}

export interface Finding {
  readonly where: string;
  /** How often a part of a secret stands there. */
  readonly hits: number;
  /** How the text has to be read to see it, such as `base64` or `base64 > json`; empty: as it stands. */
  readonly readAs: string;
}

/** So many characters of a secret in a row are a leak. Keyturn's masks show four. */
const fragmentLength = 12;
/** Wherever a fragment stands, one of the pieces of this length that begin at every `stride`th character lies within it. */
const gramLength = 6;
const stride = fragmentLength - gramLength + 1;
/** Encodings inside encodings that are looked through, if nothing else is asked for. */
const defaultDepth = 3;
/** What keys, tokens and connection strings are made of: a fragment can only stand in a run of these. */
const runs = /[\w+/=.~-]{12,}/g;

/**
 * Finds parts of `secrets` in whatever `places` hold, as it stands or in base64 (from any of its characters on, url-safe
 * too), hex, percent-encoding or JSON escapes, one inside the other down to `depth`. The header of a token is no secret: all
 * have the same.
 * @throws TypeError for a secret that holds other characters than those that are searched
 */
export function findSecrets(secrets: Iterable<string>, places: Iterable<Place>, depth = defaultDepth): Finding[] {
  const fragments = new Set<string>();
  const grams = new Set<string>();
  for (const secret of secrets) {
    if (!/^[\w+/=.~-]+$/.test(secret)) throw new TypeError('a secret of other characters than keys and tokens have');
    const kept = secret.startsWith('eyJ') ? secret.slice(secret.indexOf('.') + 1) : secret;
    for (let at = 0; at + fragmentLength <= kept.length; at += 1) fragments.add(kept.slice(at, at + fragmentLength));
    for (let at = 0; at + gramLength <= kept.length; at += 1) grams.add(kept.slice(at, at + gramLength));
  }
  const mayHold = (run: string) => {
    for (let at = 0; at + gramLength <= run.length; at += stride)
      if (grams.has(run.slice(at, at + gramLength))) return true;
    return false;
  };
  const found: Finding[] = [];
  for (const { where, text } of places) {
    for (const { readAs, text: view } of viewsOf(text, depth)) {
      let hits = 0;
      for (const [run] of view.matchAll(runs)) {
        if (!mayHold(run)) continue;
        for (let at = 0; at + fragmentLength <= run.length; at += 1)
          if (fragments.has(run.slice(at, at + fragmentLength))) hits += 1;
      }
      if (hits > 0) found.push({ where, hits, readAs: readAs.join(' > ') });
    }
  }
  return found;
}

interface View {
  readonly readAs: readonly string[];
  readonly text: string;
}

function viewsOf(text: string, deeper: number): View[] {
  const views: View[] = [{ readAs: [], text }];
  if (deeper === 0) return views;
  for (const [name, read] of readings) {
    const decoded = read(text);
    if (decoded === '' || decoded === text) continue;
    for (const view of viewsOf(decoded, deeper - 1)) views.push({ readAs: [name, ...view.readAs], text: view.text });
  }
  return views;
}

const character = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16));

/** Each gives what the text says when read so; texts in base64 and hex come one to a line. */
const readings: readonly (readonly [string, (text: string) => string])[] = [
  ['url', (text) => text.replace(/%([0-9a-f]{2})/gi, (_, hex) => character(hex))],
  ['json', (text) => text.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, hex, plain) => (hex ? character(hex) : plain))],
  ['hex', (text) => inRuns(text, /(?:[0-9a-f]{2}){12,}/gi, (run) => [Buffer.from(run, 'hex').toString('latin1')])],
  [
    'base64',
    // Four characters make three bytes: of a text that was cut, the first one may be any of the four.
    (text) =>
      inRuns(text, /[\w+/-]{16,}/g, (run) =>
        [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), 'base64').toString('latin1')),
      ),
  ],
];

function inRuns(text: string, pattern: RegExp, read: (run: string) => readonly string[]): string {
  return (text.match(pattern) ?? []).flatMap(read).join('\n');
}
