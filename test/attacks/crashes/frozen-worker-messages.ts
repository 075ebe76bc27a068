import type { Failure } from '../../../src/shared/failure.ts';

/** Where a write is held until it is let go. `last-check`: TLS stands, and the fence is asked for the last time. */
export type Stage = 'token' | 'lookup' | 'connect' | 'tls' | 'last-check';

export type Write = 'regenerate' | 'store';

export type ToFrozenWorker =
  | { readonly kind: 'write'; readonly write: Write; readonly freezeAtCheck: number | null }
  /** The name lookup of the proxy may go on. */
  | { readonly kind: 'looked-up' };

export type FromFrozenWorker =
  | { readonly kind: 'ready' }
  /** The proxy's name is looked up. */
  | { readonly kind: 'lookup' }
  | { readonly kind: 'ended'; readonly outcome: Failure | 'applied' | 'unexpected' };
