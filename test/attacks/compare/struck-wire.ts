import { ConnectionBroken } from '../../../local/simulated-azure/faults.ts';
import type { SimulatedAzure } from '../../../local/simulated-azure/simulated-azure.ts';
import { keyturnAddress } from '../../scenarios/simulated-keyturn.ts';
import type { CrowdedClock } from './crowded-clock.ts';
import type { Fault } from './faults.ts';

/** How a process of a way came to its end. */
type End = 'done' | 'failed' | 'killed';

/** Each call of a way to ARM, Key Vault or the endpoint takes so long: an assumption, since Azure states no time. */
const callMs = 200;

/** What stands between a way of rotating and the simulated Azure: it takes time, strikes as the fault says, and counts. */
export interface StruckWire {
  /** From now on calls of the way take time, are counted, and meet the fault. */
  begin(): void;
  /** To ARM and Key Vault. */
  readonly calls: number;
  /** Calls to the account's endpoint, to try a key. */
  readonly tests: number;
  readonly regenerates: number;
  /** Whether the fault has met a call; what is no fault of a call meets every one. */
  readonly hasStruck: boolean;
  /** Runs a process of the way. @throws what is no failure of a call but a fault of the code */
  live(process: () => Promise<unknown>): Promise<End>;
}

/** A failure that a process of a way ends with, so that its platform starts it again. */
export class AttemptFailed extends Error {}

/**
 * Puts itself before `azure`. Connections get names that the seed decides, since a name decides which gateway a connection meets.
 */
export function struckWire(azure: SimulatedAzure, clock: CrowdedClock, fault: Fault, seed: number): StruckWire {
  const { handle } = azure;
  const names = new Map<string, string>();
  let hasBegun = false;
  let calls = 0;
  let tests = 0;
  let regenerates = 0;
  let hasStruck = fault === 'healthy' || fault === 'a key spreads for 60 s';
  let die = () => {};
  /** One call after the other: of two at once, only the machine decides how far the first one is when the second begins. */
  let answered = Promise.resolve();

  const nameOf = (connectionId: string) => {
    const name = names.get(connectionId) ?? `${seed}-${names.size}`;
    names.set(connectionId, name);
    return name;
  };
  const ended = () => {
    die();
    return new Promise<never>(() => {});
  };

  azure.handle = async (request, connection) => {
    const named = { ...connection, connectionId: nameOf(connection.connectionId) };
    const isSigned = ['authorization', 'api-key', 'ocp-apim-subscription-key'].some((name) =>
      request.headers.has(name),
    );
    // What an SDK client asks without a token only fetches the challenge.
    if (!hasBegun || connection.callerAddress !== keyturnAddress || !isSigned) return await handle(request, named);
    const { hostname, pathname } = new URL(request.url);
    if (hostname.endsWith('.cognitiveservices.azure.com')) tests += 1;
    else calls += 1;
    answered = answered.then(() => clock.sleep(callMs));
    await answered;
    const isRegenerate = request.method === 'POST' && pathname.endsWith('/regenerateKey');
    const isStore = request.method === 'PUT' && hostname.endsWith('.vault.azure.net');
    const strikes = !hasStruck && (fault === 'killed after the store' ? isStore && regenerates > 0 : isRegenerate);
    if (strikes) hasStruck = true;
    if (strikes && fault === 'killed before the regenerate') return await ended();
    if (isRegenerate) regenerates += 1;
    const response = await handle(request, named);
    if (!strikes) return response;
    if (fault === 'lost reply') throw new ConnectionBroken();
    return await ended();
  };

  return {
    begin: () => {
      hasBegun = true;
    },
    get calls() {
      return calls;
    },
    get tests() {
      return tests;
    },
    get regenerates() {
      return regenerates;
    },
    get hasStruck() {
      return hasStruck;
    },
    live(process) {
      const killed = new Promise<End>((resolve) => {
        die = () => resolve('killed');
      });
      const lived = process().then(
        (): End => 'done',
        (error: unknown): End => {
          if (error instanceof AttemptFailed || (error instanceof Error && error.name === 'RestError')) return 'failed';
          throw error;
        },
      );
      return Promise.race([lived, killed]);
    },
  };
}
