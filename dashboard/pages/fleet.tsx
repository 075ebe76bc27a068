import { scheduleReasons } from '../../src/rotation/schedule/schedule-reasons.ts';
import { useLive, useNow } from '../api/live.ts';
import { serverNowMs } from '../api/server-time.ts';
import type { FleetView, PauseView, TargetSummary, TargetsPage } from '../api/views.ts';
import { pauseAsk, resetAsk } from '../decisions/asks.ts';
import { fleetChart } from '../decisions/fleet-chart.ts';
import { spanText } from '../decisions/times.ts';
import { Fact } from '../parts/previews.tsx';
import { At, Badge, Empty, Reason, Shown, When } from '../parts/small.tsx';
import { targetHref } from '../router.ts';
import { AskButton } from './needs-person.tsx';

const everyMs = 15_000;
const pausePath = '/api/targets?fields=summary&limit=1';
/** One look at every target: sixty-four calls to storage for five thousand. */
const chartPath = '/api/targets?fields=summary&limit=10000';
const chartEveryMs = 10 * 60_000;
const chartDays = { daysBack: 30, daysAhead: 90 };

const sentences: Readonly<Record<string, string>> = scheduleReasons;

const breakerWords: Readonly<Record<FleetView['circuitBreaker'], string>> = {
  closed: 'closed',
  'open-for-discovered': 'open for discovered targets',
  open: 'open',
};

/** All targets together: whether the schedule goes on, who holds whom up, and what is to come. */
export function Fleet() {
  const fleet = useLive<FleetView>('/api/fleet', () => everyMs);
  const listed = useLive<TargetsPage<TargetSummary>>(pausePath, () => everyMs);
  const refresh = () => {
    fleet.refresh();
    listed.refresh();
  };
  return (
    <>
      <h1 tabIndex={-1}>Fleet</h1>
      {listed.data !== null && <Pause pause={listed.data.pause} onTaken={refresh} />}
      <Shown live={fleet} what="the fleet">
        {(view) => (
          <>
            <Numbers fleet={view} onTaken={refresh} />
            <Chart />
            <div class="columns">
              <Blockers fleet={view} onTaken={refresh} />
              <Reasons fleet={view} />
            </div>
            <p class="quiet">
              Keyturn {view.version}.{' '}
              {view.asOf === null ? (
                'No sweep has looked yet.'
              ) : (
                <>
                  As of the last sweep, <When at={view.asOf} />.
                </>
              )}
            </p>
          </>
        )}
      </Shown>
    </>
  );
}

function Pause({ pause, onTaken }: { pause: PauseView; onTaken: () => void }) {
  if (pause.paused !== true)
    return (
      <p class="buttons">
        <AskButton ask={pauseAsk(true)} label="Pause everything…" onTaken={onTaken} />
        {pause.paused === null && <span class="note warn">Whether it is paused is not known now.</span>}
      </p>
    );
  return (
    <div class="note bad">
      <p>
        <strong>The instance is paused</strong>
        {pause.since !== null && (
          <>
            {' '}
            since <When at={pause.since} />
          </>
        )}
        . {pause.reason !== null && <>Reason: {pause.reason}.</>}
      </p>
      <AskButton ask={pauseAsk(false)} label="Resume…" onTaken={onTaken} />
    </div>
  );
}

function Numbers({ fleet, onTaken }: { fleet: FleetView; onTaken: () => void }) {
  const { circuitBreaker, detail, failed, stopsAt, running, maxRunning, targets, notSweptInAll, looks } = fleet;
  return (
    <>
      <ul class="numbers">
        <Figure name="Targets" value={targets} href="/targets" />
        <Figure name="In flight" value={running} href="/targets?state=rotating" of={maxRunning} />
        <Figure name="Suspended" value={failed} href="/targets?state=suspended" of={stopsAt} tone="bad" />
        <Figure name="Leaked" value={fleet.leaked.length} href="/targets?state=leaked" tone="bad" />
        <Figure name="Overdue" value={fleet.overdue.length} href="/targets?needsPerson=true" tone="bad" />
        <Figure name="Not swept" value={notSweptInAll} href="/targets?state=unreachable" tone="warn" />
        {looks !== null && <Figure name="Looks late" value={looks.late} href="/targets" tone="warn" />}
      </ul>
      <p class={`note ${circuitBreaker === 'closed' ? '' : 'bad'}`}>
        Circuit breaker{' '}
        <Badge tone={circuitBreaker === 'closed' ? 'good' : 'bad'}>{breakerWords[circuitBreaker]}</Badge> {detail}{' '}
        {circuitBreaker !== 'closed' && <AskButton ask={resetAsk('failures')} onTaken={onTaken} />}
      </p>
    </>
  );
}

/** @param of the bound, if there is one */
function Figure({
  name,
  value,
  href,
  of = null,
  tone = 'quiet',
}: {
  name: string;
  value: number;
  href: string;
  of?: number | null;
  tone?: 'bad' | 'warn' | 'quiet';
}) {
  return (
    <li class={value > 0 ? tone : 'quiet'}>
      <a href={href}>
        <strong>{value.toLocaleString()}</strong>
        {of !== null && <span class="quiet"> of {of}</span>}
        <span class="figure-name">{name}</span>
      </a>
    </li>
  );
}

