import type { Assignment, UserAssignedIdentity, WantedAssignment } from '../../../src/hardening/access/ports.ts';
import type { Connection, NetworkRules } from '../../../src/hardening/network/ports.ts';
import { publicAccess } from '../../../src/shared/public-access.ts';

/** A change of hardening that has left and may take place later. */
export type HardeningChange =
  | { readonly kind: 'rules'; readonly rules: NetworkRules; readonly sendId: string }
  | { readonly kind: 'local-auth'; readonly disabled: boolean; readonly sendId: string }
  | { readonly kind: 'private-endpoint' | 'connection' | 'zone' | 'zone-link' | 'zone-group' }
  | { readonly kind: 'assign'; readonly wanted: WantedAssignment; readonly sendId: string }
  | { readonly kind: 'unassign'; readonly name: string; readonly sendId: string }
  | { readonly kind: 'identity'; readonly identity: UserAssignedIdentity }
  /** Of the row under which the change is carried through; refused when another save came first. */
  | { readonly kind: 'row'; readonly fields: unknown; readonly etag: string | null; readonly newEtag: string };

/** A change that left and was neither answered nor can be said to be lost. */
interface InFlight {
  readonly id: string;
  /** What it asks for: two that ask for the same do each other no harm. */
  readonly what: string;
  readonly atMs: number;
  /** Since when nothing of it can arrive any more; null while that is open. */
  readonly voidAtMs: number | null;
}

/** What the judge remembers of a change. */
export interface HardeningMemory {
  /** Changes begun, and how often one was asked for, and a rotation, without the adversary's doing. */
  readonly begun: number;
  readonly asked: number;
  readonly starts: number;
  readonly changeId: string | null;
  readonly startedAtMs: number;
  /** The rules as found, and as people have set them since; and those before, for as long as Keyturn cannot have seen it. */
  readonly foundRules: NetworkRules;
  readonly rulesBefore: NetworkRules;
  /** When people last changed the rules, until Keyturn has looked; and whether it has or not. */
  readonly rulesChangedAtMs: number | null;
  readonly rulesActMs: number | null;
  /** Assignments as a person would have them: as found, and what people have done since. */
  readonly foundAssignments: readonly Assignment[];
  /** What people last had of keys. */
  readonly foundKeysOff: boolean;
  /** The rules that Keyturn last sent, or null. */
  readonly sentRules: NetworkRules | null;
  /** Whether Keyturn has turned keys off, or somebody while that was asked. */
  readonly sentKeysOff: boolean;
  /** Whether the account still had the stored active key when keys were turned off. */
  readonly storedKeyHeld: boolean;
  /** Names of the assignments that Keyturn has made and removed for this change. */
  readonly sentAssignments: readonly string[];
  readonly sentRemovals: readonly string[];
  readonly inFlight: readonly InFlight[];
  /** When Keyturn's token was last accepted for this change. */
  readonly tokenAcceptedAtMs: number | null;
  /** Since when Keyturn has not got in by its own doing. */
  readonly lockedOutSinceMs: number | null;
  readonly lastActMs: number | null;
  readonly tampered: 'deleted' | 'put back' | null;
  /** Calls to Azure in one state of the change, and since when. */
  readonly calls: { readonly state: string; readonly sinceMs: number; readonly count: number };
}

/** What an account's hardening is made of, beside its keys and its vault. */
export interface HardeningWorld {
  readonly rules: NetworkRules;
  readonly connection: Connection['status'] | null;
  readonly zoneExists: boolean;
  readonly zoneLinked: boolean;
  readonly zoneGroup: boolean;
  readonly assignments: readonly Assignment[];
  /** Until when a lock keeps everybody from changing the account. */
  readonly lockedUntilMs: number;
  readonly identities: readonly UserAssignedIdentity[];
  /** When the identity was made that is asked for: the directory learns of it a little later. */
  readonly identityMadeAtMs: number | null;
  /** How long a gateway takes keys after they were turned off. */
  readonly keysLingerMs: number;
  /** Until when one does. */
  readonly keysLingerUntilMs: number;
  /** The row of the change that is explored. */
  readonly row: { readonly fields: unknown; readonly etag: string; readonly savedAtMs: number } | null;
  readonly memory: HardeningMemory;
}

const open: NetworkRules = {
  publicNetworkAccess: 'Enabled',
  defaultAction: 'Allow',
  ipRules: [],
  subnets: [],
  bypass: 'AzureServices',
};

export const emptyMemory: HardeningMemory = {
  begun: 0,
  asked: 0,
  starts: 0,
  changeId: null,
  startedAtMs: 0,
  foundRules: open,
  rulesBefore: open,
  rulesChangedAtMs: null,
  rulesActMs: null,
  foundAssignments: [],
  foundKeysOff: false,
  sentRules: null,
  sentKeysOff: false,
  storedKeyHeld: false,
  sentAssignments: [],
  sentRemovals: [],
  inFlight: [],
  tokenAcceptedAtMs: null,
  lockedOutSinceMs: null,
  lastActMs: null,
  tampered: null,
  calls: { state: '', sinceMs: 0, count: 0 },
};

/** An account that is open to everybody, and takes keys. */
export const untouched: HardeningWorld = {
  rules: open,
  connection: null,
  zoneExists: false,
  zoneLinked: false,
  zoneGroup: false,
  assignments: [],
  lockedUntilMs: 0,
  identities: [],
  keysLingerMs: 45_000,
  keysLingerUntilMs: 0,
  identityMadeAtMs: null,
  row: null,
  memory: emptyMemory,
};

/** The public address that Keyturn calls from. */
export const egress = '203.0.113.9';

/** Whether the account's names lead Keyturn to its private endpoint. */
export function isNamePrivate({ zoneExists, zoneLinked, zoneGroup, connection }: HardeningWorld): boolean {
  return zoneExists && zoneLinked && zoneGroup && connection !== null;
}

/** Whether a call from where Keyturn runs reaches the account. */
export function reaches(hardening: HardeningWorld): boolean {
  if (isNamePrivate(hardening)) return hardening.connection === 'Approved';
  return callersOf(hardening.rules).has(egress);
}

/** Keyturn's own identity. */
export const ownPrincipalId = '0a0a0a0a-0000-4000-8000-00000000000a';

/** Whether the account takes Keyturn's token. */
export function takesToken(hardening: HardeningWorld): boolean {
  return reaches(hardening) && hardening.assignments.some(({ principalId }) => principalId === ownPrincipalId);
}

/** Stands for everybody on the internet. */
const anybody = 'anybody';

/** Who gets in over the public address. */
export function callersOf(rules: NetworkRules): ReadonlySet<string> {
  switch (publicAccess(rules)) {
    case 'public':
      return new Set([anybody, egress, ...rules.ipRules]);
    case 'selected-networks':
      return new Set(rules.ipRules);
    default:
      return new Set();
  }
}
