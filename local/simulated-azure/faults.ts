/**
 * A fault that the next matching requests meet.
 * - `fail-before`: answered with `status` (or a broken connection, `status` 0), nothing applied
 * - `lose-reply`: applied, then the connection breaks
 * - `apply-late`: the connection breaks at once; the request is applied after `delayMs`
 * - `delay`: applied and answered after `delayMs`
 * - `throttle`: 429 with Retry-After `retryAfterSeconds`
 * - `answer`: answered with the given response instead; applied first when `applied`
 */
export type Fault =
  | { readonly kind: 'fail-before'; readonly status: number; readonly code: string }
  | { readonly kind: 'lose-reply' }
  | { readonly kind: 'apply-late'; readonly delayMs: number }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'throttle'; readonly retryAfterSeconds: number }
  | {
      readonly kind: 'answer';
      readonly applied: boolean;
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

/** Which requests a fault meets, and how many of them. */
interface FaultRule {
  readonly method: string;
  /** Tested against host + path, without the query. */
  readonly matches: RegExp;
  readonly fault: Fault;
  /** How many matching requests it meets before it is spent. */
  readonly times: number;
}

export interface FaultPlan {
  add(rule: FaultRule): void;
  /** The fault for this request, if any; counts it as met. */
  take(method: string, hostAndPath: string): Fault | null;
  /** Rules that were added and not yet spent. */
  readonly pending: readonly FaultRule[];
}

/** The reply was lost: what `handle` rejects with when a fault breaks the connection. Carriers turn it into a reset socket. */
export class ConnectionBroken extends Error {
  constructor() {
    super('the connection was reset');
    this.name = 'ConnectionBroken';
  }
}

/** The caller's name server knows no such host, so that no connection ever comes about. */
export class NameNotFound extends ConnectionBroken {
  readonly host: string;

  constructor(host: string) {
    super();
    this.name = 'NameNotFound';
    this.message = `getaddrinfo ENOTFOUND ${host}`;
    this.host = host;
  }
}

export function faultPlan(): FaultPlan {
  let rules: { readonly rule: FaultRule; left: number }[] = [];
  return {
    add(rule) {
      rules.push({ rule, left: rule.times });
    },
    take(method, hostAndPath) {
      const met = rules.find(({ rule }) => rule.method === method && rule.matches.test(hostAndPath));
      if (met === undefined) return null;
      met.left -= 1;
      rules = rules.filter(({ left }) => left > 0);
      return met.rule.fault;
    },
    get pending() {
      return rules.map(({ rule }) => rule);
    },
  };
}
