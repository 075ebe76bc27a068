import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type Answer, type Problem, ask as send } from '../api/ask.ts';
import type { AdoptionsView, AdoptionView, LeakPreview, PlanView, RotationPlan } from '../api/views.ts';
import { isComplete, isNothingToDo, isPlanReady, isPreviewable, refusalText } from '../decisions/asks.ts';
import { type Ask, type Field, noValues, type Values } from '../decisions/offers.ts';
import { Check, ChoiceField, TextField } from './fields.tsx';
import { say } from './messages.tsx';
import { AdoptionPreview, AdoptionsPreview, LeakPreviewed, PlanPreview, RotationPreview } from './previews.tsx';
import { Loading, Refused } from './small.tsx';

type Seen = { readonly key: string; readonly answer: Answer<unknown> | null };

/**
 * One thing that a person asks of Keyturn: what it does, what the dry run shows, what must be filled in and confirmed, and then the
 * request itself. The same request keeps its idempotency key however often it is sent.
 * @param onTaken with the API's answer, once it is taken
 */
export function AskDialog({
  ask,
  onClose,
  onTaken,
}: {
  ask: Ask;
  onClose: () => void;
  onTaken: (body: unknown) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [values, setValues] = useState<Values>(noValues);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSending, setSending] = useState(false);
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  /** Texts of the plan's risks that are taken. */
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [round, setRound] = useState(0);
  const seen = usePreview(ask, values, round);

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);

  const set = (some: Partial<Values>) => {
    setProblem(null);
    setValues((before) => ({ ...before, ...some }));
  };
  const confirm = (name: string, isTaken: boolean) =>
    set({ confirm: isTaken ? [...values.confirm, name] : values.confirm.filter((one) => one !== name) });
  const shown = seen?.answer ?? null;
  const plan = ask.preview?.shows === 'plan' && shown?.kind === 'ok' ? (shown.body as PlanView) : null;
  const isPreviewed = ask.preview === null || shown?.kind === 'ok';
  const isPlanOpen = plan !== null && !isPlanReady(ask, plan, ticked);
  const isReady = isComplete(ask, values, typed) && isPreviewed && !isPlanOpen && !isSending;
  const tick = (text: string, isTaken: boolean) => {
    setProblem(null);
    setTicked((before) => (isTaken ? [...before, text] : before.filter((one) => one !== text)));
  };

  const again = () => {
    setTicked([]);
    setRound((before) => before + 1);
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    setSending(true);
    const etag = shown?.kind === 'ok' ? shown.etag : null;
    // A plan is ready once every risk is ticked.
    const filled = plan === null ? values : { ...values, confirm: plan.toConfirm };
    const answer = await send<unknown>(ask.request(filled, { etag, idempotencyKey }));
    setSending(false);
    if (answer.kind === 'problem') return refuse(answer.problem);
    const isAtOnce = answer.kind === 'ok' && answer.status === 200;
    const body = answer.kind === 'ok' ? answer.body : null;
    say((body === null ? undefined : ask.takenAs?.(body)) ?? (isAtOnce ? ask.takenAtOnce : undefined) ?? ask.taken);
    onTaken(body);
    if (dialog.current?.open) onClose();
  };

  const refuse = (refused: Problem) => {
    const detail = refusalText(refused);
    // A person who has closed the dialog meanwhile is told all the same.
    if (!dialog.current?.open) return say(`${ask.title}: ${detail}`);
    setProblem({ ...refused, detail });
    // What the dry run showed no longer holds: only a new one can be sent.
    if (refused.status === 409 || refused.status === 412) again();
  };

  return (
    <dialog ref={dialog} class="ask" aria-labelledby={`${id}-title`} onClose={onClose}>
      <form onSubmit={submit}>
        <h2 id={`${id}-title`}>{ask.title}</h2>
        <p>{ask.says}</p>
        {ask.fields.map((field) => (
          <FieldInput key={JSON.stringify(field)} field={field} values={values} set={set} confirm={confirm} />
        ))}
        {ask.preview !== null && <Preview ask={ask} seen={seen} ticked={ticked} tick={tick} again={again} />}
        {ask.typed !== null && (
          <label class="field">
            <span>
              Type <strong>{ask.typed}</strong> to confirm
            </span>
            <input
              value={typed}
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        )}
        {problem !== null && <Refused problem={problem} />}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
          <button type="submit" class={ask.tone === 'danger' ? 'danger' : 'primary'} disabled={!isReady}>
            {isSending ? 'Sending…' : ask.button}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** The dry run of what is filled in; asked again when that changes, and in each `round`. */
function usePreview(ask: Ask, values: Values, round: number): Seen | null {
  const [seen, setSeen] = useState<Seen | null>(null);
  // Confirmed risks change what a plan still wants, not what it does: its boxes say that already.
  const request =
    ask.preview === null || !isPreviewable(ask, values) ? null : ask.preview.request({ ...values, confirm: [] });
  const key = request === null ? null : JSON.stringify([round, request]);
  useEffect(() => {
    if (key === null || request === null) return setSeen(null);
    const stop = new AbortController();
    setSeen({ key, answer: null });
    const timer = setTimeout(
      async () => {
        const answer = await send<unknown>(request, stop.signal);
        if (!stop.signal.aborted) setSeen({ key, answer });
      },
      seen === null ? 0 : 300,
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [key]);
  return seen?.key === key ? seen : null;
}

function Preview({
  ask,
  seen,
  ticked,
  tick,
  again,
}: {
  ask: Ask;
  seen: Seen | null;
  ticked: readonly string[];
  tick: (text: string, isTaken: boolean) => void;
  again: () => void;
}) {
  if (seen === null) return <p class="quiet">What it would do is shown here first.</p>;
  const { answer } = seen;
  if (answer === null) return <Loading what="the dry run" lines={3} />;
  if (answer.kind === 'problem') return <Refused problem={answer.problem} again={again} />;
  if (answer.kind === 'unchanged') return null;
  const { body } = answer;
  return (
    <section class="dry-run" aria-label="Dry run" aria-live="polite">
      <h3>Dry run: nothing has changed yet</h3>
      {ask.preview?.shows === 'rotation' && <RotationPreview plan={body as RotationPlan} />}
      {ask.preview?.shows === 'adoption' && <AdoptionPreview adoption={body as AdoptionView} />}
      {ask.preview?.shows === 'adoptions' && <AdoptionsPreview adoptions={body as AdoptionsView} />}
      {ask.preview?.shows === 'leak' && <LeakPreviewed preview={(body as { preview: LeakPreview }).preview} />}
      {ask.preview?.shows === 'plan' && (
        <PlanPreview
          plan={body as PlanView}
          isNothingToDo={isNothingToDo(ask, body as PlanView)}
          ticked={ticked}
          onTick={tick}
        />
      )}
    </section>
  );
}

function FieldInput({
  field,
  values,
  set,
  confirm,
}: {
  field: Field;
  values: Values;
  set: (some: Partial<Values>) => void;
  confirm: (name: string, isTaken: boolean) => void;
}) {
  switch (field.kind) {
    case 'reason':
      return (
        <label class="field">
          <span>
            Reason {field.isRequired ? '' : <span class="quiet">(optional)</span>}
            <span class="hint">Kept in the audit trail. No key, no token.</span>
          </span>
          <input
            value={values.reason}
            maxLength={200}
            required={field.isRequired}
            onInput={(event) => set({ reason: event.currentTarget.value })}
          />
        </label>
      );
    case 'check':
      return (
        <Check
          label={field.label}
          isChecked={values[field.name]}
          onChange={(isChecked) => set({ [field.name]: isChecked })}
        />
      );
    case 'risk':
      return (
        <div class="risk confirm">
          <Check
            label={`${field.text} (${field.name})`}
            isChecked={values.confirm.includes(field.name)}
            onChange={(isChecked) => confirm(field.name, isChecked)}
          />
        </div>
      );
    case 'copies':
      return (
        <fieldset class="field">
          <legend>Go on without these copies. Their readers fail once their key is replaced.</legend>
          {field.names.map((name) => (
            <Check
              key={name}
              label={name}
              isChecked={values.leaveBehind.includes(name)}
              onChange={(isChecked) =>
                set({
                  leaveBehind: isChecked
                    ? [...values.leaveBehind, name]
                    : values.leaveBehind.filter((one) => one !== name),
                })
              }
            />
          ))}
        </fieldset>
      );
    case 'overlap':
      return (
        <TextField
          label={field.label}
          hint={field.hint}
          kind="number"
          value={values.overlapSeconds}
          onInput={(overlapSeconds) => set({ overlapSeconds })}
        />
      );
    case 'slot':
      return (
        <ChoiceField
          label={field.label}
          options={[
            ['', field.none ?? 'choose'],
            ['key1', 'key1'],
            ['key2', 'key2'],
          ]}
          value={values.slot}
          onChange={(slot) => set({ slot })}
        />
      );
  }
}
