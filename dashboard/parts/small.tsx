import { type ComponentChildren, createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Problem } from '../api/ask.ts';
import { useNow } from '../api/live.ts';
import { serverNowMs } from '../api/server-time.ts';
import { type Tone, words } from '../decisions/states.ts';
import { relativeText } from '../decisions/times.ts';

/** A word of a closed list. The colour says nothing that the word does not. */
export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** The word of the runbook, which leads to its entry. */
export function Reason({ word }: { word: string }) {
  return (
    <a class="reason" href={`/reasons/${encodeURIComponent(word)}`}>
      {word}
    </a>
  );
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/**
 * An instant, as people far from it and near it read it.
 * @param ahead it is to come; else it has been, however little the clock of the page may be behind
 */
export function When({ at, ahead = false }: { at: string; ahead?: boolean }) {
  const now = useNow(serverNowMs);
  const atMs = Date.parse(at);
  return (
    <time dateTime={at} title={full.format(new Date(at))}>
      {relativeText(ahead ? atMs : Math.min(atMs, now), now)}
    </time>
  );
}

/** The date and the time of day. */
export function At({ at }: { at: string }) {
  return (
    <time dateTime={at} title={at}>
      {short.format(new Date(at))}
    </time>
  );
}

/** A share of a whole as a bar. */
export function Bar({ share, tone, label }: { share: number; tone: string; label: string }) {
  return (
    <svg class={`bar ${tone}`} viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect class="rest" width="100" height="6" />
      <rect class="full" width={Math.max(0, Math.min(1, share)) * 100} height="6" />
    </svg>
  );
}

/** What the form around calls a member of the body that it sends; null: it has no field of it. */
export const FieldLabels = createContext<(member: string) => string | null>(() => null);

/** Why something is not shown, or was not done: what happened, the fields that are wrong, and what to do. */
export function Refused({ problem, again }: { problem: Problem; again?: () => void }) {
  const { reason, detail, errors = [], fix, status, requestId } = problem;
  const isRole = status === 403;
  const labelOf = useContext(FieldLabels);
  return (
    <div class={`note ${isRole ? 'warn' : 'bad'}`} role="alert">
      <p>
        <strong>{isRole ? 'Your role does not allow this. ' : ''}</strong>
        {detail}
      </p>
      {errors.length > 0 && (
        <ul>
          {errors.map(({ field, found, accepted }) => (
            <li key={field} class="break">
              {labelOf(field) ?? <code>{field}</code>}: found {found}; accepted: {accepted}
            </li>
          ))}
        </ul>
      )}
      {fix !== undefined && !detail.includes(fix) && <p class="fix">{fix}</p>}
      <p class="quiet">
        {status > 0 && <Reason word={reason} />}
        <RequestId id={requestId} />
        {again !== undefined && (
          <button type="button" class="link" onClick={again}>
            Try again
          </button>
        )}
      </p>
    </div>
  );
}

/** What the app's log has of a request: for anyone who asks why. */
function RequestId({ id }: { id: string | null }) {
  return id === null ? null : (
    <>
      {' '}
      Request id <code>{id}</code>{' '}
    </>
  );
}

/** What stands where something is still being asked. */
export function Loading({ what, lines = 4 }: { what: string; lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="unseen">Loading {what}…</span>
      {Array.from({ length: lines }, (_, line) => (
        <span class="line" key={line} aria-hidden="true" />
      ))}
    </div>
  );
}

/** That there is nothing, and what that means. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <p class="quiet">{children}</p>}
    </div>
  );
}

/** The data, or what stands instead of it: a failed look beside old data says that it is old. */
export function Shown<Body>({
  live,
  what,
  children,
}: {
  live: { readonly data: Body | null; readonly problem: Problem | null; readonly refresh: () => void };
  what: string;
  children: (data: Body) => ComponentChildren;
}) {
  const { data, problem, refresh } = live;
  if (data === null) return problem === null ? <Loading what={what} /> : <Refused problem={problem} again={refresh} />;
  return (
    <>
      {problem !== null && (
        <p class="note warn" role="status">
          This may be old. {problem.detail}
          <RequestId id={problem.requestId} />{' '}
          <button type="button" class="link" onClick={refresh}>
            Try again
          </button>
        </p>
      )}
      {children(data)}
    </>
  );
}

/** The account's name, and where it lies: the whole id is in its title. */
export function AccountName({ id }: { id: string }) {
  const { subscription, group, account } = partsOf(id);
  return (
    <span class="account" title={id}>
      {account} <span class="quiet">in {group}</span>
      <span class="unseen">, subscription {subscription}</span>
    </span>
  );
}

/** The parts of an account's ARM id. */
export function partsOf(id: string): { subscription: string; group: string; account: string } {
  const parts = id.split('/');
  return { subscription: parts[2] ?? '', group: parts[4] ?? '', account: parts.at(-1) ?? id };
}

export function State({ state, tone }: { state: string; tone: Tone }) {
  return <Badge tone={tone}>{words(state)}</Badge>;
}

/** Copies a text; says so for a moment. */
export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <button
      type="button"
      class="link"
      onClick={(event) => {
        const button = event.currentTarget;
        void navigator.clipboard.writeText(text).then(() => {
          button.textContent = 'Copied';
          setTimeout(() => {
            button.textContent = label;
          }, 1_500);
        });
      }}
    >
      {label}
    </button>
  );
}
