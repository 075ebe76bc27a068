import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLive } from '../api/live.ts';
import type { FleetView, ListedTarget, TargetSummary, TargetsPage } from '../api/views.ts';
import { acceptDocumentAsk, adoptAll, pauseAsk, resetAsk } from '../decisions/asks.ts';
import { byGravity, type Concern, concernOf } from '../decisions/concerns.ts';
import { type Ask, offer } from '../decisions/offers.ts';
import { AskDialog } from '../parts/ask-dialog.tsx';
import { OfferButtons } from '../parts/offer-buttons.tsx';
import { AccountName, Empty, Reason, Shown, When } from '../parts/small.tsx';
import { targetHref } from '../router.ts';
import { lacksText, useMay, useRoles } from '../session.ts';

/** Everything but accounts that nobody has adopted yet: of those there can be thousands, and one button takes them all. */
const watched = [
  ...['adopted-elsewhere', 'awaiting-first-rotation', 'leaked', 'keyless', 'settling', 'rotating', 'suspended'],
  ...['drifted', 'idle', 'newer-schema'],
].join(',');

const mostShown = 200;
export const concernsPath = `/api/targets?needsPerson=true&state=${watched}&limit=${mostShown}`;
const notAdoptedPath = '/api/targets?state=not-adopted&fields=summary&limit=5';

const everyMs = 30_000;
const notAdoptedEveryMs = 5 * 60_000;

const ranks: Readonly<Record<Concern['rank'], { title: string; says: string }>> = {
  1: { title: 'Now', says: 'Consumers may fail, or somebody else may have a key.' },
  2: { title: 'Waiting for you', says: 'Nothing fails; Keyturn does not go on by itself.' },
  3: { title: 'To begin', says: 'Accounts on their way under care.' },
};

/** What waits for a person, the gravest first, each with what to do and the button that does it. */
export function NeedsPerson() {
  const targets = useLive<TargetsPage<ListedTarget>>(concernsPath, () => everyMs);
  const blank = useLive<TargetsPage<TargetSummary>>(notAdoptedPath, () => notAdoptedEveryMs);
  const fleet = useLive<FleetView>('/api/fleet', () => everyMs);
  const refresh = () => {
    targets.refresh();
    blank.refresh();
    fleet.refresh();
  };
  return (
    <>
      <h1 tabIndex={-1}>Needs a person</h1>
      <Shown live={targets} what="what needs a person">
        {({ targets: listed, total, discovery, pause }) => {
          const concerns = listed
            .map((target) => ({ target, concern: concernOf(target) }))
            .filter((one): one is { target: ListedTarget; concern: Concern } => one.concern !== null)
            .sort((one, other) => byGravity(one.concern, other.concern));
          const notAdopted = blank.data;
          const instance = <InstanceMatters fleet={fleet.data} pause={pause} discovery={discovery} onTaken={refresh} />;
          const hasInstance = instanceNeeds(fleet.data, pause, discovery);
          if (concerns.length === 0 && (notAdopted?.total ?? 0) === 0 && !hasInstance)
            return (
              <Empty title="Nothing needs you.">
                Keyturn rotates what is due by itself. <a href="/targets">All targets</a>
              </Empty>
            );
          return (
            <>
              {instance}
              {([1, 2, 3] as const).map((rank) => {
                const some = concerns.filter(({ concern }) => concern.rank === rank);
                const isLast = rank === 3 && notAdopted !== null && notAdopted.total > 0;
                if (some.length === 0 && !isLast) return null;
                return (
                  <section class={`rank rank-${rank}`} key={rank} aria-labelledby={`rank-${rank}`}>
                    <h2 id={`rank-${rank}`}>
                      {ranks[rank].title} <span class="quiet">{ranks[rank].says}</span>
                    </h2>
                    <ul class="concerns">
                      {some.map(({ target, concern }) => (
                        <ConcernRow key={target.name} target={target} concern={concern} onTaken={refresh} />
                      ))}
                      {isLast && <NotAdopted page={notAdopted} onTaken={refresh} />}
                    </ul>
                  </section>
                );
              })}
              {total > listed.length && (
                <p class="quiet">
                  {total - listed.length} more: <a href="/targets?needsPerson=true">all of them as a list</a>
                </p>
              )}
            </>
          );
        }}
      </Shown>
    </>
  );
}

function ConcernRow({ target, concern, onTaken }: { target: ListedTarget; concern: Concern; onTaken: () => void }) {
  const roles = useRoles();
  const { reason, detail, whatToDo, since, asks } = concern;
  return (
    <li class="concern">
      <div class="concern-what">
        <h3>
          <a href={targetHref(target.name)}>{target.name}</a>
        </h3>
        <AccountName id={target.accountId} />
        <Since word={reason} since={since} />
      </div>
      <div class="concern-why">
        <p>{detail}</p>
        {whatToDo !== null && whatToDo !== detail && <p class="fix">{whatToDo}</p>}
      </div>
      <div class="concern-do">
        <OfferButtons
          target={target}
          offers={asks.slice(0, 3).map((name) => offer(name, roles))}
          isUrgent
          onTaken={onTaken}
        />
        <a class="button" href={targetHref(target.name, 'diagnosis')}>
          Diagnose
        </a>
      </div>
    </li>
  );
}

function NotAdopted({ page, onTaken }: { page: TargetsPage<TargetSummary>; onTaken: () => void }) {
  const { total, targets } = page;
  return (
    <Matter
      title={total === 1 ? '1 account is not adopted' : `${total} accounts are not adopted`}
      word="not-adopted"
      ask={adoptAll}
      onTaken={onTaken}
    >
      <p>
        Nothing is stored or rotated before that:{' '}
        {targets.map(({ name }, index) => (
          <span key={name}>
            {index > 0 && ', '}
            <a href={targetHref(name)}>{name}</a>
          </span>
        ))}
        {total > targets.length && (
          <>
            {' '}
            and <a href="/targets?state=not-adopted">{total - targets.length} more</a>
          </>
        )}
        .
      </p>
    </Matter>
  );
}

