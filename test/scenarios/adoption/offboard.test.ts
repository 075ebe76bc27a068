import { describe, expect, it } from 'vitest';
import { defaultDefinition, defaultSubscriptionId } from '../../../local/simulated-azure/default-world.ts';
import type { OffboardAnswer, OffboardRequest } from '../../../src/app/contract.ts';
import { leaseMs, settleMs } from '../../../src/durable/numbers.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { buildLeak, buildState } from '../../rotation/row-builder.ts';
import { currentKey, type SimulatedKeyturn, simulatedKeyturn } from '../simulated-keyturn.ts';
import { adopted, deliverUntil, operator, rotating, rotationOf } from '../steered-rotation.ts';

const layout = { kind: 'direct', directSecretName: 'ai-services-key' } as const;

const asked: OffboardRequest = { dryRun: false, history: 'keep', confirm: [], ifMatch: ['*'] };

const offboard = ({ app }: Pick<SimulatedKeyturn, 'app'>, more: Partial<OffboardRequest> = {}) =>
  app.offboard('demo', { ...asked, ...more }, operator);

/** What a plan says, in short. */
function said(answer: OffboardAnswer) {
  if (!('plan' in answer)) return answer;
  return {
    changes: answer.plan.differences.map(({ change }) =>
      change.kind === 'untag' ? `untag ${change.secret}` : change.kind,
    ),
    risks: answer.plan.differences.flatMap(({ risks }) => risks.map(({ level, name }) => `${level} ${name}`)),
  };
}

const vaultOf = ({ vault }: SimulatedKeyturn) => JSON.stringify([vault.secrets, vault.deletedSecrets]);
const tagsOf = ({ vault }: SimulatedKeyturn, name: string) =>
  vault.secrets.find((secret) => secret.name === name)?.versions.at(-1)?.tags ?? {};

/** A target that has come through a rotation some time ago. */
/** What a dry run says is in the way at this moment, besides the plan's own risks. */
async function foreseen(keyturn: Pick<SimulatedKeyturn, 'app'>): Promise<readonly string[]> {
  const answer = await offboard(keyturn, { dryRun: true });
  if (answer.kind !== 'plan') throw new TypeError(answer.kind);
  return answer.plan.blockedBy.map(({ name }) => name);
}

async function settled(change: Parameters<typeof adopted>[0] = {}) {
  const { keyturn } = await rotating(change);
  await deliverAll(keyturn.journal, keyturn.app);
  keyturn.clock.advance(3 * keyturn.target.policy.overlapMs);
  await keyturn.app.sweep();
  return keyturn;
}

const usual = {
  changes: ['untag ai-services-active-key', 'forget-target'],
  risks: ['advisory readers-unknown', 'advisory secrets-expire', 'advisory still-declared'],
};

/** Key1 was reported as leaked, and the last look for it failed. */
function leakOfKey1(failure: string | null) {
  const report = {
    slot: 'key1',
    overlapMs: 0,
    by: 'ada',
    reason: null,
    seen: null,
    rotationId: 'r-1',
    atMs: 1,
  } as const;
  return { report, leak: buildLeak({ ...report, isKnown: true, failure }) };
}

