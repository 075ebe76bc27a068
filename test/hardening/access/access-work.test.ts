import { describe, expect, it } from 'vitest';
import type { AccessChange, AccessState } from '../../../src/hardening/access/access-state.ts';
import { accessWork, neededFor } from '../../../src/hardening/access/access-work.ts';
import { assignmentName } from '../../../src/hardening/access/made-by-keyturn.ts';
import type { Assignment, Authorization } from '../../../src/hardening/access/ports.ts';
import { knownRole } from '../../../src/hardening/access/role.ts';
import type { TokenAnswer } from '../../../src/keys/ports.ts';
import type { Failure } from '../../../src/shared/failure.ts';

const scope = '/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a';
const armId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app';
const alice = '00000000-0000-4000-8000-00000000000a';
const role = knownRole('Cognitive Services Language Reader');
if (role === null) throw new TypeError();

const nowMs = 1_000_000_000;
const minuteMs = 60_000;

const create: AccessChange = { kind: 'create-identity', armId, location: 'eastus' };
const assignTo = (identity: Extract<AccessChange, { kind: 'assign' }>['grant']['identity']): AccessChange => ({
  kind: 'assign',
  grant: { identity, role, scope },
});
const assign = assignTo({ kind: 'principal', principalId: alice, principalType: 'User' });
const assignToNew = assignTo({ kind: 'user-assigned', armId, createIn: 'eastus' });
const prove: AccessChange = { kind: 'prove-own-access' };
const name = assignmentName(scope, alice, role.guid);
const unassign: AccessChange = { kind: 'unassign', scope, name, principalId: alice, roleGuid: role.guid };
const madeByKeyturn: Assignment = {
  ...{ name, scope, principalId: alice, principalType: 'User', roleGuid: role.guid },
  ...{ description: 'keyturn:func:demo', hasCondition: false, createdAtMs: null },
};

type Change = NonNullable<AccessState['change']>;

/** A change whose first step is done; `second` is what it is at, and one more waits. */
function changeAt(second: AccessChange, more: Partial<Change> = {}): AccessState {
  const step = (change: AccessChange, doneAtMs: number | null) => ({ what: change.kind, why: '', change, doneAtMs });
  return {
    asked: [],
    last: null,
    change: {
      id: 'change-1',
      by: 'someone',
      startedAtMs: 1,
      steps: [step(create, 7), step(second, null), step(unassign, null)],
      stepSinceMs: nowMs - minuteMs,
      tries: 0,
      rounds: 0,
      waiting: null,
      code: null,
      ownAccess: null,
      ...more,
    },
  };
}

const withChange = (state: AccessState, more: Partial<Change>): AccessState => {
  if (state.change === null) throw new TypeError('no change');
  return { ...state, change: { ...state.change, ...more } };
};
const stepDone = (state: AccessState, more: Partial<Change> = {}) => ({
  kind: 'go-on',
  state: withChange(state, {
    steps: (state.change?.steps ?? []).map((step, index) => (index === 1 ? { ...step, doneAtMs: nowMs } : step)),
    stepSinceMs: nowMs,
    tries: 0,
    rounds: 0,
    waiting: null,
    code: null,
    ...more,
  }),
});
const waited = (state: AccessState, waiting: Change['waiting'], forMs: number, code: string | null = null) => ({
  kind: 'rest',
  state: withChange(state, { waiting, tries: (state.change?.tries ?? 0) + 1, code }),
  forMs,
});
const ended = (state: AccessState, reason: string | null, failedStep: unknown, more: object = {}) => ({
  kind: 'done',
  state: {
    ...state,
    change: null,
    last: {
      id: 'change-1',
      by: 'someone',
      endedAtMs: nowMs,
      outcome: reason === null ? 'applied' : 'failed',
      reason,
      failedStep,
      steps: state.change?.steps,
      ownAccess: state.change?.ownAccess,
      code: null,
      ...more,
    },
  },
});