const blockerWords: Readonly<Record<FleetView['blockers'][number]['kind'], string>> = {
  'circuit-breaker': 'The circuit breaker',
  canaries: 'Canaries',
  running: 'Rotations in flight',
  'running-in-subscription': 'Rotations in a subscription',
  vault: 'A vault',
};

const resets = { 'circuit-breaker': 'failures', canaries: 'canaries', running: 'running' } as const;

/** Who holds whom up. */
function Blockers({ fleet, onTaken }: { fleet: FleetView; onTaken: () => void }) {
  return (
    <section aria-labelledby="blockers">
      <h2 id="blockers">Who holds whom up</h2>
      {fleet.blockers.length === 0 && <Empty title="Nobody." />}
      {fleet.blockers.map((blocker, index) => {
        const { kind, detail, holders, waiting, waitingInAll } = blocker;
        const reset = Object.entries(resets).find(([name]) => name === kind)?.[1];
        return (
          <div class="card" key={index}>
            <h3>{blockerWords[kind]}</h3>
            <p>{detail}</p>
            <Names title="Hold up" names={holders} />
            <Names title={`Wait (${waitingInAll.toLocaleString()})`} names={waiting.map(({ target }) => target)} />
            {waiting[0]?.until != null && (
              <p class="quiet">
                The first starts by <At at={waiting[0].until} />.
              </p>
            )}
            {reset !== undefined && <AskButton ask={resetAsk(reset)} onTaken={onTaken} />}
          </div>
        );
      })}
      {fleet.pendingCanaries.length > 0 && <Names title="Pending canaries" names={fleet.pendingCanaries} />}
    </section>
  );
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <p>
      <strong>{title}:</strong>{' '}
      {names.map((name, index) => (
        <span key={name}>
          {index > 0 && ', '}
          <a href={targetHref(name)}>{name}</a>
        </span>
      ))}
    </p>
  );
}

/** Why the last sweep left targets alone, or did not. */
function Reasons({ fleet }: { fleet: FleetView }) {
  const rows = Object.entries(fleet.reasons).toSorted(([, one], [, other]) => other - one);
  return (
    <section aria-labelledby="reasons">
      <h2 id="reasons">What the last sweep made of them</h2>
      {rows.length === 0 ? (
        <Empty title="No sweep has looked yet." />
      ) : (
        <table class="plain">
          <caption class="unseen">Targets by reason</caption>
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" class="right">
                Targets
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([reason, count]) => (
              <tr key={reason}>
                <th scope="row">
                  <Reason word={reason} />
                  <span class="block quiet">{sentences[reason]}</span>
                </th>
                <td class="right">{count.toLocaleString()}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** When rotations ended and are due, day by day, and how long they took. */
function Chart() {
  const live = useLive<TargetsPage<TargetSummary>>(chartPath, () => chartEveryMs);
  const now = useNow(serverNowMs);
  return (
    <section aria-labelledby="chart">
      <h2 id="chart">Starts and durations</h2>
      <Shown live={live} what="the chart: every target is read">
        {({ targets }) => {
          const { days, most, half, most95 } = fleetChart(targets, now, chartDays);
          const [first, last] = [days[0], days.at(-1)];
          const ended = days.reduce((sum, { completed, undone }) => sum + completed + undone, 0);
          const due = days.reduce((sum, day) => sum + day.due, 0);
          return (
            <>
              <svg
                class="chart"
                viewBox={`0 0 ${days.length * 10} 100`}
                preserveAspectRatio="none"
                role="img"
                aria-label={`${ended} targets had their last rotation within ${chartDays.daysBack} days; ${due} are due within ${chartDays.daysAhead}. At most ${most} on one day.`}
              >
                {days.map(({ atMs, completed, undone, due: dueThen }, index) => {
                  const unit = 96 / most;
                  const x = index * 10 + 1;
                  return (
                    <g key={atMs}>
                      {index === chartDays.daysBack && <rect class="today" x={index * 10} width="10" height="100" />}
                      <rect class="completed" x={x} width="8" y={100 - completed * unit} height={completed * unit} />
                      <rect
                        class="undone"
                        x={x}
                        width="8"
                        y={100 - (completed + undone) * unit}
                        height={undone * unit}
                      />
                      <rect
                        class="due"
                        x={x}
                        width="8"
                        y={100 - (completed + undone + dueThen) * unit}
                        height={dueThen * unit}
                      />
                    </g>
                  );
                })}
              </svg>
              <p class="legend">
                <span>{first !== undefined && <At at={new Date(first.atMs).toISOString()} />}</span>
                <span>
                  <span class="key completed" /> completed <span class="key undone" /> undone <span class="key due" />{' '}
                  due <span class="key today" /> today
                </span>
                <span>{last !== undefined && <At at={new Date(last.atMs).toISOString()} />}</span>
              </p>
              <dl class="facts">
                {half !== null && most95 !== null && (
                  <Fact name="Durations">
                    half took up to {spanText(half)}, nineteen of twenty up to {spanText(most95)}
                  </Fact>
                )}
                <Fact name="Busiest day">
                  {most === 1 && ended + due === 0 ? 'no rotation' : most === 1 ? '1 rotation' : `${most} rotations`}
                </Fact>
              </dl>
            </>
          );
        }}
      </Shown>
    </section>
  );
}
