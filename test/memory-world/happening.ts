import type { Slot } from '../../src/shared/slot.ts';
import type { Call } from './call.ts';

/** What the world tells those who watch it. `by` is a worker's name, or `person`. */
export type Happening =
  /** A request has left its worker. */
  | { readonly kind: 'sent'; readonly by: string; readonly call: Call }
  /** A request that had left will never be applied. */
  | { readonly kind: 'void'; readonly by: string; readonly call: Call }
  | { readonly kind: 'regenerated'; readonly by: string; readonly slot: Slot; readonly killed: string }
  | { readonly kind: 'stored'; readonly by: string; readonly name: string; readonly value: string }
  | { readonly kind: 'read'; readonly by: string; readonly name: string; readonly value: string | null }
  | { readonly kind: 'probed'; readonly by: string; readonly key: string; readonly accepted: boolean }
  | { readonly kind: 'saved'; readonly by: string; readonly before: unknown; readonly after: unknown }
  /** Something that a person outside did, after it was done. */
  | { readonly kind: 'outside'; readonly act: string }
  /** Text that has left Keyturn: a log event, a message, an answer, an error. */
  | { readonly kind: 'said'; readonly where: string; readonly text: string };
