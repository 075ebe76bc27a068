import type { Target } from '../../keys/target.ts';
import type { MovingPorts } from '../../rotation/adoption/moved-account.ts';
import { type AdoptionPeek, peekForAdoption } from '../../rotation/adoption/peek-for-adoption.ts';
import { leakRisk } from '../../rotation/leak/leaked-keys.ts';
import type { EnginePorts } from '../../rotation/ports.ts';
import { readPause } from '../../rotation/run/pause.ts';
import { readOnlyFence } from '../../shared/fence.ts';
import { type AdoptionPreview, previewAdoption } from '../../targets/preview-adoption.ts';
import { notNow } from '../answers.ts';
import type { AdoptRequest, NotNow } from '../contract.ts';
import { type AdoptionView, adoptedBefore, blockedRow, viewStop } from './adoption-views.ts';
import { adoptPorts, lookRules, notHeld, refusedOver } from './store-secrets.ts';

/**
 * What adopting the target now would do, by the adoption's own look, plan and proof. Takes no lease and writes nothing: no
 * row, no secret. Costs what the adoption reads; the active key is tried unless the target is `control-plane-only`.
 * @throws FailureError
 */
export async function previewAdoptionOf(
  ports: EnginePorts & MovingPorts,
  target: Target,
  { activeSlot, takeOver = false, confirm = [] }: AdoptRequest,
): Promise<AdoptionView> {
  const { name } = target;
  const paused = (await readPause(ports)).paused ? [viewStop(notNow('paused'))] : [];
  const peek = await peekForAdoption(ports, target);
  if (peek.kind !== 'free') return blockedRow(name, [...paused, viewStop(notHeld(peek))]);
  const { mayWrite, isFormerId, leaks } = peek;
  const preview = await previewAdoption(adoptPorts(ports, target, readOnlyFence), target, {
    ...lookRules(ports),
    intent: { kind: 'adopt', askedSlot: activeSlot, takeOver },
    leaked: leaks.flatMap(({ slot }) => (confirm.includes(leakRisk(slot)) ? [] : slot)),
    ...{ mayWrite, isFormerId },
  });
  const { secrets, stops, changed } = preview;
  const blockedBy = [...paused, ...stops.map((stop) => viewStop(stopped(stop, peek, changed.length > 0)))];
  if (blockedBy.length > 0) return blockedRow(name, blockedBy, { secrets, changed });
  const isNothingToDo = secrets.every(({ change }) => change === 'unchanged');
  return peek.isAdopted && isNothingToDo
    ? adoptedBefore(name, secrets)
    : { target: name, outcome: 'adopted', secrets, changed: [], blockedBy: [] };
}

function stopped(
  { reason, secrets }: AdoptionPreview['stops'][number],
  { settlesForMs }: Extract<AdoptionPeek, { kind: 'free' }>,
  claims: boolean,
): NotNow {
  return reason === 'settling' ? notNow('settling', null, settlesForMs({ claims })) : refusedOver(reason, secrets);
}
