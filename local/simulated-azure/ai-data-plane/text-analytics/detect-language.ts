import { detectAll } from 'tinyld';
import { languageNames, languagesOfCountry } from './language-names.ts';

/** A language as the service names it. */
export interface DetectedLanguage {
  readonly name: string;
  readonly iso6391Name: string;
  readonly confidenceScore: number;
}

/** Under this many letters a text may well be of several languages; then the country decides. */
const shortTextLetters = 12;
/** How sure the detector must be to overrule the country on a short text. */
const sure = 0.5;

/** The language of `text`. A text without a letter has none: the service calls that `(Unknown)`, with score 0. */
export function detectLanguage(text: string, countryHint: string): DetectedLanguage {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (letters === 0) return { name: '(Unknown)', iso6391Name: '(Unknown)', confidenceScore: 0 };
  const [first, second] = guesses(text).filter(({ lang }) => lang in languageNames);
  const hinted = languagesOfCountry[countryHint.toLowerCase()] ?? 'en';
  const isClear = first !== undefined && (letters >= shortTextLetters || first.accuracy >= sure);
  if (first === undefined || (!isClear && /^\P{L}*(\p{Script=Latin}\P{L}*)+$/u.test(text))) return named(hinted, 0.8);
  const score = first.accuracy / (first.accuracy + 0.25 * (second?.accuracy ?? 0));
  return named(first.lang, Math.round(score * 100) / 100);
}

/** Consumers and probes ask for the same few words again and again. */
const known = new Map<string, ReturnType<typeof detectAll>>();
const mostKnown = 100;

function guesses(text: string): ReturnType<typeof detectAll> {
  const before = known.get(text);
  if (before !== undefined) return before;
  if (known.size === mostKnown) known.clear();
  const found = detectAll(text);
  known.set(text, found);
  return found;
}

function named(code: string, confidenceScore: number): DetectedLanguage {
  const { name, azureCode = code } = languageNames[code] ?? { name: 'English', azureCode: 'en' };
  return { name, iso6391Name: azureCode, confidenceScore };
}