interface World {
  readonly assigns?: Awaited<ReturnType<Authorization['assign']>>;
  readonly identityExists?: boolean;
  /** One answer to every call, or one to each from 0. */
  readonly token?: TokenAnswer | ((call: number) => TokenAnswer);
  readonly random?: number;
  readonly resumedAtMs?: number;
  /** At the account. */
  readonly assignments?: readonly Assignment[];
}

function world({
  assigns = 'created',
  identityExists = true,
  token = { kind: 'accepted' },
  random = 0,
  resumedAtMs = 0,
  assignments = [madeByKeyturn],
}: World = {}) {
  let calls = 0;
  const sent: unknown[][] = [];
  const fence = () => true;
  const send = (...args: readonly unknown[]) => {
    if (args.at(-1) !== fence) throw new TypeError('the fence of another lease');
    sent.push(args.slice(0, -1));
  };
  const identity = { armId, principalId: 'made-principal', clientId: 'c', location: 'eastus' };
  const work = accessWork(
    {
      authorization: {
        assignmentsAt: async (at) => (at === scope ? assignments : []),
        roleByGuid: async () => null,
        roleByName: async () => null,
        assign: async (...args) => {
          send('assign', ...args);
          return assigns;
        },
        unassign: async (...args) => send('unassign', ...args),
      },
      identities: {
        find: async (of) => (identityExists && of === armId ? identity : null),
        create: async (...args) => {
          send('create', ...args);
          return identity;
        },
        ownPrincipalId: async () => 'own',
      },
      tokenProbe: {
        call: async (account) => {
          sent.push(['call', account]);
          return typeof token === 'function' ? token(calls++) : token;
        },
      },
    },
    { kind: 'AIServices', endpoint: 'https://a/', accountScope: scope, description: 'keyturn:func:demo' },
    () => random,
    resumedAtMs,
  );
  return { work, sent, step: (state: AccessState) => work.step(state, { fence, nowMs, keepLease: async () => {} }) };
}

const wanted = (principalId: string, principalType: string) => ({
  scope,
  name: assignmentName(scope, principalId, role.guid),
  principalId,
  principalType,
  roleGuid: role.guid,
  description: 'keyturn:func:demo',
});
const call = ['call', { kind: 'AIServices', endpoint: 'https://a/' }];
const needsAssign = { what: 'assign', needs: `Microsoft.Authorization/roleAssignments/write at ${scope}` };
const needsAssignToNew = {
  what: 'assign',
  needs: `${needsAssign.needs}, Microsoft.ManagedIdentity/userAssignedIdentities/read at ${armId}`,
};

const atAssign = changeAt(assign);
const atProof = changeAt(prove);
const lateProof = changeAt(prove, { stepSinceMs: nowMs - 15 * minuteMs - 1 });
const atLastRound = withChange(atProof, { rounds: 4 });
const proving = (state: AccessState, rounds: number) => ({
  kind: 'rest',
  state: withChange(state, { rounds, waiting: 'proving' }),
  forMs: 15_000,
  as: 'bounded',
});
const calls = Array.from({ length: 5 }, () => call);

