import { describe, expect, it } from 'vitest';
import { defaultDefinition } from '../../../local/simulated-azure/default-world.ts';
import { leaseMs } from '../../../src/durable/numbers.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { currentKey, secretValue, statusOnEveryNode } from '../simulated-keyturn.ts';
import {
  consumerId,
  type HardeningKeyturn,
  hardeningKeyturn,
  keylessRequest,
  keyturnId,
  operator,
} from './hardening-keyturn.ts';
import { adopted, confirm, isOff, patches, targetOf, viewOf } from './keyless-keyturn.ts';
import { slowWhile } from './slow-answers.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

describe('verifying that a call without a key is accepted', () => {
  it('detects a language with the managed identity, and notes it', async () => {
    const world = await adopted();
    expect(await world.app.verifyKeyless('demo')).toMatchObject({
      kind: 'verified',
      view: { accepted: true, method: 'detect-language', code: 'accepted' },
    });
    expect(world.azure.calls.at(-1)).toMatchObject({
      caller: keyturnId,
      path: '/language/:analyze-text',
      status: 200,
    });
    expect((await targetOf(world)).hardeningStages).toMatchObject({ stage: 'keyless-proved' });
  });

  it.each<[string, (world: HardeningKeyturn) => void, string]>([
    ['without a role', ({ azure }) => void azure.world.roleAssignments.splice(0), 'account-access-denied'],
    [
      'without a custom subdomain',
      ({ account }) => void delete account.resource.properties.customSubDomainName,
      'no-custom-subdomain',
    ],
    [
      'from an address that is not allowed',
      ({ account }) => {
        account.resource.properties.networkAcls = { defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] };
      },
      'network-denied',
    ],
  ])('says why it is not: %s', async (_, spoil, code) => {
    const world = await adopted();
    spoil(world);
    const answer = await world.app.verifyKeyless('demo');
    expect(answer.kind === 'verified' ? answer.view.code : 'reason' in answer ? answer.reason : '').toBe(code);
  });

  it('says that the data action is missing when only the account may be read', async () => {
    const world = hardeningKeyturn();
    expect(await world.app.verifyKeyless('demo')).toMatchObject({ view: { accepted: false, code: 'denied' } });
  });

  it('lists models if the account has no language', async () => {
    const world = await adopted();
    world.account.resource.kind = 'OpenAI';
    world.grant(keyturnId, 'Cognitive Services OpenAI User', world.target.account.armId);
    expect(await world.app.verifyKeyless('demo')).toMatchObject({ view: { accepted: true, method: 'list-models' } });
  });
});

/** Whom a plan names as unable to call without a key. */
function withoutRole(answer: Awaited<ReturnType<HardeningKeyturn['keyless']>>): string[] {
  if (answer.kind !== 'plan') throw new TypeError(answer.kind);
  const risks = answer.plan.differences.flatMap((difference) => difference.risks);
  const named = risks.flatMap(({ name, text }) => (name === 'identity-without-role' ? [text] : []));
  return named
    .map((text) =>
      text.replace(' has no role at the account that lets it call without a key: PUT …/access grants one.', ''),
    )
    .sort();
}

