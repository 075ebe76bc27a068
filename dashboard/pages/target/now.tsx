import { useEffect, useState } from 'preact/hooks';
import { ask, type Problem } from '../../api/ask.ts';
import { useAuditTrail } from '../../api/audit.ts';
import { useLive, useNow } from '../../api/live.ts';
import { serverNowMs } from '../../api/server-time.ts';
import type { ListedTarget, ReadersView, RotationPlan, RotationView } from '../../api/views.ts';
import { targetPath } from '../../decisions/asks.ts';
import { concernOf } from '../../decisions/concerns.ts';
import { keyAge } from '../../decisions/key-age.ts';
import { type AskName, asksFor, offersFor } from '../../decisions/offers.ts';
import { type PhaseSeen, phasesSeen } from '../../decisions/phases.ts';
import { type SlotSeen, slotsSeen } from '../../decisions/slots.ts';
import { rotationTone, words } from '../../decisions/states.ts';
import { leftText, spanText } from '../../decisions/times.ts';
import { OfferButtons } from '../../parts/offer-buttons.tsx';
import { Copies, Fact } from '../../parts/previews.tsx';
import { At, Badge, Bar, Loading, Reason, Refused, State, When } from '../../parts/small.tsx';
import { go, targetHref, targetViews } from '../../router.ts';
import { lacksText, useMay, useRoles } from '../../session.ts';

/** Readers are asked of the audit log, whose lines arrive minutes late. */
const readersEveryMs = 30_000;

/** A target as it is: its two keys, the rotation in flight, and what may be asked. */
export function Now({ target, refresh }: { target: ListedTarget; refresh: () => void }) {
  const roles = useRoles();
  const concern = concernOf(target);
  const { first, others } = offersFor(target, roles);
  const onTaken = (name: AskName) => (name === 'offboard' ? go('/targets') : refresh());
  const { rotation, requestRefused } = target;
  const trail = useAuditTrail(target.name, rotation?.id ?? null, `${rotation?.state} ${rotation?.stateSince}`);
  return (
    <>
      {concern !== null && (
        <section class={`note ${concern.rank === 3 ? '' : 'bad'}`} aria-label="What waits for a person">
          <p>
            <strong>{words(concern.reason)}</strong>
            {concern.since !== null && (
              <span class="quiet">
                {' '}
                since <When at={concern.since} />
              </span>
            )}
          </p>
          <p>{concern.detail}</p>
          {concern.whatToDo !== null && <p class="fix">{concern.whatToDo}</p>}
          <p>
            <Reason word={concern.reason} />
          </p>
        </section>
      )}
      {requestRefused !== null && (
        <p class="note warn">
          The last request, {words(requestRefused.action)}, was not carried out: {requestRefused.detail}
        </p>
      )}
      <div class="actions">
        <OfferButtons
          target={target}
          offers={first}
          isUrgent={concern !== null && asksFor(target).length > 0}
          onTaken={onTaken}
        />
        <OfferButtons target={target} offers={others} onTaken={onTaken} />
      </div>
      <Slots target={target} />
      {rotation !== null && <Rotation target={target} rotation={rotation} entries={trail?.entries ?? []} />}
      <div class="columns">
        <Keys target={target} />
        <Stages target={target} />
        <CopiesNow target={target} />
      </div>
    </>
  );
}

function Slots({ target }: { target: ListedTarget }) {
  const { pointer, slots } = slotsSeen(target);
  return (
    <section class="slots" aria-label="The two keys">
      {slots.map((slot) => (
        <SlotCard key={slot.slot} {...slot} isMoving={pointer === 'moving'} />
      ))}
    </section>
  );
}

function SlotCard({ slot, role, says, isLeaked, isMoving }: SlotSeen & { isMoving: boolean }) {
  return (
    <div class={`slot ${role}`}>
      <h2>
        {slot} {role === 'active' && <Badge tone="good">consumers</Badge>}
        {isMoving && <Badge tone="busy">pointer moving</Badge>}
        {isLeaked && <Badge tone="bad">leaked</Badge>}
      </h2>
      <p>{says}</p>
    </div>
  );
}

