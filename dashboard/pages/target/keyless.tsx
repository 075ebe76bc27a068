import { useState } from 'preact/hooks';
import { ask, type Problem } from '../../api/ask.ts';
import { useLive } from '../../api/live.ts';
import type { KeylessView, ListedTarget } from '../../api/views.ts';
import { hardeningAsk, targetPath } from '../../decisions/asks.ts';
import { words } from '../../decisions/states.ts';
import { ChangeHeading, ChangeNote } from '../../parts/advice.tsx';
import { Fact } from '../../parts/previews.tsx';
import { At, Badge, Refused, Shown, When } from '../../parts/small.tsx';
import { lacksText, useMay } from '../../session.ts';
import { AskButton } from '../needs-person.tsx';

const busyEveryMs = 3_000;
const calmEveryMs = 60_000;

interface Verified {
  readonly accepted: boolean;
  readonly detail: string;
  readonly fix: string | null;
}

const tones = { 'keys-off': 'good', 'keys-on': 'good', reverted: 'warn', failed: 'bad' } as const;

/** Of a change under way: a call that failed holds it up, or leads back. */
function toneOfChange({ at, code }: NonNullable<KeylessView['change']>): 'busy' | 'warn' {
  return at === 'reverting' || code !== null ? 'warn' : 'busy';
}

/** Whether the account takes keys, and the way to none. */
export function Keyless({ target }: { target: ListedTarget }) {
  const live = useLive<KeylessView>(`${targetPath(target.name)}/keyless`, ({ change }) =>
    change === null ? calmEveryMs : busyEveryMs,
  );
  const [minutes, setMinutes] = useState('360');
  return (
    <Shown live={live} what="whether the account takes keys: Azure is asked">
      {({ enabled, account, since, verified, keyUse, change, lastChange }) => (
        <div class="columns">
          <section aria-labelledby="keyless-now">
            <h2 id="keyless-now">
              Now{' '}
              <Badge tone={account.localAuthDisabled ? 'good' : 'warn'}>
                {account.localAuthDisabled ? 'takes no keys' : 'takes keys'}
              </Badge>
            </h2>
            <dl class="facts">
              <Fact name="Keyturn keeps it so">{enabled ? 'yes' : 'no'}</Fact>
              {since !== null && (
                <Fact name="Since">
                  <At at={since} />
                </Fact>
              )}
              <Fact name="A call without a key">
                {verified === null ? (
                  'not tried yet'
                ) : (
                  <>
                    {verified.accepted ? 'was accepted' : `was not accepted (${verified.code})`}{' '}
                    <When at={verified.at} />
                  </>
                )}
              </Fact>
              <Fact name="Use of keys">
                {keyUse.kind === 'unknown'
                  ? keyUse.detail
                  : keyUse.callers.map(({ caller, lastAt }) => (
                      <div key={caller}>
                        {caller} <When at={lastAt} />
                      </div>
                    ))}
              </Fact>
            </dl>
            {change !== null && (
              <>
                <ChangeHeading
                  title="Change under way"
                  tone={toneOfChange(change)}
                  word={words(change.at)}
                  at={change.startedAt}
                />
                {change.waiting !== null && (
                  <ChangeNote
                    change={{ ...change, reason: change.waiting }}
                    tone={toneOfChange(change)}
                    section="Access and keyless: While a change is under way"
                  />
                )}
                {change.revertsAt !== null && (
                  <p>
                    It reverts <When at={change.revertsAt} ahead /> unless it is proved.
                  </p>
                )}
              </>
            )}
            {lastChange !== null && change === null && (
              <>
                <ChangeHeading
                  title="Last change"
                  tone={tones[lastChange.outcome]}
                  word={words(lastChange.outcome)}
                  at={lastChange.endedAt}
                />
                {lastChange.reason !== null && (
                  <ChangeNote
                    change={lastChange}
                    tone={tones[lastChange.outcome]}
                    section="Access and keyless: Why keys are not as asked"
                  />
                )}
              </>
            )}
            <Verify name={target.name} />
          </section>
          <section aria-labelledby="keyless-form">
            <h2 id="keyless-form">Change it to</h2>
            <form class="form" onSubmit={(event) => event.preventDefault()}>
              {account.localAuthDisabled ? (
                <AskButton
                  ask={hardeningAsk('keyless', target.name, { enabled: false })}
                  label="Show the plan: keys on"
                  onTaken={live.refresh}
                />
              ) : (
                <>
                  <label class="field">
                    <span>
                      Prove within, minutes
                      <span class="hint">Keys are turned on again if the proof takes longer: 5 to 1440.</span>
                    </span>
                    <input
                      inputMode="numeric"
                      value={minutes}
                      onInput={(event) => setMinutes(event.currentTarget.value)}
                    />
                  </label>
                  <AskButton
                    ask={hardeningAsk('keyless', target.name, { enabled: true, proveWithinMinutes: Number(minutes) })}
                    label="Show the plan: keys off"
                    onTaken={live.refresh}
                  />
                </>
              )}
            </form>
          </section>
        </div>
      )}
    </Shown>
  );
}

/** Calls the account once with Keyturn's own token. */
function Verify({ name }: { name: string }) {
  const may = useMay('Keyturn.Operate');
  const [seen, setSeen] = useState<Verified | 'asking' | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const verify = async () => {
    setSeen('asking');
    setProblem(null);
    const answer = await ask<Verified>({ method: 'POST', path: `${targetPath(name)}/keyless/verify` });
    setSeen(answer.kind === 'ok' ? answer.body : null);
    if (answer.kind === 'problem') setProblem(answer.problem);
  };
  return (
    <div>
      <button
        type="button"
        disabled={!may || seen === 'asking'}
        title={may ? undefined : lacksText('Keyturn.Operate')}
        onClick={verify}
      >
        {seen === 'asking' ? 'Calling…' : 'Call it once without a key'}
      </button>
      {seen !== null && seen !== 'asking' && (
        <p class={`note ${seen.accepted ? 'good' : 'warn'}`} role="status">
          {seen.detail} {seen.fix}
        </p>
      )}
      {problem !== null && <Refused problem={problem} />}
    </div>
  );
}
