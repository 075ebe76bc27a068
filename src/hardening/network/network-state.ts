import * as z from 'zod';
import { namesOf } from '../../shared/names-of.ts';
import { refusalReasons } from '../../shared/refusals.ts';
import { cause } from '../hardening-refusals.ts';
import { networkEnds, networkWaits } from './network-reasons.ts';
import { networkRequest } from './network-request.ts';
import { networkRules } from './ports.ts';

const text = z.string();

/** What was done, in the order in which it was done. */
const doneStep = z.object({ what: text, kind: text, atMs: z.number() });

/**
 * Where a change stands. `closing` and `restoring` carry the rules as they were before, so that anybody who goes on after a
 * crash can put them back.
 */
const phase = z.discriminatedUnion('kind', [
  /** Everything before public access changes; each wake plans again. `first` is what it is at: how often that was looked at and handed over, since time would count a worker's absence. */
  z.object({
    kind: z.literal('working'),
    first: z
      .object({
        what: text,
        kind: text,
        looks: z.number(),
        sends: z.number(),
        sentAtMs: z.number().nullable(),
        /** Rounds of the proof in a row, the last ones, that were as they should be. */
        rounds: z.number(),
      })
      .nullable(),
    proved: z.boolean(),
  }),
  /** Saved before the new rules are sent. */
  z.object({
    kind: z.literal('closing'),
    from: networkRules,
    to: networkRules,
    sends: z.number(),
    /** When the new rules were first known to be in force. */
    inForceAtMs: z.number().nullable(),
    /** Rounds of calls in a row, the last ones, that were accepted with the new rules in force. */
    rounds: z.number(),
  }),
  z.object({
    kind: z.literal('restoring'),
    from: networkRules,
    to: networkRules,
    sinceMs: z.number(),
    reason: z.enum(['shut-out', 'quota-used-up', 'endpoint-unclear']),
    /** Of the proof. */
    ...cause,
  }),
]);

const wait = z.enum(namesOf(networkWaits));
const end = z.enum([...namesOf(networkEnds), ...refusalReasons]);

const change = z.object({
  id: text,
  askedBy: text,
  askedAtMs: z.number(),
  request: networkRequest,
  /** Names of the risks that were taken when it was asked for. */
  confirmed: z.array(text),
  phase,
  done: z.array(doneStep),
  waitingFor: z.object({ reason: wait, ...cause }).nullable(),
});

const ended = z.object({
  id: text,
  askedBy: text,
  askedAtMs: z.number(),
  endedAtMs: z.number(),
  end,
  /** The kind of change that it was at when it ended. */
  at: text.nullable(),
  ...cause,
  done: z.array(doneStep),
});

/** What the row of the network's hardening holds. */
export const networkState = z.object({
  change: change.nullable(),
  last: ended.nullable(),
  /** Since when a change of Keyturn's keeps public access disabled, wholly or but for selected networks; null: none does. */
  closedSinceMs: z.number().nullable(),
});

export type NetworkState = z.infer<typeof networkState>;
export type NetworkChangeState = z.infer<typeof change>;
export type EndedNetworkChange = z.infer<typeof ended>;

export const initialNetworkState: NetworkState = { change: null, last: null, closedSinceMs: null };