describe('a step of a change of access', () => {
  it.each<[string, AccessState, World, unknown, readonly unknown[]]>([
    [
      'rests when nothing is asked',
      { ...atAssign, change: null },
      {},
      { kind: 'done', state: { ...atAssign, change: null } },
      [],
    ],
    [
      'is over when all is done',
      withChange(atAssign, { steps: [] }),
      {},
      ended(withChange(atAssign, { steps: [] }), null, null),
      [],
    ],
    [
      'makes an identity that is not there',
      changeAt(create),
      { identityExists: false },
      stepDone(changeAt(create)),
      [['create', armId, 'eastus']],
    ],
    ['makes none that is there', changeAt(create), {}, stepDone(changeAt(create)), []],
    ['gives the role', atAssign, {}, stepDone(atAssign), [['assign', wanted(alice, 'User')]]],
    [
      'is content with a role that is there',
      atAssign,
      { assigns: 'exists' },
      stepDone(atAssign),
      [['assign', wanted(alice, 'User')]],
    ],
    [
      'gives the role to an identity that was just made, by its object id',
      changeAt(assignToNew),
      {},
      stepDone(changeAt(assignToNew)),
      [['assign', wanted('made-principal', 'ServicePrincipal')]],
    ],
    [
      'ends when that identity is gone',
      changeAt(assignToNew),
      { identityExists: false },
      ended(changeAt(assignToNew), 'identity-missing', needsAssignToNew),
      [],
    ],
    [
      'waits for the directory to know the principal',
      withChange(atAssign, { stepSinceMs: nowMs - 15 * minuteMs }),
      { assigns: 'principal-unknown' },
      waited(withChange(atAssign, { stepSinceMs: nowMs - 15 * minuteMs }), 'principal-spreading', 1_000),
      [['assign', wanted(alice, 'User')]],
    ],
    [
      'for a quarter of an hour',
      withChange(atAssign, { stepSinceMs: nowMs - 15 * minuteMs - 1 }),
      { assigns: 'principal-unknown' },
      ended(atAssign, 'principal-not-found', needsAssign),
      [['assign', wanted(alice, 'User')]],
    ],
    [
      'ends when the principal is of another type',
      atAssign,
      { assigns: 'principal-type-wrong' },
      ended(atAssign, 'principal-type-wrong', needsAssign),
      [['assign', wanted(alice, 'User')]],
    ],
    [
      'ends when the name is taken',
      atAssign,
      { assigns: 'name-taken' },
      ended(atAssign, 'assignment-name-taken', needsAssign),
      [['assign', wanted(alice, 'User')]],
    ],
    ["proves Keyturn's own role in five rounds", atLastRound, {}, stepDone(atProof, { ownAccess: 'proved' }), calls],
    ['does not take one round for the proof', atProof, {}, proving(atProof, 1), calls],
    ['does not take four', withChange(atProof, { rounds: 3 }), {}, proving(atProof, 4), calls],
    [
      'begins again when the last call meets a node that does not know the role yet',
      atLastRound,
      { token: (at) => (at === 4 ? { kind: 'denied' } : { kind: 'accepted' }) },
      waited(atProof, 'role-spreading', 1_000),
      calls,
    ],
    [
      'waits for the role to count',
      atProof,
      { token: { kind: 'denied' } },
      waited(atProof, 'role-spreading', 1_000),
      [call],
    ],
    [
      'goes on without the proof after a quarter of an hour, and says so',
      lateProof,
      { token: { kind: 'denied' } },
      stepDone(lateProof, { ownAccess: 'not-proved' }),
      [call],
    ],
    [
      'still takes a late proof',
      withChange(lateProof, { rounds: 4 }),
      {},
      stepDone(lateProof, { ownAccess: 'proved' }),
      calls,
    ],
    [
      'proves nothing if the endpoint is not to be called',
      atProof,
      { token: { kind: 'unknown', code: 'control-plane-only' } },
      stepDone(atProof),
      [call],
    ],
    [
      'waits when the call says nothing',
      atProof,
      { token: { kind: 'unknown', code: 'http-503' } },
      waited(atProof, 'endpoint-unclear', 1_000, 'http-503'),
      [call],
    ],
    [
      'does not call a used-up quota a role that does not count',
      atProof,
      { token: { kind: 'unknown', code: 'quota-used-up' } },
      waited(atProof, 'endpoint-unclear', 1_000, 'quota-used-up'),
      [call],
    ],
    [
      'names the network when it keeps Keyturn out',
      atProof,
      { token: { kind: 'network-denied' } },
      waited(atProof, 'endpoint-unclear', 1_000, 'network-denied'),
      [call],
    ],
    [
      'waits for the role as long after a pause of the instance',
      lateProof,
      { token: { kind: 'denied' }, resumedAtMs: nowMs - minuteMs },
      waited(withChange(lateProof, { stepSinceMs: nowMs - minuteMs }), 'role-spreading', 1_000),
      [call],
    ],
    ['takes a role back', changeAt(unassign), {}, stepDone(changeAt(unassign)), [['unassign', scope, name]]],
    ['takes back none that is gone', changeAt(unassign), { assignments: [] }, stepDone(changeAt(unassign)), []],
    [
      'leaves a role that somebody has made their own since the change began',
      changeAt(unassign),
      { assignments: [{ ...madeByKeyturn, description: 'contoso needs it' }] },
      stepDone(changeAt(unassign)),
      [],
    ],
    [
      'leaves an assignment of the same name at another scope',
      changeAt(unassign),
      { assignments: [{ ...madeByKeyturn, scope: '/subscriptions/1' }] },
      stepDone(changeAt(unassign)),
      [],
    ],
  ])('%s', async (_, state, given, expected, sent) => {
    const { step, sent: did } = world(given);
    expect(await step(state)).toEqual(expected);
    expect(did).toEqual(sent);
  });
});

