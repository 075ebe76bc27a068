import type { Exchange } from '../exchange.ts';
import type { SimulatedAzure } from '../simulated-azure.ts';
import type { World } from '../world.ts';
import type { ArmPath } from './arm-path.ts';

/** A request that ARM has authenticated, authorised and counted, on its way to the provider that answers it. */
export interface ArmCall {
  readonly exchange: Exchange;
  readonly azure: SimulatedAzure;
  readonly world: World;
  readonly path: ArmPath;
  readonly apiVersion: string;
  readonly caller: Caller;
  /** The body's JSON object; empty when there was no body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What stands in the path where the operation's template says `{name}`. */
  param(name: string): string;
}

export interface Caller {
  readonly objectId: string;
  readonly appId: string;
  /** A user's sign-in name, an app's client id. */
  readonly name: string;
  readonly isUser: boolean;
}

/** One operation of a provider. The template's literal parts match without case; `{+scope}` may span many segments. */
export interface ArmOperation {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  readonly answer: (call: ArmCall) => Response | Promise<Response>;
}

/** The operations at one path, by method. */
export function at(
  path: string,
  answers: Readonly<Partial<Record<ArmOperation['method'], ArmOperation['answer']>>>,
): ArmOperation[] {
  const methods = Object.keys(answers) as ArmOperation['method'][];
  return methods.flatMap((method) => {
    const answer = answers[method];
    return answer === undefined ? [] : [{ method, path, answer }];
  });
}