type Given = {
  fleet: FleetView | null;
  pause: TargetsPage<ListedTarget>['pause'];
  discovery: TargetsPage<ListedTarget>['discovery'];
};

function instanceNeeds(fleet: Given['fleet'], pause: Given['pause'], discovery: Given['discovery']): boolean {
  return (
    pause.paused === true ||
    (fleet !== null && (fleet.circuitBreaker !== 'closed' || fleet.targetsDocument?.refused != null)) ||
    (discovery !== null &&
      (discovery.failure !== null || discovery.refused.length > 0 || discovery.unreadableSubscriptions.length > 0))
  );
}

/** What is about all targets, or about accounts that are none. */
function InstanceMatters({ fleet, pause, discovery, onTaken }: Given & { onTaken: () => void }) {
  if (!instanceNeeds(fleet, pause, discovery)) return null;
  const document = fleet?.targetsDocument ?? null;
  const refused = document?.refused ?? null;
  return (
    <section class="rank rank-0" aria-labelledby="rank-0">
      <h2 id="rank-0">
        The instance <span class="quiet">What is about all targets.</span>
      </h2>
      <ul class="concerns">
        {pause.paused === true && (
          <Matter title="Paused" word="paused" since={pause.since} ask={pauseAsk(false)} onTaken={onTaken}>
            <p>
              Nothing is begun until somebody resumes it. {pause.reason !== null && <>Reason given: {pause.reason}.</>}
            </p>
          </Matter>
        )}
        {fleet !== null && fleet.circuitBreaker !== 'closed' && (
          <Matter
            title="The circuit breaker is open"
            word="circuit-breaker-open"
            ask={resetAsk('failures')}
            onTaken={onTaken}
          >
            <p>{fleet.detail}</p>
          </Matter>
        )}
        {document !== null && refused !== null && (
          <Matter
            title="The targets document is not in force"
            word={refused.reason}
            since={refused.since}
            ask={
              refused.reason === 'targets-dropped' && refused.etag !== null
                ? acceptDocumentAsk(refused.etag, refused.droppedInAll)
                : null
            }
            onTaken={onTaken}
          >
            <p>{document.detail}</p>
            <ul class="rows">
              {refused.problems.map(({ line, field, found, accepted }) => (
                <li key={`${line}-${field}`}>
                  {line !== null && <strong>Line {line}: </strong>}
                  <code>{field}</code>: found {found}; accepted: {accepted}
                </li>
              ))}
              {refused.dropped.length > 0 && <li>Dropped: {refused.dropped.join(', ')}</li>}
            </ul>
          </Matter>
        )}
        {discovery !== null && discovery.failure !== null && (
          <Matter title="Accounts cannot be discovered" word={discovery.failure}>
            <p>The list of discovered targets stands as it was.</p>
            {discovery.fix !== null && <p class="fix">{discovery.fix}</p>}
          </Matter>
        )}
        {discovery !== null && discovery.unreadableSubscriptions.length > 0 && (
          <Matter title="Subscriptions that Keyturn may not read">
            <p class="break">{discovery.unreadableSubscriptions.join(', ')}</p>
            {discovery.fix !== null && <p class="fix">{discovery.fix}</p>}
          </Matter>
        )}
        {discovery?.refused.map(({ accountId, reason, detail, problems }) => (
          <Matter key={accountId} title={<AccountName id={accountId} />} word={reason}>
            <p>{detail}</p>
            {problems.map(({ field, found, accepted }) => (
              <p key={field} class="quiet">
                <code>{field}</code>: found {found}; accepted: {accepted}
              </p>
            ))}
          </Matter>
        ))}
      </ul>
    </section>
  );
}

function Matter({
  title,
  word,
  since = null,
  ask = null,
  onTaken = () => {},
  children,
}: {
  title: ComponentChildren;
  word?: string;
  since?: string | null;
  ask?: Ask | null;
  onTaken?: () => void;
  children: ComponentChildren;
}) {
  return (
    <li class="concern">
      <div class="concern-what">
        <h3>{title}</h3>
        <Since word={word} since={since} />
      </div>
      <div class="concern-why">{children}</div>
      <div class="concern-do">{ask !== null && <AskButton ask={ask} onTaken={onTaken} />}</div>
    </li>
  );
}

/**
 * A button for one thing that may be asked. In a form, Enter in one of its fields presses it.
 * @param lacks what is still to be filled in; null: nothing
 */
export function AskButton({
  ask,
  onTaken,
  label,
  lacks = null,
}: {
  ask: Ask;
  onTaken: (body: unknown) => void;
  label?: string;
  lacks?: string | null;
}) {
  const [isOpen, setOpen] = useState(false);
  const may = useMay(ask.role);
  const title = may ? lacks : lacksText(ask.role);
  return (
    <>
      <button type="submit" disabled={title !== null} title={title ?? undefined} onClick={() => setOpen(true)}>
        {label ?? ask.title}
      </button>
      {isOpen && <AskDialog ask={ask} onClose={() => setOpen(false)} onTaken={onTaken} />}
    </>
  );
}

/** Why something waits, and since when. */
function Since({ word, since }: { word?: string | undefined; since: string | null }) {
  return (
    <p class="since">
      {word !== undefined && <Reason word={word} />}
      {since !== null && (
        <>
          {' '}
          since <When at={since} />
        </>
      )}
    </p>
  );
}