describe('turning keys off', () => {
  it('is proved by one worker alone, however slow each answer is', async () => {
    const world = await adopted();
    const slow = slowWhile(world, 'keyless', (state) => Object(state).change?.at.kind === 'proving');
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({ change: null, lastChange: { outcome: 'keys-off' } });
    expect(world.log.filter(({ event }) => event === 'lease-lost')).toEqual([]);
    // 12 calls and the reads before them, in each of five rounds.
    expect(slow.answers()).toBeGreaterThan(5 * 12);
    expect(slow.oldestLeaseMs()).toBeLessThan(leaseMs + 1_000);
  });

  it('plans, turns off, proves, and rests', async () => {
    const world = await adopted();
    const plan = await world.keyless(true, { dryRun: true, identities: [consumerId] });
    expect(plan).toMatchObject({
      kind: 'plan',
      plan: {
        differences: [
          { change: { kind: 'disable-local-auth' }, needs: ['Microsoft.CognitiveServices/accounts/write'] },
          { change: { kind: 'prove-keyless' }, needs: [] },
        ],
        toConfirm: [],
        blockedBy: [],
      },
    });
    expect(world.writes()).toEqual([]);

    const answer = await world.keyless(true, { identities: [consumerId], confirm });
    expect(['applied', 'under-way']).toContain(answer.kind);
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({
      enabled: true,
      account: { localAuthDisabled: true },
      change: null,
      lastChange: { outcome: 'keys-off', reason: null, keyProof: 'refused' },
    });
    expect(await statusOnEveryNode(world.azure, currentKey(world.account, 'key1'))).toEqual(new Set([401]));

    expect(await targetOf(world)).toMatchObject({
      state: 'keyless',
      nextDueAt: null,
      drift: [],
      hardeningStages: { stage: 'keys-off', next: { stage: 'network-closed' } },
    });
    const before = world.writes().length;
    const rows = structuredClone([...world.hardeningRows.rows]);
    expect(await world.keyless(true, { identities: [consumerId], confirm })).toMatchObject({ kind: 'applied' });
    expect(world.writes()).toHaveLength(before);
    expect([...world.hardeningRows.rows]).toEqual(rows);
  });

  it('leaves nothing to rotate: no start, no schedule, no drift', async () => {
    const world = await adopted();
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.deliver();
    expect(await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({
      kind: 'not-now',
      reason: 'keyless',
    });
    world.clock.advance(90 * 24 * hourMs);
    await world.app.sweep();
    await world.deliver();
    expect(await targetOf(world)).toMatchObject({ state: 'keyless', drift: [], rotation: null });
  });

  it('tells when somebody else turns keys on again', async () => {
    const world = await adopted();
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.deliver();
    world.account.resource.properties.disableLocalAuth = false;
    world.clock.advance(2 * hourMs);
    await world.app.sweep();
    expect((await targetOf(world)).drift).toMatchObject([{ reason: 'keys-on-again' }]);
  });

  it.each<[string, (world: HardeningKeyturn) => void, string]>([
    [
      'without a custom subdomain',
      ({ account }) => void delete account.resource.properties.customSubDomainName,
      'no-custom-subdomain',
    ],
    [
      "while Keyturn's own token is not accepted",
      ({ azure }) => {
        const { roleAssignments } = azure.world;
        const own = roleAssignments.filter(
          ({ principalId, roleGuid }) => principalId === keyturnId && roleGuid.startsWith('7628b7b8'),
        );
        for (const one of own) roleAssignments.splice(roleAssignments.indexOf(one), 1);
      },
      'token-not-accepted',
    ],
    [
      'while an asked identity has no role',
      ({ azure }) => {
        const { roleAssignments } = azure.world;
        for (const one of roleAssignments.filter(({ principalId }) => principalId === consumerId))
          roleAssignments.splice(roleAssignments.indexOf(one), 1);
      },
      'identity-without-role',
    ],
  ])('is refused %s, whatever is confirmed', async (_, spoil, name) => {
    const world = await adopted();
    spoil(world);
    expect(await world.keyless(true, { identities: [consumerId], confirm: [...confirm, name] })).toMatchObject({
      kind: 'not-confirmed',
      open: [{ name, level: 'blocked' }],
    });
    expect(isOff(world)).toBe(false);
  });

  const other = '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a09';
  const speech = {
    name: 'Speech of contoso',
    guid: '7c9e2a4b-3d5f-4e61-8a72-9b0c1d2e3f99',
    actions: [],
    dataActions: ['Microsoft.CognitiveServices/accounts/SpeechServices/*'],
  };
  const ofConsumer = (role: string) => ({ principal: 'id-demo-consumer', role, on: 'ai-secure-demo' });
  it.each<[string, roles: readonly string[], isMissing: boolean, change?: (world: HardeningKeyturn) => void]>([
    ['no role', [], true],
    ['a role for the service', ['Cognitive Services Language Reader'], false],
    ['such a role that only the subscription knows', [speech.name], false],
    ['a role for the control plane', ['Reader'], true],
    ['two roles, of which one is for the service', ['Reader', 'Cognitive Services OpenAI User', 'Contributor'], false],
    [
      'a role that holds under a condition alone',
      ['Cognitive Services Language Reader'],
      true,
      ({ azure }) => {
        for (const one of azure.world.roleAssignments)
          if (one.principalId === consumerId)
            Object.assign(one.resource, { properties: { ...Object(one.resource.properties), condition: '@Resource' } });
      },
    ],
    [
      'a role of another identity',
      [],
      true,
      ({ grant, target }) => grant(other, 'Cognitive Services Language Reader', target.account.armId),
    ],
    [
      'a role that is gone',
      [speech.name],
      true,
      ({ azure }) => {
        azure.world.customRoles = azure.world.customRoles?.filter(({ guid }) => guid !== speech.guid) ?? [];
      },
    ],
  ])('says whether a named identity could call: it has %s', async (_, roles, isMissing, change = () => {}) => {
    const { customRoles = [], roleAssignments = [] } = defaultDefinition;
    const definition = {
      customRoles: [...customRoles, speech],
      roleAssignments: [...roleAssignments, ...roles.map(ofConsumer)],
    };
    const world = hardeningKeyturn({}, { world: definition });
    await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
    change(world);
    const identities = [consumerId.toUpperCase(), keyturnId];
    expect(withoutRole(await world.keyless(true, { identities, dryRun: true }))).toEqual(isMissing ? [consumerId] : []);
  });

  it('takes the identities that access was asked for if none is named, also one that was made', async () => {
    const world = await adopted();
    const roles = [{ role: 'Reader', scope: 'account' as const }];
    const create = { name: 'id-made', resourceGroup: world.account.resourceGroup, location: 'eastus' };
    await world.access([
      { principalId: other, roles },
      { create, roles },
    ]);
    const made = world.azure.world.principals.find(({ name }) => name === 'id-made');
    const asked = [other, made?.objectId].sort();
    expect(withoutRole(await world.keyless(true, { dryRun: true }))).toEqual(asked);
    expect(withoutRole(await world.keyless(true, { dryRun: true, identities: [consumerId] }))).toEqual([]);
  });

  it('wants a word when nobody is named, and when others have listed keys lately', async () => {
    const world = await adopted();
    expect(await world.keyless(true)).toMatchObject({ kind: 'not-confirmed', open: [{ name: 'no-identities-named' }] });
    const listed = world.azure.calls as unknown as object[];
    listed.push({
      ...world.azure.calls.find(({ operation }) => operation.includes('listKeys')),
      atMs: world.clock.nowMs() - minuteMs,
      caller: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a03',
    });
    expect(await world.keyless(true, { identities: [consumerId] })).toMatchObject({
      kind: 'not-confirmed',
      open: [{ name: 'keys-in-use' }],
    });
    expect((await viewOf(world)).keyUse).toMatchObject({
      kind: 'seen',
      callers: [{ caller: '5d0c6f0e-52a3-4c1e-9a53-0d6f4f1e0a03' }],
    });
  });

  it('never says that no key is used', async () => {
    const world = await adopted();
    expect((await viewOf(world)).keyUse).toMatchObject({ kind: 'unknown', detail: expect.stringContaining('copied') });
    const reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
    const { roleAssignments } = world.azure.world;
    for (const one of roleAssignments.filter(
      ({ roleGuid, principalId }) => roleGuid === reader && principalId === keyturnId,
    ))
      roleAssignments.splice(roleAssignments.indexOf(one), 1);
    expect((await viewOf(world)).keyUse).toMatchObject({
      kind: 'unknown',
      detail: expect.stringContaining('Microsoft.Insights/eventtypes/values/Read'),
    });
  });

  it('is refused while a rotation is in flight', async () => {
    const world = await adopted();
    const started = await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    expect(await world.keyless(true, { identities: [consumerId], confirm })).toMatchObject({
      kind: 'not-now',
      reason: 'in-flight',
      rotationId: started.kind === 'started' ? started.rotation.id : '',
    });
  });

  it('proves nothing by a stored key that somebody had replaced before keys were turned off', async () => {
    const world = await adopted();
    const [first] = world.account.keys;
    if (first === undefined) throw new TypeError('no key');
    world.account.keys.push({ ...first, value: 'f'.repeat(32) });
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'keys-off', keyProof: 'not-tried' } });
  });

  it('proves nothing by a stored key if keys were off already', async () => {
    const world = await adopted();
    world.account.resource.properties.disableLocalAuth = true;
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'keys-off', keyProof: 'not-tried' } });
  });

  it('waits for gateways that take keys for hours', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 3 * hourMs;
    expect(await world.keyless(true, { identities: [consumerId], confirm })).toMatchObject({
      kind: 'under-way',
      view: { change: { at: 'proving', waiting: 'keys-lingering', revertsAt: expect.any(String) } },
    });
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'keys-off', keyProof: 'refused' } });
  });
});

