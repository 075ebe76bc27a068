import { probeTimeoutMs } from '../../src/azure/key-probe.ts';
import type { Posture } from '../../src/posture/ports.ts';
import { requestTimeoutMs } from '../../src/shared/request-timeout.ts';
import type { SimulatedKeyturn } from './simulated-keyturn.ts';

/**
 * While a posture's state is one for which `when` holds, every answer of Azure's takes nearly as long as it may, and after each
 * another worker tries to go on with the change.
 */
export function slowWhile(keyturn: SimulatedKeyturn, posture: Posture, when: (state: unknown) => boolean) {
  const { azure, clock, app, postures, afterEachCall, target } = keyturn;
  let isOthers = false;
  let answers = 0;
  let oldestLeaseMs = 0;
  afterEachCall(async () => {
    const row = postures.rows.get(`${target.account.armId.toLowerCase()} ${posture}`);
    const { lease, state, wakeSeq } = Object(row?.fields);
    if (row === undefined || isOthers || lease.kind !== 'held' || !when(state)) return;
    const last = azure.calls.at(-1);
    const isWithKey =
      last?.host.startsWith('ai-') === true && !azure.world.principals.some(({ objectId }) => objectId === last.caller);
    clock.advance((isWithKey ? probeTimeoutMs : requestTimeoutMs) - 100);
    answers += 1;
    oldestLeaseMs = Math.max(oldestLeaseMs, clock.nowMs() - row.savedAtMs);
    isOthers = true;
    await app.advance({ target: target.name, posture, wakeSeq });
    isOthers = false;
  });
  return { answers: () => answers, oldestLeaseMs: () => oldestLeaseMs };
}