const refused = (code: string, action?: string): Failure => ({
  kind: 'refused',
  reason: 'account-access-denied',
  code,
  ...(action === undefined ? {} : { action }),
});
const passing: Failure = { kind: 'not-applied', code: 'http-503', retryAfterMs: null };
const hourAgo = withChange(atAssign, { stepSinceMs: nowMs - 60 * minuteMs });

describe('a call that failed', () => {
  it.each<[string, AccessState, Failure, unknown]>([
    [
      'changes nothing when nothing is asked',
      { ...atAssign, change: null },
      passing,
      { kind: 'done', state: { ...atAssign, change: null } },
    ],
    [
      'ends the change when Azure refuses it, and says what is lacked',
      atAssign,
      refused('AuthorizationFailed', 'action/write'),
      ended(atAssign, 'account-access-denied', needsAssign, { code: 'AuthorizationFailed', action: 'action/write' }),
    ],
    [
      'tells of too many assignments',
      atAssign,
      refused('RoleAssignmentLimitExceeded'),
      ended(atAssign, 'role-assignment-limit', needsAssign, { code: 'RoleAssignmentLimitExceeded' }),
    ],
    [
      'tells of a role that is gone',
      atAssign,
      refused('RoleDefinitionDoesNotExist'),
      ended(atAssign, 'role-not-found', needsAssign, { code: 'RoleDefinitionDoesNotExist' }),
    ],
    ['is made again for an hour', hourAgo, passing, waited(hourAgo, 'retry-later', 1_000, 'http-503')],
    [
      'is given up after the hour',
      withChange(atAssign, { stepSinceMs: nowMs - 60 * minuteMs - 1 }),
      passing,
      ended(atAssign, 'access-change-overdue', needsAssign, { code: 'http-503' }),
    ],
    [
      'is made again when the service wants it',
      atAssign,
      { ...passing, retryAfterMs: 45_000 },
      waited(atAssign, 'retry-later', 45_000, 'http-503'),
    ],
    [
      'is made again when its reply was lost: each step may be repeated',
      atAssign,
      { kind: 'outcome-unknown', code: 'timeout' },
      waited(atAssign, 'retry-later', 1_000, 'timeout'),
    ],
  ])('%s', (_, state, failure, expected) => {
    expect(world().work.failed(state, failure, nowMs)).toEqual(expected);
  });

  it.each([
    [0, 1_000, 2_000],
    [3, 8_000, 16_000],
    [4, 15_000, 30_000],
    [90, 15_000, 30_000],
  ])('after %i tries waits %i to %i ms', (tries, least, most) => {
    const state = withChange(atAssign, { tries });
    expect(world({ random: 0 }).work.failed(state, passing, nowMs)).toMatchObject({ forMs: least });
    expect(world({ random: 1 }).work.failed(state, passing, nowMs)).toMatchObject({ forMs: most });
  });
});

describe('what a step needs', () => {
  it.each<[AccessChange, string]>([
    [create, 'Microsoft.ManagedIdentity/userAssignedIdentities/write at /subscriptions/s/resourceGroups/g'],
    [assign, needsAssign.needs],
    [assignToNew, needsAssignToNew.needs],
    [unassign, `Microsoft.Authorization/roleAssignments/delete at ${scope}`],
    [prove, 'a role with data actions at the account'],
  ])('%o', (change, expected) => {
    expect(neededFor(change, 'the account')).toBe(expected);
  });
});