describe('the revert', () => {
  it('comes by itself when keys are still taken after the time to prove', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 48 * hourMs;
    await world.keyless(true, { identities: [consumerId], confirm, proveWithinMinutes: 30 });
    await world.deliver();
    expect(isOff(world)).toBe(false);
    expect(await viewOf(world)).toMatchObject({
      enabled: false,
      lastChange: { outcome: 'reverted', reason: 'key-still-accepted' },
    });
    expect((await targetOf(world)).state).toBe('awaiting-first-rotation');
  });

  it('comes by itself when the token stops being accepted, and not for a hiccup', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 48 * hourMs;
    await world.keyless(true, { identities: [consumerId], confirm });
    world.azure.faults.add({
      method: 'POST',
      matches: /analyze-text/,
      fault: { kind: 'fail-before', status: 503, code: 'Busy' },
      times: 1,
    });
    world.clock.advance(minuteMs);
    await world.app.sweep();
    expect(isOff(world)).toBe(true);
    const { roleAssignments } = world.azure.world;
    for (const one of roleAssignments.filter(
      ({ principalId, roleGuid }) => principalId === keyturnId && roleGuid.startsWith('7628'),
    ))
      roleAssignments.splice(roleAssignments.indexOf(one), 1);
    await world.deliver();
    expect(isOff(world)).toBe(false);
    // Of the call that ended it, though others failed and succeeded since.
    expect(await viewOf(world)).toMatchObject({
      lastChange: {
        outcome: 'reverted',
        reason: 'token-not-accepted',
        code: 'denied',
        missingAction: 'Microsoft.CognitiveServices/accounts/Language/analyze-text/action',
      },
    });
    const ended = { event: 'hardening-change-ended', reason: 'token-not-accepted', code: 'denied' };
    expect(world.log).toContainEqual(expect.objectContaining(ended));
  });

  it.each<[string, number, Readonly<Record<string, string>>, string, string, string]>([
    [
      'a used-up quota is told as that',
      403,
      { 'retry-after': '1296000' },
      '{"error":{"code":"403","message":"Out of call volume quota. Quota will be replenished in 15.00:00:00."}}',
      'quota-used-up',
      'quota-used-up',
    ],
    ['a pause of days is one', 429, { 'retry-after': '1296000' }, '', 'quota-used-up', 'quota-used-up'],
    [
      'a rate limit says nothing of the token',
      429,
      { 'retry-after': '7' },
      '{"error":{"code":"429","message":"Requests have exceeded call rate limit."}}',
      'endpoint-unclear',
      'http-429',
    ],
  ])('%s', async (_, status, headers, body, reason, code) => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 48 * hourMs;
    await world.keyless(true, { identities: [consumerId], confirm });
    const fault = { kind: 'answer', applied: false, status, headers, body } as const;
    world.azure.faults.add({ method: 'POST', matches: /cognitiveservices/, fault, times: 1e6 });
    const begunAtMs = world.clock.nowMs();
    await world.deliver();
    expect(isOff(world)).toBe(false);
    expect(world.clock.nowMs() - begunAtMs).toBeLessThan(hourMs);
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'reverted', reason, code } });
    expect(await world.keyless(true, { dryRun: true, identities: [consumerId] })).toMatchObject({
      kind: 'plan',
      plan: { blockedBy: [{ name: reason }] },
    });
  });

  it('is sent again while a change of the network is under way, and says so meanwhile', async () => {
    const world = await adopted();
    const fault = { kind: 'fail-before', status: 409, code: 'RequestConflict' } as const;
    world.azure.faults.add({ method: 'PATCH', matches: /accounts/, fault, times: 5 });
    const begunAtMs = world.clock.nowMs();
    await world.keyless(true, { identities: [consumerId], confirm });
    expect(isOff(world)).toBe(false);
    expect((await viewOf(world)).change).toMatchObject({
      at: 'turning-off',
      waiting: 'account-busy',
      code: 'RequestConflict',
    });
    let offAfterMs: number | null = null;
    await deliverAll(world.journal, world.app, () => {
      if (isOff(world)) offAfterMs ??= world.clock.nowMs() - begunAtMs;
    });
    // 1 to 2 s, then twice as long each time: the sixth is the first that Azure takes.
    expect(offAfterMs).toBeLessThan(80_000);
    expect(patches(world)).toBe(6);
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'keys-off' } });
  });

  it('never turns keys on that were off before Keyturn came', async () => {
    const world = await adopted();
    world.account.resource.properties.disableLocalAuth = true;
    world.azure.world.pace.localAuthMs = 48 * hourMs;
    world.account.localAuthChange = { disabled: true, atMs: world.clock.nowMs() };
    await world.keyless(true, { identities: [consumerId], confirm, proveWithinMinutes: 30 });
    await world.deliver();
    expect(isOff(world)).toBe(true);
    expect(await viewOf(world)).toMatchObject({
      lastChange: { outcome: 'failed', reason: 'key-still-accepted', code: null, missingAction: null },
    });
    expect(patches(world)).toBe(0);
  });

  it('follows at once when Azure forbids the change, and nothing stays marked', async () => {
    const world = await adopted();
    world.azure.world.locks.push({ scope: world.target.account.armId, name: 'no', level: 'ReadOnly' });
    await world.keyless(true, { identities: [consumerId], confirm });
    world.azure.world.locks.splice(0);
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({
      lastChange: { outcome: 'reverted', reason: 'resource-lock', code: 'ScopeLocked' },
    });
    expect((await targetOf(world)).state).toBe('awaiting-first-rotation');
  });
});

