import { isObject, type Json, textAt } from '../recorded-file.ts';
import { BODY_RULES, type BodyRule } from './body-rules.ts';
import { type Difference, shown } from './difference.ts';
import { linkForm } from './link-form.ts';
import { masked } from './masked.ts';
import { todaysText } from './older-texts.ts';

/** What a comparison may take for granted. */
export interface Leniency {
  /** The path of the link that was asked for. */
  readonly asked: string;
  /** What the recorded and the live request said: values that stand in it must come back unchanged. */
  readonly echoed: string;
  /** Items of recorded lists were left out when the file was made, so that the live list may be longer. */
  readonly listsAreCut: boolean;
  /** A specification's sample: members may be missing from it, and its values mean nothing. */
  readonly sample: boolean;
  /** A list of what the service offers (models, quotas, skus): it changes by the month, its items' form does not. */
  readonly catalogue: boolean;
}

/** Every point in which `live` is not what `recorded` shows; empty when it is. Order of members and items does not count. */
export function compareBodies(recorded: Json | undefined, live: Json | undefined, leniency: Leniency): Difference[] {
  return compareAt('body', recorded, live, leniency);
}

function compareAt(path: string, recorded: Json | undefined, live: Json | undefined, leniency: Leniency): Difference[] {
  const differs = [{ path, expected: shown(recorded), got: shown(live) }];
  if (recorded === undefined || live === undefined) {
    if (recorded === live || hasRule(path, 'optional', leniency)) return [];
    if (hasRule(path, 'emptyIsAbsent', leniency) && JSON.stringify(recorded ?? live) === '{}') return [];
    return leniency.sample && recorded === undefined ? [] : differs;
  }
  if (typeName(recorded) !== typeName(live))
    return hasRule(path, 'optional', leniency) && (recorded === null || live === null) ? [] : differs;
  if (hasRule(path, 'open', leniency)) return [];
  if (Array.isArray(recorded) && Array.isArray(live)) return compareLists(path, recorded, live, leniency);
  if (isObject(recorded) && isObject(live)) {
    const members = [...new Set([...Object.keys(recorded), ...Object.keys(live)])];
    return members.flatMap((member) => compareAt(`${path}.${member}`, recorded[member], live[member], leniency));
  }
  if (hasRule(path, 'type', leniency) || leniency.sample) return [];
  if (hasRule(path, 'form', leniency)) return sameForm(recorded, live) ? [] : differs;
  if (typeof recorded === 'string' && typeof live === 'string')
    return sameText(recorded, live, leniency.echoed) ? [] : differs;
  return recorded === live ? [] : differs;
}

function compareLists(
  path: string,
  recorded: readonly Json[],
  live: readonly Json[],
  leniency: Leniency,
): Difference[] {
  // A sample's names stand for any; an empty live list shows none of them.
  if (leniency.sample && live.length === 0) return [];
  if (leniency.catalogue) return compareForms(`${path}[]`, recorded, live, leniency);
  const inner = `${path}[]`;
  const unmatched = [...live];
  const missing: Difference[] = [];
  for (const item of recorded) {
    const index = indexOfCounterpart(item, unmatched, leniency);
    if (index < 0) {
      missing.push({ path: inner, expected: shown(item), got: `none of ${live.length}` });
      continue;
    }
    const [counterpart] = unmatched.splice(index, 1);
    missing.push(...compareAt(inner, item, counterpart, leniency));
  }
  const mayBeLonger = leniency.sample || leniency.listsAreCut || recorded.some((item) => item === '<omitted>');
  const unexpected = mayBeLonger
    ? []
    : unmatched.map((item) => ({ path: inner, expected: '(absent)', got: shown(item) }));
  return [...missing, ...unexpected];
}

/** Each recorded item must have the form of some live one. */
function compareForms(
  path: string,
  recorded: readonly Json[],
  live: readonly Json[],
  leniency: Leniency,
): Difference[] {
  if (live.length === 0) return recorded.length === 0 ? [] : [{ path, expected: shown(recorded[0]), got: 'none of 0' }];
  return recorded.flatMap((item) => {
    const differences = live.map((candidate) => compareAt(path, item, candidate, { ...leniency, sample: true }));
    return differences.sort((a, b) => a.length - b.length)[0] ?? [];
  });
}

/** Items are told apart by id or name; where they have none, the one that differs least is meant. */
function indexOfCounterpart(item: Json, candidates: readonly Json[], leniency: Leniency): number {
  if (candidates.length === 0) return -1;
  for (const label of ['id', 'name', 'key']) {
    const wanted = textAt(item, label);
    if (wanted === undefined || leniency.sample) continue;
    const exact = candidates.findIndex((candidate) => textAt(candidate, label)?.toLowerCase() === wanted.toLowerCase());
    if (exact >= 0) return exact;
    return candidates.findIndex((candidate) => sameText(wanted, textAt(candidate, label) ?? '', leniency.echoed));
  }
  const distances = candidates.map((candidate) => compareAt('item', item, candidate, leniency).length);
  return distances.indexOf(Math.min(...distances));
}

/** Dates stay dates and GUIDs stay GUIDs; what has no such form may be anything. */
function sameForm(recorded: Json, live: Json): boolean {
  if (typeof recorded !== 'string' || typeof live !== 'string') return true;
  const form = masked(recorded, '');
  return form === recorded || form === masked(live, '');
}

function sameText(recorded: string, live: string, echoed: string): boolean {
  // The collector cut the text.
  if (/…(\(cut[^)]*\))?$/.test(recorded)) return true;
  if (cutOut.test(recorded)) return hasPiecesOf(recorded, live, echoed);
  // Tokens in links are the server's own.
  if (/^https:[^?]*\?.*skiptoken/i.test(recorded)) return linkForm(recorded) === linkForm(live);
  return masked(todaysText(recorded), echoed) === masked(todaysText(live), echoed);
}

/** Lines of a message, or items of a list in it, that the collector left out. */
const cutOut = /(?:\r\n|, )\.{3}(?=\r\n|, )/;

/** Whether `live` begins and ends as recorded, and has what stands between two cuts in the same order. */
function hasPiecesOf(recorded: string, live: string, echoed: string): boolean {
  const text = masked(live, echoed);
  const pieces = masked(recorded, echoed).split(cutOut);
  const ends = text.startsWith(pieces[0] ?? '') && (text.endsWith(pieces.at(-1) ?? '') || cutAtTheEnd.test(recorded));
  let from = 0;
  const inOrder = pieces
    .map((piece) => piece.replace(cutAtTheEnd, ''))
    .every((piece) => {
      const found = text.indexOf(piece, from);
      from = found + piece.length;
      return found >= 0;
    });
  return ends && inOrder;
}

const cutAtTheEnd = /\r\n\.{3}$/;

function hasRule(place: string, compare: BodyRule['compare'], { asked, echoed }: Leniency): boolean {
  const found = BODY_RULES.some((rule) => rule.compare === compare && rule.of.test(asked) && rule.place.test(place));
  // What a request set must come back.
  return found && !(compare === 'optional' && echoed.includes(`"${place.split('.').at(-1)}":`));
}

function typeName(value: Json): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