describe('a target that is offboarded', () => {
  it('is planned first, which changes nothing', async () => {
    const keyturn = await settled();
    const before = [vaultOf(keyturn), JSON.stringify(keyturn.journal.journal.row)];
    const plan = await offboard(keyturn, { dryRun: true, ifMatch: null });
    expect(plan.kind).toBe('plan');
    expect(said(plan)).toEqual(usual);
    expect([vaultOf(keyturn), JSON.stringify(keyturn.journal.journal.row)]).toEqual(before);
  });

  it('says who may read its secrets, and until when they are good', async () => {
    const keyturn = await settled();
    const plan = await offboard(keyturn, { dryRun: true });
    if (plan.kind !== 'plan') throw new TypeError(plan.kind);
    const texts = plan.plan.differences.flatMap(({ risks }) => risks.map(({ text }) => text));
    expect(texts[0]).toBe(
      "Keyturn cannot see who reads ai-services-key1, ai-services-key2, ai-services-endpoint, ai-services-active-key. Whoever does goes on reading them as they are now; the vault's own log (SecretGet) tells who that is.",
    );
    expect(texts[1]).toMatch(/^Nobody renews the secrets: the first expires on 2026-\d\d-\d\d\.$/);
  });

  it('leaves account, keys, values and versions as they are, and no tag that names Keyturn', async () => {
    const keyturn = await settled({ layout });
    const { vault, account, journal, azure, clock } = keyturn;
    const bare = () =>
      JSON.stringify(vault.secrets.map((secret) => secret.versions.map(({ tags: _, updated: __, ...rest }) => rest)));
    const before = { secrets: bare(), account: JSON.stringify(account) };
    const { service, ProviderAddress } = tagsOf(keyturn, 'ai-services-active-key');
    const calls = azure.calls.length;
    expect(journal.journal.notes).not.toBeNull();
    const done = await offboard(keyturn);
    expect(done.kind).toBe('offboarded');
    expect(said(done)).toEqual(usual);
    expect({ secrets: bare(), account: JSON.stringify(account) }).toEqual(before);
    expect(tagsOf(keyturn, 'ai-services-active-key')).toEqual({ service, ProviderAddress });
    expect(JSON.stringify(vault.secrets.map(({ versions }) => versions.at(-1)?.tags))).not.toContain('keyturn');
    const looks = ({ operation }: { operation: string }) => /listKeys|regenerateKey/.test(operation);
    expect(azure.calls.some(looks)).toBe(true);
    expect(azure.calls.slice(calls).filter(looks)).toEqual([]);
    expect([journal.journal.row, journal.journal.notes, journal.journal.event]).toEqual([null, null, null]);
    expect(keyturn.log.at(-1)).toEqual({
      event: 'target-offboarded',
      target: 'demo',
      operator: 'operator-1',
      secretsChanged: 1,
    });
    // Nothing brings it back by itself, though the settings still declare it.
    for (let sweeps = 0; sweeps < 4; sweeps += 1) {
      clock.advance(keyturn.target.policy.driftEveryMs);
      await keyturn.app.sweep();
      await deliverAll(journal, keyturn.app);
    }
    expect(journal.journal.row).toBeNull();
    expect(await keyturn.app.readTarget('demo')).toMatchObject({
      kind: 'found',
      target: { state: 'offboarded', drift: [] },
    });
  });

  it('is done once: asked for again, nothing is left to do', async () => {
    const keyturn = await settled();
    await offboard(keyturn);
    expect(await offboard(keyturn, { ifMatch: null })).toEqual({
      kind: 'offboarded',
      target: 'demo',
      plan: { differences: [], toConfirm: [], blockedBy: [], waitsFor: null },
    });
  });

  it('keeps history and audit trail, unless they are to go as well', async () => {
    const keyturn = await settled();
    const { app, journal } = keyturn;
    const rotations = async () => {
      const answer = await app.listRotations('demo', { limit: 10, after: null });
      return answer.kind === 'found' ? answer.rotations.length : -1;
    };
    await offboard(keyturn);
    expect(await rotations()).toBe(1);
    const more = await offboard(keyturn, { history: 'remove' });
    expect(said(more)).toEqual({ changes: ['remove-history'], risks: [] });
    expect(await rotations()).toBe(0);
    expect([...journal.journal.history.keys()]).toEqual(['offboarded']);
  });

  it('works while the instance is paused', async () => {
    const keyturn = await settled();
    await keyturn.app.setPause({ paused: true, reason: 'leaving' }, operator);
    expect((await offboard(keyturn)).kind).toBe('offboarded');
  });

  it('is adopted again like other targets, by this instance and with no word of the first time', async () => {
    const keyturn = await settled();
    const { app, account, clock } = keyturn;
    await offboard(keyturn);
    const first = await app.adopt('demo', { activeSlot: null }, operator);
    if (first.kind === 'not-now') clock.advance(first.retryAfterMs ?? 0);
    const again = await app.adopt('demo', { activeSlot: null }, operator);
    expect(again).toMatchObject({ kind: 'adopted', target: { state: 'awaiting-first-rotation', activeSlot: 'key2' } });
    clock.advance(3 * keyturn.target.policy.overlapMs);
    expect(await app.startRotation('demo', { inactiveKeyUnused: true }, operator)).toMatchObject({ kind: 'started' });
    const before = currentKey(account, 'key1');
    await deliverAll(keyturn.journal, app);
    expect(currentKey(account, 'key1')).not.toBe(before);
  });

  it('is no more than forgotten if another instance has taken it over: its tags are left alone', async () => {
    const keyturn = await settled();
    const pointer = keyturn.vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1);
    if (pointer === undefined) throw new TypeError('no pointer');
    Object.assign(pointer, { tags: { ...pointer.tags, 'keyturn-instance': 'another' } });
    const before = vaultOf(keyturn);
    const done = await offboard(keyturn);
    expect(said(done)).toEqual({
      changes: ['forget-target'],
      risks: ['advisory taken-over', 'advisory readers-unknown', 'advisory secrets-expire', 'advisory still-declared'],
    });
    expect(vaultOf(keyturn)).toBe(before);
    expect(keyturn.journal.journal.row).toBeNull();
  });

  it('is told which tags stay if the pointer is disabled, which is left as it is', async () => {
    const keyturn = await settled();
    const pointer = keyturn.vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1);
    if (pointer === undefined) throw new TypeError('no pointer');
    Object.assign(pointer, { enabled: false });
    const before = vaultOf(keyturn);
    const done = await offboard(keyturn);
    expect(said(done)).toEqual({
      changes: ['forget-target'],
      risks: [
        'advisory disabled-keeps-tags',
        'advisory readers-unknown',
        'advisory secrets-expire',
        'advisory still-declared',
      ],
    });
    expect(vaultOf(keyturn)).toBe(before);
  });

  it('was found by its tags: the plan says that a person removes them, and until then nothing adopts it', async () => {
    const rules = {
      subscriptions: [defaultSubscriptionId],
      vaultUrls: ['https://kv-ai102-secure.vault.azure.net'],
      vaultSuffix: 'vault.azure.net',
      instance: 'keyturn-test',
    };
    const reader = { principal: 'func-keyturn', role: 'Reader', on: `/subscriptions/${defaultSubscriptionId}` };
    const roleAssignments = [...(defaultDefinition.roleAssignments ?? []), reader];
    const keyturn = simulatedKeyturn(
      {},
      { discovery: { declared: fixedTargets([]), rules }, world: { roleAssignments } },
    );
    const { app, account, clock } = keyturn;
    account.resource.tags = { 'keyturn-vault': 'kv-ai102-secure', 'keyturn-name': 'demo' };
    await app.sweep();
    await app.adopt('demo', { activeSlot: null }, operator);
    clock.advance(3 * 3_600_000);
    const done = await offboard(keyturn);
    expect(said(done)).toMatchObject({ risks: expect.arrayContaining(['advisory still-tagged']) });
    await app.sweep();
    expect(keyturn.journal.journal.row).toBeNull();
    account.resource.tags = {};
    await app.sweep();
    expect((await app.readTarget('demo')).kind).toBe('unknown-target');
  });
});

