import { defaultDefinition } from '../../local/simulated-azure/default-world.ts';
import { customTopicsOf, newCustomTopic } from '../../local/simulated-azure/event-grid-topics/custom-topic.ts';
import { topicChannel } from '../../src/notifications/channels.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { type SimulatedKeyturn, simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { operator, rotationOf } from '../scenarios/steered-rotation.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** A target in the simulated Azure that was adopted some hours ago, and applications that use its key. */
export interface RotationWorld {
  readonly keyturn: SimulatedKeyturn;
  /** What Keyturn has published to its topic of Event Grid, oldest first. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** From now on this application asks in each of its turns, and after calls of the app to Azure. */
  join(call: () => Promise<void>): void;
  /** Lets time pass, and the applications ask. */
  pass(ms: number): Promise<void>;
  /** Begins a rotation. @returns its id */
  rotate(): Promise<string>;
  /** Reports the key in use as leaked. */
  leak(overlapSeconds: number): Promise<void>;
  /** Carries out what is due until `isMet`, or nothing is left to do. */
  rotateUntil(isMet: () => boolean): Promise<void>;
  readonly ended: () => boolean;
}

/**
 * @param everyMs so often each application asks; default once a minute
 * @param overlapMs from the switch to the end of the old key; default 2 hours
 * @param gatewayNodes of which a request meets any; default as many as the simulated Azure has
 */
export async function rotationWorld(
  everyMs = minuteMs,
  overlapMs = 2 * hourMs,
  gatewayNodes?: number,
): Promise<RotationWorld> {
  const keyturn = simulatedKeyturn(
    { layout: { kind: 'direct', directSecretName: 'ai-services-key' }, policy: { overlapMs } },
    {
      world: {
        ...{ pace: { newKeyAcceptedMs: 30 * secondMs, oldKeyAcceptedMs: 10 * secondMs, gatewayNodes } },
        providers: ['Microsoft.CognitiveServices', 'Microsoft.KeyVault', 'Microsoft.EventGrid'],
        roleAssignments: [
          ...(defaultDefinition.roleAssignments ?? []),
          { principal: 'func-keyturn', role: 'EventGrid Data Sender', on: 'rg-ai102-challenge09' },
        ],
      },
      notifier: ({ journal, clock, receivers }) => ({
        outbox: memoryOutbox(journal.journal, clock.nowMs),
        channels: [topicChannel(receivers.topic('https://evgt-keyturn.eastus-1.eventgrid.azure.net/api/events'))],
        kinds: ['key-switched'],
      }),
    },
  );
  const { subscriptionId, resourceGroup } = keyturn.account;
  const at = { subscriptionId, resourceGroup, name: 'evgt-keyturn', location: 'eastus' };
  const topic = newCustomTopic(at, 'CloudEventSchemaV1_0');
  customTopicsOf(keyturn.azure.world).push(topic);
  const { app, clock, journal } = keyturn;
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  clock.advance(3 * hourMs);
  const calls: (() => Promise<void>)[] = [];
  let nextMs = 0;
  let isCalling = false;
  const callAll = async () => {
    if (isCalling || clock.nowMs() < nextMs) return;
    isCalling = true;
    nextMs = clock.nowMs() + everyMs;
    for (const call of calls) await call();
    isCalling = false;
  };
  keyturn.afterEachCall(callAll);
  const pass = async (ms: number) => {
    for (const untilMs = clock.nowMs() + ms; clock.nowMs() < untilMs; ) {
      clock.advance(Math.min(everyMs, untilMs - clock.nowMs()));
      await callAll();
    }
  };
  return {
    keyturn,
    events: topic.events,
    join: (call) => calls.push(call),
    pass,
    async rotate() {
      const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
      if (started.kind !== 'started') throw new TypeError(`not started: ${JSON.stringify(started)}`);
      return started.rotation.id;
    },
    async leak(overlapSeconds) {
      const report = { slot: 'key1', dryRun: false, reason: 'found in a log', overlapSeconds } as const;
      const answer = await app.leak('demo', report, operator);
      if (answer.kind !== 'begun') throw new TypeError(`not begun: ${JSON.stringify(answer)}`);
    },
    async rotateUntil(isMet) {
      for (let delivered = 0; delivered < 300 && !isMet(); delivered += 1) {
        const next = journal.queue.toSorted((one, other) => one.dueAtMs - other.dueAtMs)[0];
        if (next === undefined) return;
        journal.queue.splice(journal.queue.indexOf(next), 1);
        await pass(next.dueAtMs - clock.nowMs());
        await app.advance(next.wakeUp);
      }
    },
    ended: () => rotationOf(journal) === null,
  };
}

/** Numbers from 0 to less than 1, the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    // Park and Miller's generator.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
