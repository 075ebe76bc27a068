/** A line of text; `isNumber` brings up digits on a phone. */
export function TextField({
  label,
  hint = '',
  isNumber = false,
  value,
  onInput,
}: {
  label: string;
  hint?: string;
  isNumber?: boolean;
  value: string;
  onInput: (value: string) => void;
}) {
  return (
    <label class="field">
      <Label label={label} hint={hint} />
      <input
        value={value}
        spellcheck={false}
        inputMode={isNumber ? 'numeric' : 'text'}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** A text with a line for each entry; it grows with them. */
export function LinesField({
  label,
  hint = '',
  value,
  onInput,
}: {
  label: string;
  hint?: string;
  value: string;
  onInput: (value: string) => void;
}) {
  return (
    <label class="field">
      <Label label={label} hint={hint} />
      <textarea
        rows={Math.max(2, Math.min(8, value.split('\n').length + 1))}
        spellcheck={false}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}

/** One of a few values, each with the words for it. */
export function ChoiceField<T extends string>({
  label,
  hint = '',
  options,
  value,
  onChange,
}: {
  label: string;
  hint?: string;
  options: readonly (readonly [T, string])[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <label class="field">
      <Label label={label} hint={hint} />
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

function Label({ label, hint }: { label: string; hint: string }) {
  return (
    <span>
      {label}
      {hint !== '' && <span class="hint">{hint}</span>}
    </span>
  );
}