/** The connection breaks: nobody knows whether Azure takes the change. */
const lostPatch = {
  method: 'PATCH',
  matches: /accounts/,
  fault: { kind: 'fail-before', status: 0, code: '' },
  times: 1,
} as const;

describe('a change that an operator calls off', () => {
  it('while Azure has not shown it yet, waits for it to arrive and turns keys on again', async () => {
    const world = await adopted();
    world.azure.faults.add(lostPatch);
    expect(await world.keyless(true, { identities: [consumerId], confirm })).toMatchObject({ kind: 'under-way' });
    expect((await targetOf(world)).detail).toContain('being turned off');
    const calledOff = await world.keyless(false);
    expect(calledOff).toMatchObject({
      kind: 'under-way',
      view: { change: { calledOffBy: operator.objectId } },
    });
    await world.deliverFor(minuteMs);
    expect((await viewOf(world)).change).toMatchObject({ at: 'turning-off', waiting: 'called-off', code: null });
    // Now it arrives.
    world.account.resource.properties.disableLocalAuth = true;
    await world.deliver();
    expect(isOff(world)).toBe(false);
    expect(await viewOf(world)).toMatchObject({
      enabled: false,
      change: null,
      lastChange: { outcome: 'reverted', reason: 'called-off', code: null },
    });
    expect((await targetOf(world)).state).toBe('awaiting-first-rotation');
  });

  it('while it is proved, turns keys on again', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 3 * hourMs;
    await world.keyless(true, { identities: [consumerId], confirm });
    expect(isOff(world)).toBe(true);
    expect(await world.keyless(false)).toMatchObject({ view: { lastChange: { outcome: 'reverted' } } });
    await world.deliver();
    expect(isOff(world)).toBe(false);
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'reverted', reason: 'called-off' } });
    expect(world.log).toContainEqual({
      event: 'hardening-change-called-off',
      target: 'demo',
      area: 'keyless',
      operator: operator.objectId,
    });
  });

  it('asks for a leaked key by its name first', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 3 * hourMs;
    await world.keyless(true, { identities: [consumerId], confirm });
    const leak = { slot: 'key1', dryRun: false, reason: null, overlapSeconds: 60 } as const;
    await world.app.leak('demo', leak, operator);
    expect(await world.keyless(false)).toMatchObject({ kind: 'not-confirmed', open: [{ name: 'leaked-key1' }] });
    expect(isOff(world)).toBe(true);
    expect(await world.keyless(false, { dryRun: true })).toMatchObject({ kind: 'plan' });
    expect((await viewOf(world)).change).toMatchObject({ calledOffBy: null });
  });

  it('is not called off twice, and not once it is on its way back', async () => {
    const world = await adopted();
    world.azure.faults.add(lostPatch);
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.keyless(false);
    const id = (await viewOf(world)).change?.id;
    const another = { objectId: 'operator-2' };
    const again = await world.app.changeKeyless('demo', keylessRequest(false), another);
    expect(again).toMatchObject({
      kind: 'under-way',
      view: { change: { id, calledOffBy: operator.objectId } },
    });
    expect(await world.keyless(true, { identities: [consumerId], confirm })).toMatchObject({
      reason: 'hardening-change-running',
    });
    await world.deliver();
    expect(isOff(world)).toBe(false);
  });
});

