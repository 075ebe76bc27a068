import { Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLive, useNow } from '../api/live.ts';
import { serverNowMs } from '../api/server-time.ts';
import type { HardeningStage, TargetSummary, TargetsPage } from '../api/views.ts';
import { keyAge } from '../decisions/key-age.ts';
import { rotationTone, toneOf, words } from '../decisions/states.ts';
import { listQuery, pageSize, type Sort, sorts, stateNames } from '../decisions/target-list.ts';
import { AccountName, Bar, Empty, partsOf, Shown, State, When } from '../parts/small.tsx';
import { go, targetHref } from '../router.ts';

const everyMs = 30_000;
/** While somebody types, the list is asked once the typing rests. */
const typingRestMs = 300;

/** All targets: filtered, sorted, and by subscription. What is chosen stands in the address, so that it can be sent to somebody. */
export function Targets({ query }: { query: URLSearchParams }) {
  const [limit, setLimit] = useState(pageSize);
  const chosen = query.toString();
  useEffect(() => setLimit(pageSize), [chosen]);
  const live = useLive<TargetsPage<TargetSummary>>(listQuery(query, limit), () => everyMs);
  const set = (name: string, value: string) => {
    // As the address is by now: a search that rests while something else is chosen must not undo that.
    const next = new URLSearchParams(location.search);
    if (value === '') next.delete(name);
    else next.set(name, value);
    go(next.size === 0 ? '/targets' : `/targets?${next}`, { replace: true });
  };
  const sort = sorts.find((one) => one === query.get('sort')) ?? 'name';
  return (
    <>
      <h1 tabIndex={-1}>Targets</h1>
      <Filters query={query} set={set} sort={sort} />
      <Shown live={live} what="targets">
        {({ targets, total }) => (
          <>
            <p class="count quiet" role="status">
              {total === 1 ? '1 target' : `${total.toLocaleString()} targets`}
              {targets.length < total && `, the first ${targets.length.toLocaleString()} shown`}
            </p>
            {total === 0 ? (
              <Empty title="No target fits.">
                {query.size > 0 ? <a href="/targets">Show all</a> : 'Declare targets in the settings, or tag accounts.'}
              </Empty>
            ) : (
              <Table targets={targets} sort={sort} set={set} />
            )}
            {targets.length < total && (
              <p>
                <button type="button" onClick={() => setLimit(limit + pageSize)}>
                  Show {Math.min(pageSize, total - targets.length)} more
                </button>
              </p>
            )}
          </>
        )}
      </Shown>
    </>
  );
}

const sortWords: Readonly<Record<Sort, string>> = {
  name: 'Name',
  due: 'Due first',
  state: 'State',
  subscription: 'Subscription',
};

