import type { KeyEvent, KeyFailure } from '../../consumer/src/contract.ts';
import { type KeptKey, keepKey } from '../../consumer/src/kept-key.ts';
import type { VaultKey, VaultRead } from '../../consumer/src/read-vault.ts';
import { SecretKey } from '../../consumer/src/secret-key.ts';
import { type MovedTime, movedTime } from './moved-time.ts';

/** A read of the vault by the kit. */
interface SeenRead {
  readonly text: string;
  readonly startedMonotonicMs: number;
  readonly startedTrueMs: number;
  endedTrueMs: number | null;
  outcome: 'under way' | 'read' | 'failed' | 'aborted';
}

/** A vault of one key, whose answers take time and may fail. */
export function keptVault(time: MovedTime = movedTime()) {
  const reads: SeenRead[] = [];
  const events: KeyEvent[] = [];
  const vault = { text: 'first', latencyMs: 20, failure: null as KeyFailure | null };

  function read(signal: AbortSignal): Promise<VaultRead<VaultKey>> {
    const { text, failure, latencyMs } = vault;
    const seen: SeenRead = {
      text,
      startedMonotonicMs: time.monotonicMs(),
      startedTrueMs: time.trueMs(),
      endedTrueMs: null,
      outcome: 'under way',
    };
    reads.push(seen);
    return new Promise((resolve) => {
      const end = (outcome: SeenRead['outcome']) => {
        Object.assign(seen, { endedTrueMs: time.trueMs(), outcome });
        resolve(
          outcome === 'read'
            ? { kind: 'read', value: { key: new SecretKey(text), slot: 'key1', version: text } }
            : { kind: 'failed', failure: { reason: failure ?? 'vault-unavailable', secret: 'a-key1', status: null } },
        );
      };
      const cancel = time.schedule(latencyMs, () => end(failure === null ? 'read' : 'failed'));
      signal.addEventListener('abort', () => {
        cancel();
        end('aborted');
      });
    });
  }

  return {
    time,
    vault,
    reads,
    events,
    /** Keeps a key of this vault. */
    async keep(change: { readonly cacheMs?: number; readonly lastGoodForMs?: number } = {}): Promise<KeptKey> {
      const kept = keepKey({
        read,
        cacheMs: 1_800_000,
        lastGoodForMs: 3_600_000,
        time,
        onEvent: (event) => events.push(event),
        unavailable: ({ reason }) => new TypeError(reason),
        ...change,
      });
      kept.catch(() => {});
      await time.pass(60_000);
      return await kept;
    },
    /** What `answer` comes to, however long that takes. */
    async settled<T>(answer: Promise<T>): Promise<T> {
      answer.catch(() => {});
      await time.pass(30_000);
      return await answer;
    },
  };
}
