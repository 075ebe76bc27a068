import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/notifications/channels.ts';
import { notificationKinds } from '../../src/notifications/choices.ts';
import type { Notification } from '../../src/notifications/notification.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { memoryOutbox } from '../memory-world/memory-outbox.ts';
import { simulatedKeyturn } from './simulated-keyturn.ts';

const operator = { objectId: 'operator-1' };
const minuteMs = 60_000;

interface Refused {
  readonly at: 'vault' | 'arm';
  readonly status: number;
  readonly error: { readonly code: string; readonly message: string; readonly innererror?: { readonly code: string } };
  readonly reason: string;
  /** As it is told; default the error's own. */
  readonly code?: string;
  /** Whether it is tried for a quarter of an hour first. */
  readonly mayPass?: boolean;
  readonly check: 'vault-access' | 'role';
}

const rbacMessage = (denies: string) =>
  `Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: appid=a;oid=b;iss=https://sts.windows.net/t/\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/s'\r\nAssignment: (not found)\r\nDenyAssignmentId: ${denies}\r\nDecisionReason: 'DeniedByDenyAssignment' \r\nVault: v;location=l\r\n`;

/** As recorded, or told by users: what Azure answers to anyone who holds every role. */
const refusals: Readonly<Record<string, Refused>> = {
  'a vault in another tenant': {
    at: 'vault',
    status: 401,
    error: {
      code: 'Unauthorized',
      message:
        'AKV10032: Invalid issuer. Expected one of https://sts.windows.net/t/, found https://sts.windows.net/u/.',
    },
    reason: 'vault-in-another-tenant',
    code: 'AKV10032',
    check: 'vault-access',
  },
  'a vault in a network security perimeter': {
    at: 'vault',
    status: 403,
    error: {
      code: 'ForbiddenByNsp',
      message: '[ForbiddenByNsp (Forbidden)] The request was forbidden by NSP policy. Caller: name=a;appid=a;oid=b',
    },
    reason: 'vault-perimeter-denied',
    check: 'vault-access',
  },
  'a deny assignment on the vault': {
    at: 'vault',
    status: 403,
    error: {
      code: 'Forbidden',
      message: rbacMessage('6d1c3e2f4b5a49788695a4b3c2d1e0f9'),
      innererror: { code: 'ForbiddenByRbac' },
    },
    reason: 'deny-assignment',
    code: 'ForbiddenByRbac',
    check: 'vault-access',
  },
  'a vault that refuses for a new reason': {
    at: 'vault',
    status: 403,
    error: { code: 'Forbidden', message: 'Forbidden by something new.', innererror: { code: 'ForbiddenByNewThing' } },
    reason: 'unknown-refusal',
    code: 'ForbiddenByNewThing',
    mayPass: true,
    check: 'vault-access',
  },
  'a subscription that was moved to another tenant': {
    at: 'arm',
    status: 401,
    error: {
      code: 'InvalidAuthenticationTokenTenant',
      message: "The access token is from the wrong issuer 'https://sts.windows.net/u/'.",
    },
    reason: 'subscription-in-another-tenant',
    check: 'role',
  },
  'a disabled subscription': {
    at: 'arm',
    status: 409,
    error: {
      code: 'ReadOnlyDisabledSubscription',
      message:
        "The subscription 's' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled.",
    },
    reason: 'subscription-disabled',
    check: 'role',
  },
  'a resource provider that is not registered': {
    at: 'arm',
    status: 409,
    error: {
      code: 'MissingSubscriptionRegistration',
      message: "The subscription is not registered to use namespace 'Microsoft.CognitiveServices'.",
    },
    reason: 'provider-not-registered',
    check: 'role',
  },
  'a deny assignment of a deployment stack': {
    at: 'arm',
    status: 403,
    error: {
      code: 'DenyAssignmentAuthorizationFailed',
      message:
        "The client 'a' with object id 'b' has permission to perform action 'Microsoft.CognitiveServices/accounts/listKeys/action' on scope '/s'; however, the access is denied because of the deny assignment with name 'n' and Id 'i' at scope '/s', created by Deployment Stack '/d'.",
    },
    reason: 'deny-assignment',
    check: 'role',
  },
  'an account that refuses for a new reason': {
    at: 'arm',
    status: 403,
    error: { code: 'SomethingNew', message: "does not have authorization to perform action 'Microsoft.X/y/read' over" },
    reason: 'unknown-refusal',
    mayPass: true,
    check: 'role',
  },
};

