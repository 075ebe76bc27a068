import { probeTimeoutMs } from '../../../src/azure/ai/key-probe.ts';
import type { HardeningArea } from '../../../src/hardening/ports.ts';
import { requestTimeoutMs } from '../../../src/shared/fence.ts';
import type { SimulatedKeyturn } from '../simulated-keyturn.ts';

/**
 * While a hardening's state is one for which `when` holds, every answer of Azure's takes nearly as long as it may, and after each
 * another worker tries to go on with the change.
 */
export function slowWhile(keyturn: SimulatedKeyturn, area: HardeningArea, when: (state: unknown) => boolean) {
  const { azure, clock, app, hardeningRows, afterEachCall, target } = keyturn;
  let isOthers = false;
  let answers = 0;
  let oldestLeaseMs = 0;
  afterEachCall(async () => {
    const row = hardeningRows.rows.get(`${target.account.armId.toLowerCase()} ${area}`);
    const { lease, state, wakeSeq } = Object(row?.fields);
    if (row === undefined || isOthers || lease.kind !== 'held' || !when(state)) return;
    const last = azure.calls.at(-1);
    const isWithKey =
      last?.host.startsWith('ai-') === true && !azure.world.principals.some(({ objectId }) => objectId === last.caller);
    clock.advance((isWithKey ? probeTimeoutMs : requestTimeoutMs) - 100);
    answers += 1;
    oldestLeaseMs = Math.max(oldestLeaseMs, clock.nowMs() - row.savedAtMs);
    isOthers = true;
    await app.advance({ target: target.name, area, wakeSeq });
    isOthers = false;
  });
  return { answers: () => answers, oldestLeaseMs: () => oldestLeaseMs };
}
