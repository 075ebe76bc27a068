import { useState } from 'preact/hooks';
import { useLive } from '../../api/live.ts';
import type { DiagnosisView, Finding, ListedTarget } from '../../api/views.ts';
import { fixStep, targetPath } from '../../decisions/asks.ts';
import { words } from '../../decisions/states.ts';
import { At, Badge, Copy, Reason, Shown } from '../../parts/small.tsx';
import { targetHref } from '../../router.ts';
import { AskButton } from '../needs-person.tsx';

const checkWords: Readonly<Record<Finding['check'], string>> = {
  rotation: 'The rotation',
  'vault-access': 'Access to the vault',
  'private-name': 'Names of private endpoints',
  role: 'The role for calls without keys',
  'cached-key': 'The key that consumers use',
  'caller-address': 'The caller’s address',
};

const tones = { ok: 'good', problem: 'bad', unknown: 'warn' } as const;
const statusWords = { ok: 'fine', problem: 'fault', unknown: 'not tested' } as const;

/** What usually goes wrong, each tested, and the button that mends it. Azure is asked, so nothing is asked by itself. */
export function Diagnosis({ target, refresh }: { target: ListedTarget; refresh: () => void }) {
  const [egress, setEgress] = useState('');
  const [tested, setTested] = useState('');
  const query = tested === '' ? '' : `?egress=${encodeURIComponent(tested)}`;
  const live = useLive<DiagnosisView>(`${targetPath(target.name)}/diagnosis${query}`, () => null);
  return (
    <section aria-label="Diagnosis">
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          if (tested === egress.trim()) live.refresh();
          else setTested(egress.trim());
        }}
      >
        <label>
          <span>Address of a caller</span>
          <input
            value={egress}
            placeholder="this browser’s own"
            onInput={(event) => setEgress(event.currentTarget.value)}
          />
        </label>
        <button type="submit">Diagnose again</button>
      </form>
      <Shown live={live} what="the diagnosis: Azure is asked, which takes some seconds">
        {({ findings, detail, at }) => (
          <>
            <p>
              <strong>{detail}</strong>{' '}
              <span class="quiet">
                <At at={at} />
              </span>
            </p>
            <ul class="findings">
              {findings
                .toSorted((one, other) => Number(one.status === 'ok') - Number(other.status === 'ok'))
                .map((finding) => (
                  <FindingRow
                    key={finding.check}
                    finding={finding}
                    target={target}
                    onTaken={() => {
                      refresh();
                      live.refresh();
                    }}
                  />
                ))}
            </ul>
          </>
        )}
      </Shown>
    </section>
  );
}

function FindingRow({ finding, target, onTaken }: { finding: Finding; target: ListedTarget; onTaken: () => void }) {
  const { check, status, detail, evidence, fix, finding: word } = finding;
  const step = fix?.call == null ? null : fixStep(fix.call, target);
  return (
    <li class={`finding ${status}`}>
      <h2>
        <Badge tone={tones[status]}>{statusWords[status]}</Badge> {checkWords[check]}
      </h2>
      <p>
        {detail} {status !== 'ok' && <Reason word={word} />}
      </p>
      {fix !== null && (
        <div class="fix">
          <p>{fix.text}</p>
          {fix.command !== null && (
            <div class="command">
              <pre>{fix.command}</pre>
              <Copy text={fix.command} label="Copy the command" />
            </div>
          )}
          {step?.kind === 'ask' && <AskButton ask={step.ask} onTaken={onTaken} />}
          {step?.kind === 'view' && step.view !== 'now' && (
            <a class="button" href={targetHref(target.name, step.view)}>
              Open {words(step.view)}
            </a>
          )}
        </div>
      )}
      <details>
        <summary>Evidence</summary>
        <dl class="facts">
          {Object.entries(evidence).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="break">{String(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}
