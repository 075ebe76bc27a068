import { useId } from 'preact/hooks';

/** A text: one line, one that a phone asks for with digits, or a line for each entry, which grows with them. */
export function TextField({
  label,
  hint = '',
  kind = 'line',
  value,
  onInput,
}: {
  label: string;
  hint?: string;
  kind?: 'line' | 'number' | 'lines';
  value: string;
  onInput: (value: string) => void;
}) {
  const id = useId();
  const input = {
    ...{ id, value, spellcheck: false },
    onInput: (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value),
  };
  return (
    <label class="field" for={id}>
      <span>
        {label}
        {hint !== '' && <span class="hint">{hint}</span>}
      </span>
      {kind === 'lines' ? (
        <textarea rows={Math.max(2, Math.min(8, value.split('\n').length + 1))} {...input} />
      ) : (
        <input inputMode={kind === 'number' ? 'numeric' : 'text'} {...input} />
      )}
    </label>
  );
}

/** One of a few values, each with the words for it. */
export function ChoiceField<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={(event) => {
          const chosen = options.find(([one]) => one === event.currentTarget.value);
          if (chosen !== undefined) onChange(chosen[0]);
        }}
      >
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Yes or no. */
export function Check({
  label,
  isChecked,
  onChange,
}: {
  label: string;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
}) {
  return (
    <label class="check">
      <input type="checkbox" checked={isChecked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
