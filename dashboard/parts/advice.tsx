import access from '../../docs/access-and-keyless.md';
import leaving from '../../docs/leaving.md';
import network from '../../docs/network.md';
import reasons from '../../docs/reasons.md';
import { type Entry, parseRunbook, piecesOf } from '../decisions/runbook.ts';

/** Every word that Keyturn gives as a state, reason, risk or code, from the pages that explain them. */
export const runbook = [
  ...parseRunbook(reasons),
  ...parseRunbook(network, 'Network'),
  ...parseRunbook(access, 'Access and keyless'),
  ...parseRunbook(leaving, 'Leaving'),
];

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
