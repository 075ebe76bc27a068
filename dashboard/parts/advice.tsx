import access from '../../docs/access-and-keyless.md';
import leaving from '../../docs/leaving.md';
import network from '../../docs/network.md';
import reasons from '../../docs/reasons.md';
import { type Entry, entriesFor, parseRunbook, piecesOf } from '../decisions/runbook.ts';
import type { Tone } from '../decisions/states.ts';
import { Badge, Reason, When } from './small.tsx';

/** Every word that Keyturn gives as a state, reason, risk or code, from the pages that explain them. */
export const runbook = [
  ...parseRunbook(reasons),
  ...parseRunbook(network, 'Network'),
  ...parseRunbook(access, 'Access and keyless'),
  ...parseRunbook(leaving, 'Leaving'),
];

/** A change of hardening, in a word, and when it began or ended. @param title `Change under way` or `Last change` */
export function ChangeHeading({ title, tone, word, at }: { title: string; tone: Tone; word: string; at: string }) {
  return (
    <h3>
      {title} <Badge tone={tone}>{word}</Badge>{' '}
      <span class="quiet">
        <When at={at} />
      </span>
    </h3>
  );
}

/**
 * How a change of hardening stands, or how it ended: the sentence, Azure's code, the word, and what to do.
 * @param section where the runbook has the word
 */
export function ChangeNote({
  change,
  tone,
  section,
}: {
  change: {
    readonly reason: string | null;
    readonly detail: string | null;
    readonly code: string | null;
    readonly fix?: string | null;
  };
  tone: Tone;
  section: string;
}) {
  const { reason, detail, code, fix = null } = change;
  const entry = reason === null ? undefined : entriesFor(reason, runbook).find((one) => one.section === section);
  const says = detail ?? '';
  return (
    <div class={`note ${tone}`}>
      <p>
        {says}
        {code !== null && !says.includes(code) && (
          <>
            {' '}
            Code: <code>{code}</code>.
          </>
        )}{' '}
        {reason !== null && <Reason word={reason} />}
      </p>
      {fix !== null && !says.includes(fix) && <p class="fix">{fix}</p>}
      {entry !== undefined && (
        <div>
          <h4>{entry.about.replace(/^./, (letter) => letter.toUpperCase())}</h4>
          <Advice entry={entry} />
        </div>
      )}
    </div>
  );
}

/** What an entry of the runbook says. */
export function Advice({ entry }: { entry: Entry }) {
  return (
    <>
      {entry.advice.map((text) => (
        <p key={text}>
          <Sentence text={text} />
        </p>
      ))}
    </>
  );
}

export function Sentence({ text }: { text: string }) {
  return (
    <>
      {piecesOf(text).map(({ kind, text: piece }, index) => {
        switch (kind) {
          case 'code':
            return <code key={index}>{piece}</code>;
          case 'em':
            return <em key={index}>{piece}</em>;
          default:
            return piece;
        }
      })}
    </>
  );
}