describe('a target that was offboarded and is still declared', () => {
  const adoptMany = async ({ app, clock }: SimulatedKeyturn, targets: 'all' | readonly string[], dryRun = false) => {
    const ask = async () => {
      const answer = await app.adoptMany({ targets, takeOver: false, dryRun }, operator);
      if (answer.kind !== 'done') throw new TypeError(answer.kind);
      return answer.adoptions.targets.map(({ outcome, blockedBy }) => [outcome, ...blockedBy]);
    };
    const first = await ask();
    const [stop] = first[0]?.slice(1) ?? [];
    if (typeof stop !== 'object' || stop.reason !== 'settling') return first;
    // Secrets that stand there already may have another writer.
    clock.advance((stop.retryAfterSeconds ?? 0) * 1000);
    return await ask();
  };
  const sweepTwice = async ({ app, clock, target, journal }: SimulatedKeyturn) => {
    for (let sweeps = 0; sweeps < 2; sweeps += 1) {
      clock.advance(target.policy.driftEveryMs);
      await app.sweep();
      await deliverAll(journal, app);
    }
  };
  const outOfCare = {
    reason: 'offboarded',
    detail: 'A person offboarded it. Adopting it by name takes it in again; adopting "all" leaves it out.',
  };

  it.each([true, false])('is left out if all targets are adopted, which says why (dry run: %s)', async (dryRun) => {
    const keyturn = await settled();
    await offboard(keyturn);
    const before = vaultOf(keyturn);
    expect(await adoptMany(keyturn, 'all', dryRun)).toEqual([['blocked', expect.objectContaining(outOfCare)]]);
    expect([vaultOf(keyturn), keyturn.journal.journal.row]).toEqual([before, null]);
  });

  it('is taken in again by its name, and is then one of all', async () => {
    const keyturn = await settled();
    await offboard(keyturn);
    expect(await adoptMany(keyturn, ['demo'])).toEqual([['adopted']]);
    expect(await adoptMany(keyturn, 'all')).toEqual([['already-adopted']]);
    // The journal does not go by the first time where it loses the row of the second.
    keyturn.journal.journal.restore(null);
    await sweepTwice(keyturn);
    expect(await keyturn.app.readTarget('demo')).not.toMatchObject({ target: { state: 'offboarded' } });
    expect(keyturn.log).toContainEqual({ event: 'journal-rebuilt', target: 'demo' });
  });

  it('is one of all while an adoption by its name waits for what others may have sent', async () => {
    const keyturn = await settled();
    await offboard(keyturn);
    const first = await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect(first).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(await adoptMany(keyturn, 'all')).toEqual([['adopted']]);
  });

  it('stays out if its adoption by name was refused', async () => {
    const keyturn = await settled();
    await offboard(keyturn);
    keyturn.azure.world.roleAssignments.splice(0);
    expect(await adoptMany(keyturn, ['demo'])).toMatchObject([['blocked', { reason: 'account-access-denied' }]]);
    expect(await adoptMany(keyturn, 'all')).toMatchObject([['blocked', outOfCare]]);
  });

  it('stays out when its history is removed', async () => {
    const keyturn = await settled();
    await offboard(keyturn, { history: 'remove' });
    expect(await adoptMany(keyturn, 'all')).toMatchObject([['blocked', outOfCare]]);
    expect(said(await offboard(keyturn, { history: 'remove' }))).toEqual({ changes: [], risks: [] });
  });

  it('is counted by the sweep, which asks neither account nor vault and tells of no drift', async () => {
    const keyturn = await settled();
    await offboard(keyturn);
    const calls = keyturn.azure.calls.length;
    const lines = keyturn.log.length;
    await sweepTwice(keyturn);
    expect(keyturn.azure.calls.slice(calls)).toEqual([]);
    expect(keyturn.log.slice(lines).map(({ event }) => event)).not.toContain('drift-found');
    expect(await keyturn.app.readFleet()).toMatchObject({ fleet: { targets: 1, reasons: { offboarded: 1 } } });
    expect(await keyturn.app.readTarget('demo')).toMatchObject({
      target: { detail: outOfCare.detail, schedule: { answer: 'leave', reason: 'offboarded' }, drift: [] },
    });
  });

  it.each<[string, string[], (keyturn: SimulatedKeyturn) => () => void]>([
    [
      'its vault, that it may not read, is opened to Keyturn again',
      ['tags-stay'],
      ({ azure }) => {
        const taken = azure.world.roleAssignments.splice(0);
        return () => azure.world.roleAssignments.push(...taken);
      },
    ],
    [
      'its pointer, that was disabled, is enabled again',
      [],
      ({ vault }) => {
        const pointer = vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions.at(-1);
        Object.assign(pointer ?? {}, { enabled: false });
        return () => Object.assign(pointer ?? {}, { enabled: true });
      },
    ],
  ])('stays out when %s, with the tags that were left', async (_, confirm, close) => {
    const keyturn = await settled();
    const open = close(keyturn);
    expect((await offboard(keyturn, { confirm })).kind).toBe('offboarded');
    open();
    expect(tagsOf(keyturn, 'ai-services-active-key')).toHaveProperty('keyturn-instance');
    await sweepTwice(keyturn);
    expect(keyturn.journal.journal.row).toBeNull();
  });

  it('starts nothing on an event about its secrets', async () => {
    const keyturn = await settled();
    await offboard(keyturn);
    const secret = keyturn.vault.secrets.find(({ name }) => name === 'ai-services-key1');
    const version = secret?.versions.at(-1)?.version ?? '';
    const vault = new URL(keyturn.target.vaultUrl).hostname.split('.')[0] ?? '';
    await keyturn.app.handleSecretEvent({ kind: 'near-expiry', vault, secret: 'ai-services-key1', version });
    expect(keyturn.log.at(-1)).toMatchObject({ event: 'secret-near-expiry', answer: 'left', reason: 'not-adopted' });
    expect(keyturn.journal.journal.row).toBeNull();
  });

  it('is still in care if somebody saved its row in the last moment', async () => {
    const keyturn = await settled();
    const { journal } = keyturn;
    let saves = 0;
    journal.adversary = {
      before: (call) => {
        if (call.operation !== 'remove') return;
        saves += 1;
        journal.journal.restore(journal.journal.row?.fields);
      },
    };
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    journal.adversary = {};
    expect(saves).toBe(1);
    journal.journal.restore(null);
    expect(await keyturn.app.readTarget('demo')).toMatchObject({ target: { state: 'not-adopted' } });
  });
});