describe('while the instance is paused', () => {
  const fire = { paused: true, reason: 'fire' };

  it('keys that were turned off are turned on again when the token is not accepted, and stored when the pause ends', async () => {
    const world = await adopted();
    world.azure.world.pace.localAuthMs = 48 * hourMs;
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.app.setPause(fire, operator);
    const { roleAssignments } = world.azure.world;
    for (const one of roleAssignments.filter(
      ({ principalId, roleGuid }) => principalId === keyturnId && roleGuid.startsWith('7628'),
    ))
      roleAssignments.splice(roleAssignments.indexOf(one), 1);
    await world.deliverFor(30 * minuteMs);
    expect(isOff(world)).toBe(false);
    const stores = world.azure.calls.filter(({ method, host }) => method === 'PUT' && host.includes('vault')).length;
    expect(await viewOf(world)).toMatchObject({ change: { at: 're-adopting', waiting: 'paused' } });
    await world.deliverFor(30 * minuteMs);
    expect(world.azure.calls.filter(({ method, host }) => method === 'PUT' && host.includes('vault'))).toHaveLength(
      stores,
    );
    await world.app.setPause({ paused: false, reason: null }, operator);
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'reverted', reason: 'token-not-accepted' } });
  });

  it('keys that Azure was not yet told to turn off stay on', async () => {
    const world = await adopted();
    world.azure.faults.add({
      method: 'PATCH',
      matches: /accounts/,
      fault: { kind: 'fail-before', status: 503, code: 'Busy' },
      times: 1,
    });
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.app.setPause(fire, operator);
    const before = patches(world);
    await world.deliverFor(60 * minuteMs);
    expect(patches(world)).toBe(before);
    await world.app.setPause({ paused: false, reason: null }, operator);
    await world.deliver();
    expect(await viewOf(world)).toMatchObject({ lastChange: { outcome: 'keys-off' } });
  });
});