/** A rotation in flight: what has been done, what is done now, and what a person may still change. */
function Rotation({
  target,
  rotation,
  entries,
}: {
  target: ListedTarget;
  rotation: RotationView;
  entries: Parameters<typeof phasesSeen>[1];
}) {
  const now = useNow(serverNowMs);
  const { state, detail, reason, lastFailure, held, overlapUntil, rollbackUntil, wakesAt, deadline, leftBehind } =
    rotation;
  return (
    <section class="rotation" aria-labelledby="rotation-title">
      <h2 id="rotation-title">
        Rotation <State state={state} tone={rotationTone(state)} />{' '}
        {state === 'suspended' && reason !== null && <Reason word={reason} />}{' '}
        <span class="quiet">
          by {words(rotation.cause)}, started <When at={rotation.startedAt} />
        </span>
      </h2>
      <div class="columns">
        <Phases phases={phasesSeen(rotation, entries, now)} />
        <div>
          {held !== null && (
            <p class="note warn">
              {held.by === 'keyturn' ? 'Kept by Keyturn' : 'Held'} since <When at={held.since} />
              {held.until !== null && (
                <>
                  , until <At at={held.until} /> at the latest
                </>
              )}
              : {held.reason}
            </p>
          )}
          {state === 'overlapping' && overlapUntil !== null && held === null && (
            <Countdown from={rotation.stateSince} until={overlapUntil} nowMs={now} />
          )}
          {detail !== null && state !== 'suspended' && (
            <p>
              {detail} {reason !== null && <Reason word={reason} />}
            </p>
          )}
          <dl class="facts">
            {rollbackUntil !== null && (
              <Fact name="Roll back">
                possible until <At at={rollbackUntil} />
              </Fact>
            )}
            {wakesAt !== null && Date.parse(wakesAt) > now && (
              <Fact name="Goes on">
                <When at={wakesAt} ahead />
              </Fact>
            )}
            {deadline !== null && (
              <Fact name="Asks for a person">
                if it is still here <When at={deadline} ahead />
              </Fact>
            )}
            <Fact name="Overlap">
              {spanText(rotation.overlapSeconds * 1000)} <span class="quiet">set by {rotation.overlapSetBy}</span>
            </Fact>
            {rotation.attempts > 0 && <Fact name="Tries in this phase">{rotation.attempts}</Fact>}
            {leftBehind.length > 0 && <Fact name="Copies left behind">{leftBehind.join(', ')}</Fact>}
          </dl>
          {lastFailure !== null && (
            <p class="note warn">
              Last failure, <When at={lastFailure.at} />: {lastFailure.detail} <code>{lastFailure.code}</code>
              {rotation.fix !== null && <span class="fix"> {rotation.fix}</span>}
            </p>
          )}
          <Readers target={target.name} rotation={rotation} />
        </div>
      </div>
    </section>
  );
}

/** The wait until every cache has expired. */
function Countdown({ from, until, nowMs }: { from: string; until: string; nowMs: number }) {
  const [startMs, endMs] = [Date.parse(from), Date.parse(until)];
  const share = (nowMs - startMs) / Math.max(1, endMs - startMs);
  return (
    <div class="countdown">
      <p>
        <strong>{leftText(endMs, nowMs)}</strong>{' '}
        <span class="quiet">
          of the overlap, until <At at={until} />
        </span>
      </p>
      <Bar share={share} tone="busy" label={`Overlap, ${leftText(endMs, nowMs)}`} />
    </div>
  );
}

const standsWords: Readonly<Record<PhaseSeen['stands'], string>> = {
  passed: 'done',
  now: 'now',
  stopped: 'stopped here',
  'to-come': 'to come',
  skipped: 'left out',
};

export function Phases({ phases }: { phases: readonly PhaseSeen[] }) {
  return (
    <ol class="phases">
      {phases.map(({ name, says, stands, tookMs }) => (
        <li key={name} class={stands} aria-current={stands === 'now' || stands === 'stopped' ? 'step' : undefined}>
          <span class="phase-name">{words(name)}</span>
          <span class="unseen">, {standsWords[stands]}</span>
          <span class="phase-time">{tookMs === null ? '' : spanText(tookMs)}</span>
          {(stands === 'now' || stands === 'stopped') && <span class="phase-says">{says}</span>}
        </li>
      ))}
    </ol>
  );
}

/** Who still reads the old key, by the vault's audit log. */
function Readers({ target, rotation }: { target: string; rotation: RotationView }) {
  const isAfterTheSwitch = ['updating-copies', 'overlapping', 'retiring'].includes(
    rotation.suspendedIn ?? rotation.state,
  );
  const path = isAfterTheSwitch ? `${targetPath(target)}/rotations/${encodeURIComponent(rotation.id)}` : null;
  const { data } = useLive<RotationView>(path, () => readersEveryMs);
  const readers = data?.readers ?? null;
  if (readers === null) return null;
  const { stragglers, unclear, followers, unknown, asOf } = readers;
  return (
    <div class="readers">
      <h3>Who reads which key</h3>
      {unknown !== null && <p class="note warn">Not all is known: {unknown.detail}</p>}
      <ReaderList title="Still read the old key" tone="bad" readers={stragglers} />
      <ReaderList title="Not known yet" tone="quiet" readers={unclear} />
      <ReaderList title="Read the new key" tone="good" readers={followers} />
      {stragglers.length + unclear.length + followers.length === 0 && unknown === null && (
        <p class="quiet">Nobody has read either key lately.</p>
      )}
      {asOf !== null && (
        <p class="quiet">
          By the vault’s audit log as of <When at={asOf} />.
        </p>
      )}
    </div>
  );
}