describe('a target is not offboarded', () => {
  it('without the plan that was seen', async () => {
    const keyturn = await settled();
    const plan = await offboard(keyturn, { dryRun: true });
    if (plan.kind !== 'plan') throw new TypeError(plan.kind);
    expect(await offboard(keyturn, { ifMatch: null })).toEqual({ kind: 'unconditional', etag: plan.etag });
    expect(await offboard(keyturn, { ifMatch: ['"old"'] })).toEqual({ kind: 'changed-meanwhile', etag: plan.etag });
    expect((await offboard(keyturn, { ifMatch: [plan.etag] })).kind).toBe('offboarded');
  });

  it.each<[string, () => Promise<SimulatedKeyturn>, string]>([
    [
      'while a rotation is in flight',
      async () => {
        const { keyturn } = await rotating();
        await deliverUntil(keyturn, () => rotationOf(keyturn.journal)?.kind === 'overlapping');
        return keyturn;
      },
      'in-flight',
    ],
    [
      'while a rotation waits for a person',
      async () => {
        const { keyturn } = await rotating();
        const { resourceGroup, subscriptionId } = keyturn.target.account;
        const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
        keyturn.azure.world.locks.push({ scope, name: 'freeze', level: 'ReadOnly' });
        await deliverAll(keyturn.journal, keyturn.app);
        return keyturn;
      },
      'in-flight',
    ],
    [
      'while a leaked key may still be valid',
      async () => {
        const { keyturn } = await adopted();
        const row = Object(keyturn.journal.journal.row?.fields);
        keyturn.journal.journal.restore({ ...row, leaks: [leakOfKey1(null).leak] });
        return keyturn;
      },
      'leak-open',
    ],
    [
      'while a leaked key may still be valid that could not be looked for just now',
      async () => {
        const { keyturn } = await adopted();
        const row = Object(keyturn.journal.journal.row?.fields);
        keyturn.journal.journal.restore({ ...row, leaks: [leakOfKey1('ECONNRESET').leak] });
        return keyturn;
      },
      'leak-open',
    ],
    [
      'while a change of its access is under way',
      async () => {
        const { keyturn } = await adopted();
        const row = {
          schemaVersion: 1,
          lease: { kind: 'released', token: '', saveSeq: 0 },
          settleUntilMs: 0,
          inDoubt: null,
          wakeAtMs: 1,
          wakeSeq: 1,
          retrying: null,
          state: { change: { id: 'c-1' } },
        };
        await keyturn.hardeningRows.ports.save(keyturn.target.account, 'access', row, null);
        return keyturn;
      },
      'change-under-way',
    ],
    [
      'while its row in the journal is lost',
      async () => {
        const { keyturn } = await adopted();
        keyturn.journal.journal.restore(null);
        return keyturn;
      },
      'journal-lost',
    ],
  ])('%s, and nothing is changed', async (_, open, name) => {
    const keyturn = await open();
    const before = [vaultOf(keyturn), JSON.stringify(keyturn.journal.journal.row?.fields)];
    const answer = await offboard(keyturn, { confirm: [name] });
    if (answer.kind !== 'not-confirmed') throw new TypeError(answer.kind);
    expect(answer.open.map((risk) => `${risk.level} ${risk.name}`)).toEqual([`blocked ${name}`]);
    expect([vaultOf(keyturn), JSON.stringify(keyturn.journal.journal.row?.fields)]).toEqual(before);
  });

  it.each<[string, string | null, object, string]>([
    [
      'while keys are off',
      'local-auth-disabled',
      { keyless: { by: 'operator-1', atMs: 1 } },
      'The key in key1 was reported as leaked and is not replaced while keys are off: the account takes it again if somebody turns them on.',
    ],
    [
      'if Azure refuses to tell its keys until a person acts',
      'account-access-denied',
      {},
      'The key in key1 was reported as leaked and may stay valid: Keyturn cannot replace it, or see it gone (account-access-denied).',
    ],
  ])('by a leaked key %s, unless that is confirmed', async (_, failure, more, text) => {
    const { keyturn } = await adopted();
    const { journal } = keyturn.journal;
    const isPending = 'keyless' in more ? { leak: leakOfKey1(null).report } : {};
    const { leak } = leakOfKey1(failure);
    journal.restore({ ...Object(journal.row?.fields), leaks: [leak], ...isPending, ...more });
    const answer = await offboard(keyturn);
    if (answer.kind !== 'not-confirmed') throw new TypeError(answer.kind);
    expect(answer.open).toEqual([{ level: 'confirm', name: 'leak-unresolved', text }]);
    expect((await offboard(keyturn, { confirm: ['leak-unresolved'] })).kind).toBe('offboarded');
    expect(journal.row).toBeNull();
  });

  it('while another worker is at it', async () => {
    const { keyturn } = await adopted();
    const row = Object(keyturn.journal.journal.row?.fields);
    keyturn.journal.journal.restore({ ...row, lease: { kind: 'held', token: 'another', saveSeq: 1 } });
    expect(await foreseen(keyturn)).toEqual(['busy']);
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason: 'busy', retryAfterMs: 30_000 });
    // Who died there is overtaken, and what it sent is waited for.
    keyturn.clock.advance(leaseMs + 2_000);
    expect(await foreseen(keyturn)).toEqual(['settling']);
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason: 'settling' });
    keyturn.clock.advance(settleMs);
    expect(await foreseen(keyturn)).toEqual([]);
    expect((await offboard(keyturn)).kind).toBe('offboarded');
  });

  it('by a vault that cannot be read, unless its tags may stay', async () => {
    const keyturn = await settled();
    keyturn.azure.world.roleAssignments.splice(0);
    const refused = await offboard(keyturn);
    expect(said(refused)).toEqual({
      changes: ['forget-target'],
      risks: ['confirm tags-stay', 'advisory still-declared'],
    });
    if (refused.kind !== 'not-confirmed') throw new TypeError(refused.kind);
    expect(refused.open.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^The vault refuses to be read \(vault-access-denied\), .* It lacks Microsoft\.KeyVault\/vaults\/secrets\/getSecret\/action\. /,
      ),
    ]);
    expect(keyturn.journal.journal.row).not.toBeNull();
    expect((await offboard(keyturn, { confirm: ['tags-stay'] })).kind).toBe('offboarded');
    expect(keyturn.journal.journal.row).toBeNull();
  });

  it('by a rotation whose account is gone for good, unless that is confirmed', async () => {
    const { keyturn } = await rotating();
    const { azure, account, journal, app } = keyturn;
    azure.world.accounts.splice(azure.world.accounts.indexOf(account), 1);
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason: 'account-not-found' });
    const answer = await offboard(keyturn);
    if (answer.kind !== 'not-confirmed') throw new TypeError(answer.kind);
    expect(answer.open.map((risk) => `${risk.level} ${risk.name}`)).toEqual(['confirm rotation-abandoned']);
    expect((await offboard(keyturn, { confirm: ['rotation-abandoned'] })).kind).toBe('offboarded');
  });
});