describe.each(Object.entries(refusals))('%s', (_, refused) => {
  const code = refused.code ?? refused.error.code;

  it('suspends a rotation under its own name, with the code in view, log and message', async () => {
    const keyturn = await adoptedKeyturn();
    refuse(keyturn, refused);
    const fromMs = keyturn.clock.nowMs();
    await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(keyturn.journal, keyturn.app);
    const { mayPass = false, reason } = refused;
    const tookMs = keyturn.clock.nowMs() - fromMs;
    expect(tookMs).toBeGreaterThanOrEqual(mayPass ? 15 * minuteMs : 0);
    expect(tookMs).toBeLessThan(mayPass ? 35 * minuteMs : 5 * minuteMs);

    const read = await keyturn.app.readTarget('demo');
    if (read.kind !== 'found') throw new TypeError(read.kind);
    const { rotation } = read.target;
    expect(rotation).toMatchObject({
      state: 'suspended',
      reason,
      lastFailure: { code, detail: expect.stringMatching(/ was refused\. ./) },
      missingAction: null,
      fix: null,
    });
    expect(rotation?.detail?.includes(code)).toBe(reason === 'unknown-refusal');
    expect(keyturn.log).toContainEqual(expect.objectContaining({ event: 'call-failed', kind: 'refused', code }));
    expect(keyturn.log).toContainEqual(expect.objectContaining({ event: 'rotation-moved', to: 'suspended', reason }));
    await keyturn.app.sweep();
    const [suspended] = keyturn.told.filter(({ kind }) => kind === 'suspended');
    expect(suspended).toMatchObject({ reason, detail: rotation?.detail });
    expect(suspended?.whatToDo).not.toMatch(/grant|role assignment/i);
  });

  it('is found by the diagnosis, which advises no role', async () => {
    const keyturn = await adoptedKeyturn();
    refuse(keyturn, refused);
    const answer = await keyturn.app.diagnose('demo');
    if (answer.kind !== 'diagnosed') throw new TypeError(answer.kind);
    const found = answer
      .diagnosisFor({ value: '203.0.113.7', from: 'query' })
      .findings.find(({ check }) => check === refused.check);
    const status = refused.reason === 'unknown-refusal' ? 'unknown' : 'problem';
    expect(found).toMatchObject({ finding: refused.reason, status, evidence: { code } });
    expect(found?.evidence).not.toHaveProperty('missingAction');
    expect(JSON.stringify(found?.fix)).not.toMatch(/role assignment create|Secrets Officer/);
  });

  it('is drift that the sweep finds, with its code', async () => {
    const keyturn = await adoptedKeyturn();
    refuse(keyturn, refused);
    keyturn.clock.advance(25 * 60 * minuteMs);
    await keyturn.app.sweep();
    const { reason } = refused;
    expect(keyturn.log).toContainEqual(expect.objectContaining({ event: 'drift-found', reason, code }));
    const read = await keyturn.app.readTarget('demo');
    expect(read).toMatchObject({ target: { drift: [{ reason, code }] } });
  });

  it('answers a request with its name and code', async () => {
    const keyturn = await adoptedKeyturn();
    refuse(keyturn, refused);
    const repaired = await keyturn.app.repair('demo', operator).catch((error: unknown) => error);
    expect(repaired).toMatchObject({ kind: 'unavailable', reason: refused.reason, code, missing: null });
  });
});

type Keyturn = Awaited<ReturnType<typeof adoptedKeyturn>>;

/** Adopted, its gate ripe, with one channel to people. */
async function adoptedKeyturn() {
  const told: Notification[] = [];
  const channel: Channel = {
    name: 'webhook',
    kinds: notificationKinds,
    send: async (notification) => {
      told.push(notification);
    },
  };
  const keyturn = simulatedKeyturn(
    {},
    {
      notifier: ({ journal, clock }) => ({
        outbox: memoryOutbox(journal.journal, () => clock.nowMs()),
        channels: [channel],
        kinds: notificationKinds,
      }),
    },
  );
  await keyturn.app.adopt('demo', { activeSlot: null }, operator);
  keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
  return { ...keyturn, told };
}

/** Every call to the account or vault is answered so from now on. */
function refuse({ azure }: Keyturn, { at, status, error }: Refused): void {
  const matches = at === 'vault' ? /\.vault\.azure\.net/ : /Microsoft\.CognitiveServices\/accounts/i;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ error });
  for (const method of ['GET', 'POST', 'PUT', 'PATCH'])
    azure.faults.add({ method, matches, fault: { kind: 'answer', applied: false, status, headers, body }, times: 1e6 });
}
