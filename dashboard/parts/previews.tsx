import type { ComponentChildren } from 'preact';
import type { AdoptionsView, AdoptionView, LeakPreview, PlanView, RotationPlan } from '../api/views.ts';
import { withShortIds } from '../decisions/arm-ids.ts';
import { type ChangeRow, changeRows } from '../decisions/change-rows.ts';
import { words } from '../decisions/states.ts';
import { spanText } from '../decisions/times.ts';
import { At, Badge, Reason, When } from './small.tsx';

/** What keeps it from being done, in the API's words. */
function Blocked({ by }: { by: readonly { readonly reason: string; readonly detail: string }[] }) {
  if (by.length === 0) return null;
  return (
    <div class="note bad">
      <p>
        <strong>This would be refused now.</strong>
      </p>
      <ul>
        {by.map(({ reason, detail }) => (
          <li key={`${reason} ${detail}`}>
            {detail} <Reason word={reason} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What a rotation would do, and when. */
export function RotationPreview({ plan }: { plan: RotationPlan }) {
  const { newSlot, oldSlot, blockedBy, waitsFor, phases, copies, inactiveKeyReaders, endsAt } = plan;
  return (
    <div class="preview">
      <Blocked by={blockedBy} />
      {waitsFor !== null && (
        <p class="note">
          It waits first: {waitsFor.detail} Until <At at={waitsFor.until} />.
        </p>
      )}
      {newSlot !== null && oldSlot !== null && phases.length > 0 && (
        <p>
          A new key is made in <strong>{newSlot}</strong>, consumers move there, then <strong>{oldSlot}</strong> is
          replaced.
          {endsAt !== null && (
            <>
              {' '}
              It ends about <At at={endsAt} />.
            </>
          )}
        </p>
      )}
      {phases.length > 0 && (
        <table class="plain">
          <caption class="unseen">The phases</caption>
          <thead>
            <tr>
              <th scope="col">Phase</th>
              <th scope="col">What it does</th>
              <th scope="col">About</th>
            </tr>
          </thead>
          <tbody>
            {phases.map(({ state, does, from }) => (
              <tr key={state}>
                <th scope="row">{words(state)}</th>
                <td>{does}</td>
                <td class="nowrap">
                  <When at={from} ahead />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {inactiveKeyReaders !== null && <InactiveReaders readers={inactiveKeyReaders} />}
      <Copies copies={copies} />
    </div>
  );
}

function InactiveReaders({ readers }: { readers: NonNullable<RotationPlan['inactiveKeyReaders']> }) {
  const { readers: all, unknown, asOf } = readers;
  return (
    <div>
      <h4>Who reads the inactive key</h4>
      {all.length === 0 && unknown === null && <p class="quiet">Nobody, by the vault’s audit log.</p>}
      {unknown !== null && <p class="note warn">Not known: {unknown.detail}</p>}
      <ul class="rows">
        {all.map((one) => (
          <li key={one.identity ?? one.appId}>
            <strong>{one.name ?? one.identity ?? one.appId ?? 'an identity without a name'}</strong>
            {one.readAt !== null && (
              <span class="quiet">
                {' '}
                read it <When at={one.readAt} />
              </span>
            )}
          </li>
        ))}
      </ul>
      {asOf !== null && (
        <p class="quiet">
          As of <At at={asOf} />.
        </p>
      )}
    </div>
  );
}

const holds: Readonly<Record<RotationPlan['copies'][number]['holds'], string>> = {
  'active-key': 'the active key',
  'inactive-key': 'the inactive key',
  'another-value': 'another value',
  nothing: 'nothing',
  outdated: 'maybe a key of before',
  unreadable: 'not readable',
};

/** Declared copies, and what each holds. */
export function Copies({ copies }: Pick<RotationPlan, 'copies'>) {
  if (copies.length === 0) return null;
  return (
    <table class="plain">
      <caption>Copies of the key</caption>
      <thead>
        <tr>
          <th scope="col">Copy</th>
          <th scope="col">Where</th>
          <th scope="col">Holds</th>
        </tr>
      </thead>
      <tbody>
        {copies.map(({ name, place, holds: held, waitsSeconds }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="break">{place}</td>
            <td>
              <Badge tone={held === 'active-key' ? 'good' : 'warn'}>{holds[held]}</Badge>
              <span class="quiet"> cached up to {spanText(waitsSeconds * 1000)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What adopting one account would store. */
export function AdoptionPreview({ adoption }: { adoption: AdoptionView }) {
  const { outcome, secrets, blockedBy } = adoption;
  return (
    <div class="preview">
      <Blocked by={blockedBy} />
      {outcome === 'already-adopted' && <p class="note">It is adopted already: there is nothing to do.</p>}
      {secrets.length > 0 && (
        <table class="plain">
          <caption class="unseen">What becomes of each secret</caption>
          <thead>
            <tr>
              <th scope="col">Secret</th>
              <th scope="col">Becomes</th>
            </tr>
          </thead>
          <tbody>
            {secrets.map(({ secret, change }) => (
              <tr key={secret}>
                <th scope="row" class="break">
                  {secret}
                </th>
                <td>{words(change)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

/** What adopting many would do. */
export function AdoptionsPreview({ adoptions }: { adoptions: AdoptionsView }) {
  const { counts, targets } = adoptions;
  const blocked = targets.filter(({ outcome }) => outcome === 'blocked');
  return (
    <div class="preview">
      <p>
        <strong>{counts.adopted}</strong> would be adopted, {counts.alreadyAdopted} are adopted already,{' '}
        {counts.blocked} are blocked{counts.remaining > 0 ? `, ${counts.remaining} were not looked at in time` : ''}.
      </p>
      {blocked.length > 0 && (
        <ul class="rows">
          {blocked.map(({ target, blockedBy }) => (
            <li key={target}>
              <strong>{target}</strong> {blockedBy[0]?.detail}{' '}
              {blockedBy[0] !== undefined && <Reason word={blockedBy[0].reason} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const caches: Readonly<Record<LeakPreview['heldBy'][number]['cache'], string>> = {
  pointer: 'the pointer in their cache',
  key: 'the key in their cache',
  request: 'a request under way',
  direct: 'the direct value',
  copy: 'a copy',
};

/** What replacing a leaked key does to consumers, in plain words. */
export function LeakPreviewed({ preview }: { preview: LeakPreview }) {
  const { slot, role, effect, overlapSeconds, heldBy, keyEndsAt, consumersMayFailUntil, inFlight } = preview;
  const roles = { active: 'consumers use it now', left: 'consumers were led away lately', inactive: 'nobody uses it' };
  const longest = Math.max(0, ...heldBy.map(({ upToSeconds }) => upToSeconds));
  return (
    <div class="preview">
      <p>
        <strong>{slot}</strong>: {roles[role]}. {effect}
      </p>
      <dl class="facts">
        <Fact name="The key ends">{keyEndsAt === null ? 'not known yet' : <At at={keyEndsAt} />}</Fact>
        <Fact name="Overlap">{overlapSeconds === null ? 'none' : spanText(overlapSeconds * 1000)}</Fact>
        <Fact name="Held for up to">
          {spanText(longest * 1000)}
          <span class="quiet">
            {' '}
            by {heldBy.find(({ upToSeconds }) => upToSeconds === longest) === undefined ? 'nobody' : ''}
            {caches[heldBy.find(({ upToSeconds }) => upToSeconds === longest)?.cache ?? 'key']}
          </span>
        </Fact>
        {inFlight !== null && <Fact name="In flight">A rotation is preempted first.</Fact>}
      </dl>
      {consumersMayFailUntil === null ? (
        <p class="note good">Consumers that keep to the target’s caches do not fail.</p>
      ) : (
        <p class="note bad">
          Consumers may fail until <At at={consumersMayFailUntil} />: some hold the key for longer than it lives.
        </p>
      )}
    </div>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/**
 * Differences in the order in which they are applied, each with what it writes and its risks; those to confirm have a box.
 * @param ticked texts of the risks that are taken
 */
export function PlanPreview({
  plan,
  isNothingToDo,
  ticked,
  onTick,
}: {
  plan: PlanView;
  isNothingToDo: boolean;
  ticked: readonly string[];
  onTick: (text: string, isTaken: boolean) => void;
}) {
  const { differences, blockedBy, waitsFor } = plan;
  const told = new Set(differences.flatMap(({ risks }) => risks.map(({ name }) => name)));
  const others = blockedBy.filter(({ name }) => !told.has(name));
  const needs = [...new Set(differences.flatMap((one) => one.needs))];
  return (
    <div class="preview">
      <Blocked by={others.map(({ name, text }) => ({ reason: name, detail: text }))} />
      {waitsFor !== null && <p class="note">It would wait first: {waitsFor.detail}</p>}
      {isNothingToDo && <p class="note good">Nothing is different: there is nothing to do.</p>}
      {differences.length === 0 && !isNothingToDo && <p class="note">Nothing is to be changed in Azure.</p>}
      <ol class="differences">
        {differences.map(({ what, why, change, risks }, index) => (
          <li key={index}>
            <strong title={what}>{withShortIds(what)}</strong>
            <p class="quiet">{why}</p>
            <Writes rows={changeRows(change)} />
            {risks.map(({ name, level, text }) => (
              <div class={`risk ${level}`} key={`${name} ${text}`}>
                {level === 'confirm' ? (
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={ticked.includes(text)}
                      onChange={(event) => onTick(text, event.currentTarget.checked)}
                    />
                    <span>
                      {text} <code>{name}</code>
                    </span>
                  </label>
                ) : (
                  <p>
                    <Badge tone={level === 'blocked' ? 'bad' : 'warn'}>{level}</Badge> {text} <code>{name}</code>
                  </p>
                )}
              </div>
            ))}
          </li>
        ))}
      </ol>
      {needs.length > 0 && (
        <details>
          <summary>What Keyturn’s identity must be allowed to do</summary>
          <ul class="rows">
            {needs.map((action) => (
              <li key={action} class="break">
                <code>{action}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

/** What one difference writes. */
function Writes({ rows }: { rows: readonly ChangeRow[] }) {
  if (rows.length === 0) return null;
  return (
    <dl class="facts">
      {rows.map(([label, values]) => (
        <Fact key={label} name={label}>
          {values.map((value) => (
            <div key={value} class="break">
              {value}
            </div>
          ))}
        </Fact>
      ))}
    </dl>
  );
}
