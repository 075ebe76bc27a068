import { useState } from 'preact/hooks';
import { entriesFor } from '../decisions/runbook.ts';
import { Advice, runbook, Sentence } from '../parts/advice.tsx';
import { Empty } from '../parts/small.tsx';

/** What a state, reason or code means, and what to do. @param word null: all of them */
export function Runbook({ word }: { word: string | null }) {
  const [text, setText] = useState('');
  if (word !== null) {
    const found = entriesFor(word, runbook);
    return (
      <>
        <h1 tabIndex={-1}>
          <code>{word}</code>
        </h1>
        {found.length === 0 && (
          <Empty title="The runbook has no entry of this word.">It may be Azure’s own code: look it up there.</Empty>
        )}
        {found.map((entry) => (
          <section key={entry.section} aria-label={entry.section}>
            <h2>{entry.section}</h2>
            <Advice entry={entry} />
          </section>
        ))}
        <p>
          <a href="/reasons">The whole runbook</a>
        </p>
      </>
    );
  }
  const wanted = text.trim().toLowerCase();
  return (
    <>
      <h1 tabIndex={-1}>Runbook</h1>
      <search class="filters">
        <label>
          <span>Word</span>
          <input type="search" value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
      </search>
      {runbook.map(({ title, intro, entries }) => {
        const some = entries.filter(({ words }) => words.some((one) => one.toLowerCase().includes(wanted)));
        return some.length === 0 ? null : (
          <section key={title} aria-label={title}>
            <h2>{title}</h2>
            <p class="quiet">
              <Sentence text={intro} />
            </p>
            <dl class="runbook">
              {some.map((entry) => (
                <div key={entry.words.join()}>
                  <dt>
                    {entry.words.map((one) => (
                      <code key={one}>{one}</code>
                    ))}
                  </dt>
                  <dd>
                    <Advice entry={entry} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        );
      })}
    </>
  );
}
