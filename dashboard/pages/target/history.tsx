import { useState } from 'preact/hooks';
import type { Problem } from '../../api/ask.ts';
import { downloadAuditTrail, useAuditTrail } from '../../api/audit.ts';
import { useLive } from '../../api/live.ts';
import { serverNowMs } from '../../api/server-time.ts';
import type { ListedRotation, ListedTarget } from '../../api/views.ts';
import { targetPath } from '../../decisions/asks.ts';
import { phasesSeen } from '../../decisions/phases.ts';
import { rotationTone, words } from '../../decisions/states.ts';
import { spanText } from '../../decisions/times.ts';
import { At, Empty, Loading, Refused, Shown, State } from '../../parts/small.tsx';
import { Phases } from './now.tsx';

interface Page {
  readonly rotations: readonly ListedRotation[];
  readonly next: string | null;
}

const everyMs = 30_000;
const atOnce = 20;
const most = 100;

/** Rotations that were, the newest first; each with its phases and its audit trail. */
export function History({ target: { name } }: { target: ListedTarget }) {
  const [limit, setLimit] = useState(atOnce);
  const live = useLive<Page>(`${targetPath(name)}/rotations?limit=${limit}`, () => everyMs);
  return (
    <section aria-label="History">
      <Shown live={live} what="the history">
        {({ rotations, next }) =>
          rotations.length === 0 ? (
            <Empty title="No rotation yet.">The first one begins when it is due, or when somebody starts it.</Empty>
          ) : (
            <>
              <ul class="history">
                {rotations.map((rotation) => (
                  <RotationRow key={rotation.id} target={name} rotation={rotation} />
                ))}
              </ul>
              {next !== null && limit < most && (
                <button type="button" onClick={() => setLimit(most)}>
                  Show more
                </button>
              )}
            </>
          )
        }
      </Shown>
    </section>
  );
}

function RotationRow({ target, rotation }: { target: string; rotation: ListedRotation }) {
  const [isOpen, setOpen] = useState(false);
  const isWhole = 'endedAt' in rotation;
  const took =
    isWhole && rotation.endedAt !== null
      ? spanText(Date.parse(rotation.endedAt) - Date.parse(rotation.startedAt))
      : null;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <At at={rotation.startedAt} /> <State state={rotation.state} tone={rotationTone(rotation.state)} />{' '}
          <span class="quiet">
            {isWhole
              ? `by ${words(rotation.cause)}, ${rotation.newSlot} made first`
              : 'its end is lost with the journal'}
            {took !== null && `, took ${took}`}
            {isWhole && rotation.leakedSlot !== null && `, ${rotation.leakedSlot} had leaked`}
          </span>
        </summary>
        {isOpen && <Opened target={target} rotation={rotation} />}
      </details>
    </li>
  );
}

function Opened({ target, rotation }: { target: string; rotation: ListedRotation }) {
  const isWhole = 'endedAt' in rotation;
  const trail = useAuditTrail(target, rotation.id, rotation.state);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSaving, setSaving] = useState(false);
  const save = async () => {
    setSaving(true);
    setProblem(await downloadAuditTrail(target, rotation.id));
    setSaving(false);
  };
  return (
    <div class="opened">
      {isWhole && rotation.refusal !== null && (
        <p>
          {rotation.refusal === 'seen'
            ? 'The retired key was seen refused.'
            : 'The retired key was not seen refused within a day. Nothing depends on it.'}
        </p>
      )}
      {trail === null && <Loading what="its audit trail" />}
      {trail !== null && trail.problem !== null && <Refused problem={trail.problem} />}
      {isWhole && trail !== null && trail.problem === null && (
        <Phases phases={phasesSeen(rotation, trail.entries, serverNowMs())} />
      )}
      {problem !== null && <Refused problem={problem} />}
      <p class="buttons">
        <button type="button" onClick={save} disabled={isSaving}>
          {isSaving ? 'Reading…' : 'Download the audit trail'}
        </button>
        <span class="quiet">
          <code>{rotation.id}</code>
        </span>
      </p>
    </div>
  );
}