function Filters({
  query,
  set,
  sort,
}: {
  query: URLSearchParams;
  set: (name: string, value: string) => void;
  sort: Sort;
}) {
  const addressed = query.get('text') ?? '';
  const [text, setText] = useState(addressed);
  const sent = useRef(addressed);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      set('text', text);
    }, typingRestMs);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    // A link or Back has changed the search, not the person who types in it.
    if (addressed === sent.current) return;
    sent.current = addressed;
    setText(addressed);
  }, [addressed]);
  const subscription = query.get('subscription');
  return (
    <search class="filters">
      <label>
        <span class="unseen">Search by name, account or vault</span>
        <input
          type="search"
          placeholder="Name, account or vault"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>State</span>
        <select value={query.get('state') ?? ''} onChange={(event) => set('state', event.currentTarget.value)}>
          <option value="">any</option>
          {stateNames.map((state) => (
            <option key={state} value={state}>
              {words(state)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Sort</span>
        <select value={sort} onChange={(event) => set('sort', event.currentTarget.value)}>
          {sorts.map((one) => (
            <option key={one} value={one}>
              {sortWords[one]}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={query.get('needsPerson') === 'true'}
          onChange={(event) => set('needsPerson', event.currentTarget.checked ? 'true' : '')}
        />
        <span>Needs a person</span>
      </label>
      {subscription !== null && (
        <button type="button" onClick={() => set('subscription', '')}>
          Subscription {subscription.slice(0, 8)}… ✕<span class="unseen"> remove this filter</span>
        </button>
      )}
    </search>
  );
}

function Table({
  targets,
  sort,
  set,
}: {
  targets: readonly TargetSummary[];
  sort: Sort;
  set: (name: string, value: string) => void;
}) {
  const now = useNow(serverNowMs);
  return (
    <table class="targets">
      <caption class="unseen">Targets</caption>
      <thead>
        <tr>
          <th scope="col">Target</th>
          <th scope="col">State</th>
          <th scope="col">Age of its keys</th>
          <th scope="col">Last rotation</th>
          <th scope="col">Hardening</th>
        </tr>
      </thead>
      <tbody>
        {targets.map((target, index) => {
          const { subscription } = partsOf(target.accountId);
          const before = targets[index - 1];
          const isNewGroup =
            sort === 'subscription' &&
            (before === undefined ||
              partsOf(before.accountId).subscription.toLowerCase() !== subscription.toLowerCase());
          return (
            <Fragment key={target.name}>
              {isNewGroup && (
                <tr class="group">
                  <th colSpan={5} scope="colgroup">
                    Subscription <code>{subscription}</code>{' '}
                    <button type="button" class="link" onClick={() => set('subscription', subscription)}>
                      only this one
                    </button>
                  </th>
                </tr>
              )}
              <Row target={target} nowMs={now} />
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}

function Row({ target, nowMs }: { target: TargetSummary; nowMs: number }) {
  const { name, accountId, state, drift, leaked, overdue, blocked, rotation, lastRotation, hardeningStage } = target;
  const age = keyAge(target, nowMs);
  return (
    <tr class={target.needsPerson ? 'needs-person' : ''}>
      <th scope="row">
        <a href={targetHref(name)}>{name}</a>
        <AccountName id={accountId} />
      </th>
      <td data-label="State">
        <State state={state} tone={toneOf(state)} />
        {rotation !== null && rotation.state !== state && <span class="quiet"> {words(rotation.state)}</span>}
        {leaked && state !== 'leaked' && <State state="leaked" tone="bad" />}
        {overdue && <State state="overdue" tone="bad" />}
        {drift.length > 0 && state !== 'drifted' && <State state="drifted" tone="warn" />}
        {blocked !== null && <State state={blocked} tone="quiet" />}
      </td>
      <td data-label="Age of its keys" class="age">
        <Bar share={age.share} tone={age.tone} label={age.text} />
        <span aria-hidden="true">{age.text}</span>
      </td>
      <td data-label="Last rotation">
        {lastRotation === null ? (
          <span class="quiet">none yet</span>
        ) : (
          <>
            <When at={lastRotation.endedAt} />
            {lastRotation.outcome !== 'completed' && (
              <>
                {' '}
                <State state={lastRotation.outcome} tone={rotationTone(lastRotation.outcome)} />
              </>
            )}
          </>
        )}
      </td>
      <td data-label="Hardening">
        <Stages reached={hardeningStage} />
      </td>
    </tr>
  );
}

const stageNames: readonly HardeningStage[] = [
  ...(['keys-rotated', 'network-closed', 'roles-granted', 'keyless-proved', 'keys-off'] as const),
];

/** How far a target is on its way to no keys, as a row of dots. */
function Stages({ reached }: { reached: HardeningStage | null }) {
  const count = reached === null ? 0 : stageNames.indexOf(reached) + 1;
  const text = reached === null ? 'not begun' : words(reached);
  return (
    <span class="stages">
      <svg viewBox="0 0 60 12" role="img" aria-label={`${count} of ${stageNames.length}`}>
        {stageNames.map((stage, index) => (
          <circle key={stage} class={index < count ? 'full' : 'rest'} cx={6 + index * 12} cy="6" r="4" />
        ))}
      </svg>
      <span class="quiet">{text}</span>
    </span>
  );
}