/** Runs `act` right before the app's nth call of that name to the journal. */
function rightBefore({ journal }: SimulatedKeyturn, operation: string, nth: number, act: () => void): void {
  let calls = 0;
  journal.adversary = {
    before: (call) => {
      if (call.operation !== operation) return;
      calls += 1;
      if (calls === nth) act();
    },
  };
}

const fieldsOf = ({ journal }: SimulatedKeyturn) => Object(journal.journal.row?.fields);
const others = { kind: 'held', token: 'another', saveSeq: 1 } as const;

describe('what happens between the plan and its end', () => {
  const newer = leakOfKey1(null);
  it.each<[string, object]>([
    ['a rotation begins', { rotation: buildState('preparing') }],
    ['a leaked key is to be replaced', { leak: newer.report }],
    ['a leaked key is to be looked for', { leaks: [newer.leak] }],
    ['it is adopted again', { adoptedAtMs: 1 }],
  ])('is met if %s: it is asked for again, and nothing is changed', async (_, change) => {
    const keyturn = await settled();
    const vault = vaultOf(keyturn);
    const row = fieldsOf(keyturn);
    // The plan loads the row, and so does anyone who takes its lease.
    rightBefore(keyturn, 'load', 2, () => keyturn.journal.journal.restore({ ...row, ...change }));
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason: 'lost-race', retryAfterMs: null });
    expect(vaultOf(keyturn)).toBe(vault);
    expect(fieldsOf(keyturn)).toEqual({ ...row, ...change, lease: expect.objectContaining({ kind: 'released' }) });
  });

  it.each<[string, renewal: number, isUntagged: boolean]>([
    ['before a tag is removed', 2, false],
    ['before its other rows are removed', 3, true],
  ])('is met if another worker takes the lease %s', async (_, renewal, isUntagged) => {
    const keyturn = await settled();
    const { journal, hardeningRows, target } = keyturn;
    await hardeningRows.ports.save(target.account, 'network', restingNetwork, null);
    rightBefore(keyturn, 'save', renewal, () => journal.journal.restore({ ...fieldsOf(keyturn), lease: others }));
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason: 'lease-lost', retryAfterMs: 30_000 });
    expect(fieldsOf(keyturn)).toMatchObject({ lease: others });
    expect([...hardeningRows.rows.values()].map(({ fields }) => fields)).toEqual([restingNetwork]);
    expect('keyturn-instance' in tagsOf(keyturn, 'ai-services-active-key')).toBe(!isUntagged);
  });

  it.each(['under its row', 'without a row'])('is met if an area is saved meanwhile, %s', async (says) => {
    const keyturn = await settled();
    const { journal, hardeningRows, target } = keyturn;
    await hardeningRows.ports.save(target.account, 'network', restingNetwork, null);
    if (says === 'without a row') {
      await offboard(keyturn);
      await hardeningRows.ports.save(target.account, 'network', restingNetwork, null);
    }
    const changed = { ...restingNetwork, wakeSeq: 4 };
    const { loadAll } = hardeningRows.ports;
    hardeningRows.ports.loadAll = async (account) => {
      const seen = await loadAll(account);
      for (const row of hardeningRows.rows.values()) Object.assign(row, { fields: changed, etag: 'newer' });
      return seen;
    };
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect([...hardeningRows.rows.values()].map(({ fields }) => fields)).toEqual([changed]);
    expect(journal.journal.row === null).toBe(says === 'without a row');
  });

  it.each<[string, (version: object) => object]>([
    [
      'is written once more, by no version of the plan',
      (version) => ({ ...version, version: 'written-meanwhile', tags: { 'keyturn-instance': 'keyturn-test' } }),
    ],
    ['has lost its tags already', (version) => ({ ...version, tags: { mine: 'kept' } })],
  ])('is met if the pointer %s: it is left as it is', async (says, rewrite) => {
    const keyturn = await settled();
    const { azure, journal } = keyturn;
    const pointer = keyturn.vault.secrets.find(({ name }) => name === 'ai-services-active-key')?.versions;
    const last = pointer?.at(-1);
    if (pointer === undefined || last === undefined) throw new TypeError('no pointer');
    rightBefore(keyturn, 'save', 2, () => {
      if (says.startsWith('is written')) pointer.push(Object.assign({}, last, rewrite(last)));
      else Object.assign(last, rewrite(last));
    });
    const calls = azure.calls.length;
    expect((await offboard(keyturn)).kind).toBe('offboarded');
    expect(azure.calls.slice(calls).filter(({ method }) => method === 'PATCH')).toEqual([]);
    expect(journal.journal.row).toBeNull();
  });

  it('binds whoever comes next if nobody knows whether the tags are gone, until that has settled', async () => {
    const keyturn = await settled();
    const { azure, clock } = keyturn;
    azure.faults.add({ method: 'PATCH', matches: /secrets/, fault: { kind: 'lose-reply' }, times: 1 });
    expect(await offboard(keyturn)).toMatchObject({ kind: 'unavailable', retryAfterMs: null });
    expect(await foreseen(keyturn)).toEqual(['settling']);
    const settling = await offboard(keyturn);
    expect(settling).toMatchObject({ kind: 'not-now', reason: 'settling' });
    if (settling.kind !== 'not-now' || settling.retryAfterMs === null) throw new TypeError('not settling');
    expect(settling.retryAfterMs).toBeGreaterThan(settleMs - 1_000);
    clock.advance(settling.retryAfterMs);
    expect((await offboard(keyturn)).kind).toBe('offboarded');
  });
});

