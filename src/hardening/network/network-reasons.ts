import type { RefusalReason } from '../../shared/refusals.ts';

/** What a change of an account's network is waiting for, or doing. `docs/network.md` has an entry for each. */
export const networkWaits = {
  'azure-working': 'Azure is still making what was asked for.',
  'azure-refused-for-now': 'Azure refused the last call for now; it is made again.',
  'outcome-settling': 'Azure did not answer the last call; nothing is done until it can no longer be applied.',
  'name-not-private': 'From where Keyturn runs, a name of the account does not mean a private address yet.',
  'name-unknown':
    'From where Keyturn runs, a name of the account gets no address: a zone hides it, or its record is missing.',
  'private-path-silent': 'The names are private, but no call over the private address has been accepted yet.',
  'proving-path':
    'The private way works so far; a node of the gateway may lag behind, so Keyturn looks for some minutes.',
  'public-access-changing': 'The account is taking over its new rules.',
  'proving-public-access': 'The new rules are in force; Keyturn makes sure for some minutes that it still gets in.',
  'quota-used-up':
    "The account's quota of calls is used up, so nothing can be proved; should that go on, the former rules stay, or come back.",
  'endpoint-unclear':
    "The account's endpoint says neither yes nor no (throttling, an outage), so nothing can be proved; should that go on, the former rules stay, or come back.",
  'rules-not-back': 'The former rules are being put back.',
  paused: 'The whole instance is paused.',
} as const;

export type NetworkWait = keyof typeof networkWaits;

/** What lasts until a person does something, or until the change gives up. */
const waitsForPerson: ReadonlySet<string> = new Set<NetworkWait>([
  'name-not-private',
  'name-unknown',
  'private-path-silent',
  'quota-used-up',
  'rules-not-back',
  'paused',
]);

/** Whether a person can help a change on, by what it waits for. Rules are put back without help until Azure refuses it. */
export function isStuck(reason: string, code: string | null): boolean {
  return waitsForPerson.has(reason) && (reason !== 'rules-not-back' || code !== null);
}

/** How a change of an account's network ended, besides Azure's refusals. */
export const networkEnds = {
  applied: 'The account’s network is as it was asked for.',
  'shut-out': 'With the new rules Keyturn did not get in, or lost its vault, so the former rules were put back.',
  'path-not-proved': 'The private path did not work in time, so public access stayed as it was.',
  'quota-used-up':
    "The account's quota of calls is used up, so nothing could be proved; the account's rules are the former ones.",
  'endpoint-unclear':
    "The account's endpoint said neither yes nor no in time, so nothing could be proved; the account's rules are the former ones.",
  'not-taking': 'A change was handed over, and Azure never showed it.',
  'subnet-full': 'The subnet has no free address for the private endpoint.',
  'subnet-delegated': 'The subnet is delegated to a service, and takes no private endpoint.',
  'newly-blocked': 'While it was at work something changed that needs a person; the plan says what.',
  'rules-changed-meanwhile': 'Somebody else changed the rules while they were being proved; theirs were left alone.',
} as const;

export type NetworkEnd = keyof typeof networkEnds | RefusalReason;