function ReaderList({
  title,
  tone,
  readers,
}: {
  title: string;
  tone: 'good' | 'bad' | 'quiet';
  readers: ReadersView['followers'];
}) {
  if (readers.length === 0) return null;
  return (
    <>
      <h4>
        <Badge tone={tone}>{readers.length}</Badge> {title}
      </h4>
      <ul class="rows">
        {readers.map(({ identity, appId, name, resource, oldReadAt, newReadAt }) => {
          const last = newReadAt ?? oldReadAt;
          return (
            <li key={identity ?? appId ?? resource} title={resource ?? identity ?? undefined}>
              {name ?? identity ?? appId ?? 'an identity without a name'}{' '}
              {last !== null && (
                <span class="quiet">
                  <When at={last} />
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Keys({ target }: { target: ListedTarget }) {
  const now = useNow(serverNowMs);
  const { nextDueAt, lastRotation, keysCheckedAt, schedule, leakedKeys, drift, lastEvent } = target;
  const age = keyAge(target, now);
  return (
    <section aria-labelledby="keys-title">
      <h2 id="keys-title">Keys</h2>
      <p>
        <Bar share={age.share} tone={age.tone} label={age.text} /> {age.text}
      </p>
      <dl class="facts">
        {lastRotation !== null && (
          <Fact name="Last rotation">
            {words(lastRotation.outcome)} <When at={lastRotation.endedAt} />, took{' '}
            {spanText(Date.parse(lastRotation.endedAt) - Date.parse(lastRotation.startedAt))}
          </Fact>
        )}
        {nextDueAt !== null && (
          <Fact name="Next">
            <At at={nextDueAt} />
          </Fact>
        )}
        {schedule !== null && (
          <Fact name="Schedule">
            {schedule.detail} <Reason word={schedule.reason} />
          </Fact>
        )}
        {keysCheckedAt !== null && (
          <Fact name="Checked">
            <When at={keysCheckedAt} />
          </Fact>
        )}
        <Fact name="Events">{target.eventsDetail}</Fact>
        {lastEvent !== null && (
          <Fact name="Last event">
            {words(lastEvent.kind)} of {lastEvent.secret} <When at={lastEvent.at} />
            {lastEvent.detail !== null && <span class="quiet"> {lastEvent.detail}</span>}
          </Fact>
        )}
        {leakedKeys.map((leak) => (
          <Fact key={leak.slot} name={`Leaked ${leak.slot}`}>
            reported <When at={leak.reportedAt} />
            {leak.seenAt !== null && (
              <>
                , last seen <When at={leak.seenAt} />
              </>
            )}
            {leak.failure !== null && <span class="quiet"> {leak.failure}</span>}
          </Fact>
        ))}
        {drift.map(({ reason, detail, since, whatToDo }) => (
          <Fact key={reason} name="Drift">
            {detail} <Reason word={reason} />
            <span class="quiet">
              {' '}
              since <When at={since} />. {whatToDo}
            </span>
          </Fact>
        ))}
      </dl>
    </section>
  );
}

function Stages({ target }: { target: ListedTarget }) {
  const way = target.hardeningStages;
  if (way === null) return null;
  const view = targetViews.find((one) => way.next?.request.includes(`/${one}`));
  return (
    <section aria-labelledby="stages-title">
      <h2 id="stages-title">Hardening</h2>
      <ol class="phases">
        {way.stages.map(({ stage, since }) => (
          <li key={stage} class={since === null ? 'to-come' : 'passed'}>
            <span class="phase-name">{words(stage)}</span>
            <span class="unseen">, {since === null ? 'to come' : 'reached'}</span>
            <span class="phase-time">{since !== null && <When at={since} />}</span>
          </li>
        ))}
      </ol>
      {way.next !== null && (
        <p>
          Next: {way.next.detail} {view !== undefined && <a href={targetHref(target.name, view)}>Open {words(view)}</a>}
        </p>
      )}
    </section>
  );
}

/** What each declared copy holds: the plan of a rotation reads them, so they are shown when somebody asks. */
function CopiesNow({ target }: { target: ListedTarget }) {
  const may = useMay('Keyturn.Operate');
  const [asked, setAsked] = useState(0);
  const [copies, setCopies] = useState<RotationPlan['copies'] | 'none' | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (asked === 0) return;
    const stop = new AbortController();
    setProblem(null);
    setCopies(null);
    const request = { method: 'POST', path: `${targetPath(target.name)}/rotations?dryRun=true`, body: {} } as const;
    void ask<RotationPlan>(request, stop.signal).then((answer) => {
      if (stop.signal.aborted) return;
      if (answer.kind === 'problem') setProblem(answer.problem);
      else if (answer.kind === 'ok') setCopies(answer.body.copies.length === 0 ? 'none' : answer.body.copies);
    });
    return () => stop.abort();
  }, [asked, target.name]);
  return (
    <section aria-labelledby="copies-title">
      <h2 id="copies-title">Copies</h2>
      {problem !== null && <Refused problem={problem} />}
      {copies === 'none' && <p class="quiet">This target declares no copies.</p>}
      {copies !== null && copies !== 'none' && <Copies copies={copies} />}
      {asked > 0 && copies === null && problem === null && <Loading what="copies" lines={2} />}
      <button
        type="button"
        disabled={!may}
        title={may ? undefined : lacksText('Keyturn.Operate')}
        onClick={() => setAsked(asked + 1)}
      >
        {asked === 0 ? 'Show what each copy holds' : 'Look again'}
      </button>
    </section>
  );
}