it.each([['a row of a newer release', 'newer-schema', (row: object) => ({ ...row, schemaVersion: 99 })]])(
  '%s is left alone',
  async (_, reason, change) => {
    const keyturn = await settled();
    const newer = change(fieldsOf(keyturn));
    keyturn.journal.journal.restore(newer);
    expect(await offboard(keyturn)).toMatchObject({ kind: 'not-now', reason });
    expect(fieldsOf(keyturn)).toEqual(newer);
  },
);

it('a vault that cannot be read just now is not taken for one that refuses: nothing is changed', async () => {
  const keyturn = await settled();
  const row = fieldsOf(keyturn);
  const fault = { kind: 'fail-before', status: 503, code: 'ServiceUnavailable' } as const;
  keyturn.azure.faults.add({ method: 'GET', matches: /secrets/, fault, times: 99 });
  expect((await offboard(keyturn, { confirm: ['tags-stay'] })).kind).toBe('unavailable');
  expect(fieldsOf(keyturn)).toEqual(row);
});

/** An area that rests, with something to remember. */
const restingNetwork = {
  ...{
    schemaVersion: 1,
    lease: { kind: 'released', token: '', saveSeq: 0 },
    settleUntilMs: 0,
    inDoubt: null,
    wakeAtMs: null,
    wakeSeq: 3,
    retrying: null,
  },
  state: { change: null, last: null, closedSinceMs: 1 },
};