describe('turning keys on again', () => {
  async function keyless() {
    const world = await adopted();
    await world.keyless(true, { identities: [consumerId], confirm });
    await world.deliver();
    return world;
  }

  it('stores the keys again and restarts their age', async () => {
    const world = await keyless();
    // What Azure gives when keys come back may be others.
    const [first] = world.account.keys;
    if (first !== undefined)
      world.account.keys.push({ ...first, value: 'f'.repeat(32), issuedAtMs: 0, replacedAtMs: null });
    world.clock.advance(30 * 24 * hourMs);
    expect(['applied', 'under-way']).toContain((await world.keyless(false)).kind);
    await world.deliver();
    expect(isOff(world)).toBe(false);
    expect(await viewOf(world)).toMatchObject({ enabled: false, lastChange: { outcome: 'keys-on' } });
    expect(secretValue(world.vault, 'ai-services-key1')).toBe(currentKey(world.account, 'key1'));
    expect((await targetOf(world)).state).toBe('awaiting-first-rotation');

    // The inactive key may have been given to anybody while nobody looked: it is not killed before an overlap has passed.
    const idle = currentKey(world.account, 'key2');
    await world.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const [message] = world.journal.queue.splice(0);
    if (message !== undefined) await world.app.advance(message.wakeUp);
    expect(currentKey(world.account, 'key2')).toBe(idle);
    await world.deliver();
    expect(currentKey(world.account, 'key2')).not.toBe(idle);
    expect((await targetOf(world)).lastCompletedAt).not.toBeNull();
  });

  it('changes nothing for an account that takes keys', async () => {
    const world = await adopted();
    expect(await world.keyless(false)).toMatchObject({ kind: 'applied', view: { enabled: false } });
    expect(world.writes()).toEqual([]);
  });

  it('is refused for a target that is declared keyless', async () => {
    const world = await adopted({ policy: { keyless: true } });
    expect(await world.keyless(false)).toMatchObject({ kind: 'not-now', reason: 'declared-keyless' });
    expect((await targetOf(world)).state).toBe('keyless');
  });
});

it('a change of keys that somebody turned off after the look is not begun: a revert would turn them on', async () => {
  const world = await adopted();
  let isOff = false;
  world.afterEachCall(async () => {
    // The last source that is asked before the row is written.
    if (isOff || world.azure.calls.at(-1)?.path.includes('/eventtypes/') !== true) return;
    isOff = true;
    world.account.resource.properties.disableLocalAuth = true;
  });
  const asked = { identities: [consumerId], confirm: [...confirm, 'identity-without-role'] };
  expect(await world.keyless(true, asked)).toMatchObject({ kind: 'changed-meanwhile' });
  expect(isOff).toBe(true);
  expect(await world.app.readKeyless('demo')).toMatchObject({ view: { change: null } });
});
