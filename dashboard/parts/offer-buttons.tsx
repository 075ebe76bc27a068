import { useState } from 'preact/hooks';
import type { ListedTarget } from '../api/views.ts';
import { askOf } from '../decisions/asks.ts';
import type { AskName, Offer } from '../decisions/offers.ts';
import { lacksText } from '../session.ts';
import { AskDialog } from './ask-dialog.tsx';

/**
 * Buttons for what may be asked of a target. Each opens what it does, and sends nothing by itself.
 * @param isUrgent the first one is what a person should do now
 */
export function OfferButtons({
  target,
  offers,
  isUrgent = false,
  onTaken,
}: {
  target: ListedTarget;
  offers: readonly Offer[];
  isUrgent?: boolean;
  onTaken: (name: AskName, body: unknown) => void;
}) {
  const [open, setOpen] = useState<AskName | null>(null);
  const ask = open === null ? null : askOf(open, target);
  const lacking = [...new Set(offers.flatMap(({ lacks }) => lacks ?? []))];
  return (
    <>
      <span class="buttons">
        {offers.map(({ name, label, lacks }, index) => (
          <button
            key={name}
            type="button"
            class={isUrgent && index === 0 ? 'primary' : ''}
            disabled={lacks !== null}
            title={lacks === null ? undefined : lacksText(lacks)}
            onClick={() => setOpen(name)}
          >
            {label}
          </button>
        ))}
      </span>
      {lacking.length > 0 && <p class="quiet">{lacking.map(lacksText).join(' ')}</p>}
      {ask !== null && open !== null && (
        <AskDialog ask={ask} onClose={() => setOpen(null)} onTaken={(body) => onTaken(open, body)} />
      )}
    </>
  );
}