class Crash extends Error {}

describe('a crash midway', () => {
  it('after any call leaves a target that is offboarded when it is asked for again', async () => {
    let crashes = 0;
    for (let at = 1; ; at += 1) {
      const { keyturn } = await adopted();
      const { journal, app, hardeningRows, target, clock } = keyturn;
      await hardeningRows.ports.save(target.account, 'network', restingNetwork, null);
      let calls = 0;
      const isDead = () => calls >= at;
      const count = () => {
        if (isDead()) throw new Crash();
        calls += 1;
        if (isDead()) throw new Crash();
      };
      let isWatched = true;
      keyturn.afterEachCall(async () => {
        if (isWatched) count();
      });
      journal.adversary = {
        before: () => {
          if (isDead()) throw new Crash();
        },
        after: count,
      };
      const first = await offboard(keyturn).catch(() => null);
      journal.adversary = {};
      isWatched = false;
      if (first?.kind === 'offboarded') break;
      crashes += 1;
      let again = await offboard(keyturn);
      for (let tries = 0; again.kind === 'not-now' && tries < 5; tries += 1) {
        clock.advance(Math.max(again.retryAfterMs ?? 0, 60_000));
        again = await offboard(keyturn);
      }
      expect(again.kind, `crash after call ${at}`).toBe('offboarded');
      expect(journal.journal.row).toBeNull();
      expect(hardeningRows.rows.size).toBe(0);
      expect(tagsOf(keyturn, 'ai-services-active-key')).not.toHaveProperty('keyturn-instance');
      await app.sweep();
      expect(journal.journal.row).toBeNull();
    }
    expect(crashes).toBeGreaterThan(5);
  });
});
