import { useState } from 'preact/hooks';
import { ask, type Problem } from '../api/ask.ts';
import { useLive } from '../api/live.ts';
import type { IdentifiedKeyView, IdentifiedView, TargetSummary, TargetsPage } from '../api/views.ts';
import { leak } from '../decisions/asks.ts';
import { spanText } from '../decisions/times.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { Fact } from '../parts/previews.tsx';
import { AccountName, At, Badge, Reason, Refused, When } from '../parts/small.tsx';
import { go, targetHref } from '../router.ts';
import { lacksText, useMay } from '../session.ts';

const mostSuggested = 12;

/** A key is out: whose it is, what replacing it breaks, and the replacement. */
export function Leak({ query }: { query: URLSearchParams }) {
  return (
    <>
      <h1 tabIndex={-1}>A key has leaked</h1>
      <div class="columns">
        <Identify />
        <Choose query={query} />
      </div>
    </>
  );
}

function Identify() {
  const [key, setKey] = useState('');
  const [isAsking, setAsking] = useState(false);
  const [seen, setSeen] = useState<IdentifiedView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const identify = async (event: Event) => {
    event.preventDefault();
    setAsking(true);
    setSeen(null);
    setProblem(null);
    const answer = await ask<IdentifiedView>({ method: 'POST', path: '/api/leaks/identify', body: { key } });
    setAsking(false);
    // Of no use any more, and nobody should read it over a shoulder.
    setKey('');
    if (answer.kind === 'ok') setSeen(answer.body);
    else if (answer.kind === 'problem') setProblem(answer.problem);
  };
  return (
    <section aria-labelledby="identify">
      <h2 id="identify">You have the key</h2>
      <p class="quiet">
        Paste it to learn whose it is. It is compared with fingerprints, and kept nowhere: not here, not in Keyturn, not
        in its log.
      </p>
      <form class="form" onSubmit={identify}>
        <label class="field">
          <span>The key</span>
          <input
            type="password"
            autocomplete="off"
            spellcheck={false}
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" disabled={key.trim() === '' || isAsking}>
          {isAsking ? 'Comparing…' : 'Whose is it?'}
        </button>
      </form>
      <div class="results" aria-live="polite">
        {problem !== null && <Refused problem={problem} />}
        {seen !== null && <Identified seen={seen} />}
      </div>
    </section>
  );
}

function Identified({ seen }: { seen: IdentifiedView }) {
  const { found, detail, matches, compared, gaps, gapsInAll } = seen;
  return (
    <>
      {!found && <p class="note">{detail}</p>}
      {matches.map((match) => (
        <Match key={`${match.target}-${match.slot}-${match.since}`} match={match} />
      ))}
      <p class="quiet">
        Compared with {compared.fingerprints} keys of {compared.targets} targets.
      </p>
      {gapsInAll > 0 && (
        <details>
          <summary>Not all keys are known of {gapsInAll} targets</summary>
          <ul class="rows">
            {gaps.map(({ target, reason, detail: why }) => (
              <li key={target}>
                <a href={targetHref(target)}>{target}</a>: {why} <Reason word={reason} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

const statusSays: Readonly<Record<IdentifiedKeyView['status'], string>> = {
  active: 'Consumers use this key now.',
  left: 'Consumers were led away from it a short while ago, or are being led away.',
  inactive: 'Nobody is pointed at it: consumers use the other key.',
  retired: 'It was replaced: another key stands in its slot.',
  unknown: 'It stood there when the target was last under care. Nothing is known of it since.',
};

function Match({ match }: { match: IdentifiedKeyView }) {
  const { target, accountId, slot, status, accepted, ageSeconds, retiredAt, leakReportedAt, dryRun } = match;
  return (
    <div class="card">
      <h3>
        <a href={targetHref(target)}>{target}</a> {slot}{' '}
        <Badge tone={status === 'retired' ? 'good' : 'bad'}>{status}</Badge>
      </h3>
      <AccountName id={accountId} />
      <p>{statusSays[status]}</p>
      <dl class="facts">
        <Fact name="Accepted by the account">{accepted === 'unknown' ? 'not known' : accepted}</Fact>
        <Fact name="Age">{spanText(ageSeconds * 1000)}</Fact>
        {retiredAt !== null && (
          <Fact name="Replaced">
            <At at={retiredAt} />
          </Fact>
        )}
        {leakReportedAt !== null && (
          <Fact name="Reported as leaked">
            <When at={leakReportedAt} />
          </Fact>
        )}
      </dl>
      {dryRun === null ? (
        <p class="note good">Nothing is left to replace.</p>
      ) : (
        <Report name={target} slot={slot} label={`Replace ${slot} of ${target}…`} />
      )}
    </div>
  );
}

function Choose({ query }: { query: URLSearchParams }) {
  const [name, setName] = useState(query.get('target') ?? '');
  const [slot, setSlot] = useState<'' | 'key1' | 'key2'>('');
  const suggested = useLive<TargetsPage<TargetSummary>>(
    `/api/targets?fields=summary&limit=${mostSuggested}${name === '' ? '' : `&text=${encodeURIComponent(name)}`}`,
    () => null,
  );
  return (
    <section aria-labelledby="choose">
      <h2 id="choose">You know whose it is</h2>
      <form class="form" onSubmit={(event) => event.preventDefault()}>
        <label class="field">
          <span>Target</span>
          <input
            value={name}
            list="leak-targets"
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <datalist id="leak-targets">
          {(suggested.data?.targets ?? []).map((one) => (
            <option key={one.name} value={one.name} />
          ))}
        </datalist>
        <fieldset>
          <legend>Which key</legend>
          {(['key1', 'key2'] as const).map((one) => (
            <label class="check" key={one}>
              <input type="radio" name="slot" checked={slot === one} onChange={() => setSlot(one)} />
              <span>{one}</span>
            </label>
          ))}
        </fieldset>
        <Report name={name.trim()} slot={slot} label="Show what replacing it does…" />
      </form>
    </section>
  );
}

function Report({ name, slot, label }: { name: string; slot: '' | 'key1' | 'key2'; label: string }) {
  const [isOpen, setOpen] = useState(false);
  const may = useMay('Keyturn.Admin');
  return (
    <>
      <button
        type="button"
        class="danger"
        disabled={!may || name === '' || slot === ''}
        title={may ? undefined : lacksText('Keyturn.Admin')}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      {!may && <p class="quiet">{lacksText('Keyturn.Admin')}</p>}
      {isOpen && (
        <AskDialog ask={leak(name, slot)} onClose={() => setOpen(false)} onTaken={() => go(targetHref(name))} />
      )}
    </>
  );
}
