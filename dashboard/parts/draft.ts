import { useState } from 'preact/hooks';

/** How a draft stands, for whatever form. */
export interface Draft {
  readonly isFilledIn: boolean;
  /** What it was filled in upon is no longer so. */
  readonly isOld: boolean;
  readonly takeOver: () => void;
  readonly discard: () => void;
}

interface Kept<Form> {
  /** What stood there when somebody began to fill it in. */
  readonly base: Form;
  readonly form: Form;
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Null: there is none, or one of another release of this page, whose fields were others. */
function keptAt<Form>(place: string, found: Form): Kept<Form> | null {
  const kept: Kept<Form> | null = JSON.parse(sessionStorage.getItem(place) ?? 'null');
  const fieldsOf = (form: Form) => (Array.isArray(form) ? 'a list' : Object.keys(Object(form)).toSorted());
  return kept !== null && isSame(fieldsOf(kept.form), fieldsOf(found)) ? kept : null;
}

/**
 * What somebody fills in, kept in this window until it is sent or discarded: a reload or another page loses nothing. Until something
 * is filled in it follows what is found. No secret belongs in such a form.
 * @param name one of its own for each form and target
 * @param merged what was filled in since `base`, on top of what is found now
 */
export function useDraft<Form>(name: string, found: Form, merged: (base: Form, filledIn: Form, found: Form) => Form) {
  const place = `draft:${name}`;
  const [draft, setDraft] = useState(() => keptAt(place, found));
  const keep = (next: (before: Kept<Form>) => Kept<Form>) =>
    setDraft((before) => {
      const { base, form } = next(before ?? { base: found, form: found });
      const kept = isSame(form, base) ? null : { base, form };
      if (kept === null) sessionStorage.removeItem(place);
      else sessionStorage.setItem(place, JSON.stringify(kept));
      return kept;
    });
  return {
    form: draft?.form ?? found,
    isFilledIn: draft !== null,
    isOld: draft !== null && !isSame(draft.base, found),
    set: (next: (form: Form) => Form) => keep(({ base, form }) => ({ base, form: next(form) })),
    takeOver: () => keep(({ base, form }) => ({ base: found, form: merged(base, form, found) })),
    discard: () => keep(() => ({ base: found, form: found })),
  };
}
