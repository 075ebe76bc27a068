import type { Exchange } from '../exchange.ts';
import type { Account } from '../world.ts';

/** One operation of the data plane, as the gateway tells them apart. */
export interface Operation {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** The path as the gateway's messages write it, with its parameters' names. */
  readonly template: string;
  /** The API's base path, which the gateway's challenge names. */
  readonly basePath: string;
  /** Names as in "The {name} Operation under {api} is not supported …". */
  readonly name: string;
  readonly api: (exchange: Exchange) => string;
  /** What an `api-version` must look like; null where the path holds the version, or none is needed. */
  readonly apiVersion: RegExp | null;
  /** Account kinds that have it. */
  readonly kinds: readonly string[];
  readonly dataAction: string;
  readonly answer: (exchange: Exchange, account: Account, operation: Operation) => Response | Promise<Response>;
}
