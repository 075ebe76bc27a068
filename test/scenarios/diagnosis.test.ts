import { describe, expect, it } from 'vitest';
import type { TestedAddress } from '../../src/app/contract.ts';
import { hardeningKeyturn, keyturnId, operator } from './hardening/hardening-keyturn.ts';
import { currentKey } from './simulated-keyturn.ts';

/** An adopted target, with the roles that a diagnosis reads by; `findings` asks the true clients. */
async function adopted() {
  const keyturn = hardeningKeyturn();
  await keyturn.app.adopt('demo', { activeSlot: null }, operator);
  keyturn.clock.advance(3 * 3_600_000);
  const diagnose = async (address: TestedAddress = { value: '203.0.113.7', from: 'query' }) => {
    const answer = await keyturn.app.diagnose('demo');
    if (answer.kind !== 'diagnosed') throw new TypeError(JSON.stringify(answer));
    return answer.diagnosisFor(address);
  };
  return {
    ...keyturn,
    diagnose,
    findings: async (address?: TestedAddress) =>
      Object.fromEntries((await diagnose(address)).findings.map(({ check, finding }) => [check, finding])),
    revoke: (principalId: string) => {
      const kept = keyturn.azure.world.roleAssignments.filter((one) => one.principalId !== principalId);
      keyturn.azure.world.roleAssignments.splice(0, Number.POSITIVE_INFINITY, ...kept);
    },
  };
}

describe('a diagnosis, on the true clients', () => {
  it('is not green while a key that was reported as leaked may be valid', async () => {
    const { app, diagnose } = await adopted();
    const leak = { slot: 'key1', dryRun: false, reason: null, overlapSeconds: null } as const;
    await app.leak('demo', leak, operator);
    const { allGreen, findings } = await diagnose();
    expect(allGreen).toBe(false);
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: 'cached-key',
        finding: 'key-leaked',
        evidence: expect.objectContaining({ leaked: 'key1' }),
        fix: expect.objectContaining({
          call: { method: 'POST', path: '/api/targets/demo/leak', body: { slot: 'key1' } },
        }),
      }),
    );
  });

  it('is not green while nobody has adopted the target, nor once it was offboarded', async () => {
    const keyturn = hardeningKeyturn();
    const first = async () => {
      const answer = await keyturn.app.diagnose('demo');
      if (answer.kind !== 'diagnosed') throw new TypeError(JSON.stringify(answer));
      const { allGreen, findings } = answer.diagnosisFor(null);
      expect(JSON.stringify(findings)).not.toContain('/repair');
      return { allGreen, finding: findings[0]?.finding, call: findings[0]?.fix?.call?.path };
    };
    const notAdopted = {
      allGreen: false,
      finding: 'target-not-adopted',
      call: '/api/targets/demo/adopt?dryRun=true',
    };
    expect(await first()).toEqual(notAdopted);
    await keyturn.app.adopt('demo', { activeSlot: null }, operator);
    expect((await first()).finding).toBe('no-rotation');
    const out = { dryRun: false, history: 'keep', confirm: [], ifMatch: ['*'] } as const;
    expect((await keyturn.app.offboard('demo', out, operator)).kind).toBe('offboarded');
    expect(await first()).toEqual(notAdopted);
  });

  it('begins with a rotation that a lock on the group suspended, and names the lock', async () => {
    const { app, azure, diagnose, journal, account, revoke } = await adopted();
    const scope = `/subscriptions/${account.subscriptionId}/resourceGroups/${account.resourceGroup}`;
    azure.world.locks.push({ scope, name: 'freeze', level: 'ReadOnly' });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    for (const { wakeUp } of journal.queue.splice(0)) await app.advance(wakeUp);
    const lockId = `${scope}/providers/Microsoft.Authorization/locks/freeze`;
    const { findings, detail } = await diagnose();
    expect(findings[0]).toMatchObject({
      check: 'rotation',
      finding: 'rotation-suspended',
      detail: expect.stringContaining('A lock on the account, its group or subscription forbids key operations.'),
      evidence: { reason: 'resource-lock', lastFailure: 'ScopeLocked', lock: 'freeze', lockId },
      fix: { command: `az lock delete --ids "${lockId}"` },
    });
    expect(findings.find(({ check }) => check === 'role')).toMatchObject({
      finding: 'resource-lock',
      evidence: { lockId },
    });
    expect(detail).not.toContain('Nothing wrong');
    revoke(keyturnId);
    expect((await diagnose()).findings[0]).toMatchObject({
      finding: 'rotation-suspended',
      evidence: { lock: null, lockId: null },
    });
  });

  it('tells a rotation that is overdue, and whose own time is not over yet', async () => {
    const { diagnose, clock } = await adopted();
    clock.advance(61 * 24 * 3_600_000);
    expect((await diagnose()).findings[0]).toMatchObject({ finding: 'no-rotation', status: 'ok' });
    clock.advance(2 * 24 * 3_600_000);
    expect((await diagnose()).findings[0]).toMatchObject({
      finding: 'rotation-overdue',
      status: 'problem',
      detail: expect.stringContaining('A rotation was due on'),
    });
  });

  it('says that all is green, and writes nothing', async () => {
    const { diagnose, azure, journal } = await adopted();
    const rowBefore = structuredClone(journal.journal.row);
    const callsBefore = azure.calls.length;
    expect(await diagnose()).toMatchObject({ allGreen: true, detail: expect.stringContaining('All green') });
    const made = azure.calls.slice(callsBefore);
    // listKeys and the calls that prove keys and tokens are POSTs that change nothing.
    expect(made.filter(({ method }) => !['GET', 'POST'].includes(method))).toEqual([]);
    expect(made.map(({ operation }) => operation)).not.toContain(
      'Microsoft.CognitiveServices/accounts/regenerateKey/action',
    );
    expect(journal.journal.row).toEqual(rowBefore);
  });

  it('finds no role on the vault, names the identity in the command, and is green once the role is there', async () => {
    const { diagnose, findings, revoke, grant, vault, account, target } = await adopted();
    revoke(keyturnId);
    const [, first] = (await diagnose()).findings;
    expect(first).toMatchObject({ check: 'vault-access', finding: 'vault-role-missing', status: 'problem' });
    expect(first?.fix?.command).toContain(keyturnId);
    grant(
      keyturnId,
      'Key Vault Secrets Officer',
      `/subscriptions/${vault.subscriptionId}/resourceGroups/${vault.resourceGroup}/providers/Microsoft.KeyVault/vaults/${vault.name}`,
    );
    grant(keyturnId, 'Cognitive Services Contributor', target.account.armId);
    grant(keyturnId, 'Reader', `/subscriptions/${account.subscriptionId}`);
    expect((await findings())['vault-access']).toBe('vault-answers');
  });

  it('finds a role that was assigned a minute ago, and waits for it', async () => {
    const { findings, grant, azure, target, clock, account } = await adopted();
    account.resource.properties.disableLocalAuth = true;
    expect((await findings()).role).toBe('role-missing');
    azure.world.pace.roleAssignmentMs = 8 * 60_000;
    grant(keyturnId, 'Cognitive Services Language Reader', target.account.armId);
    const assigned = azure.world.roleAssignments.at(-1);
    Object.assign(assigned ?? {}, { effectiveAtMs: clock.nowMs() + 8 * 60_000, createdAtMs: clock.nowMs() });
    clock.advance(60_000);
    expect((await findings()).role).toBe('role-spreading');
    clock.advance(8 * 60_000);
    expect((await findings()).role).toBe('token-accepted');
  });

  it('finds a dead key in the vault after somebody regenerated it, until repair has stored the new one and caches have expired', async () => {
    const { findings, app, account, clock } = await adopted();
    const [dead] = account.keys.filter(({ slot }) => slot === 'key1');
    if (dead !== undefined) dead.replacedAtMs = clock.nowMs();
    account.keys.push({
      slot: 'key1',
      value: currentKey(account, 'key1').replace(/^..../, 'zzzz'),
      issuedAtMs: clock.nowMs(),
      replacedAtMs: null,
    });
    clock.advance(60_000);
    expect((await findings())['cached-key']).toBe('stored-key-dead');
    expect(await app.repair('demo', operator)).toMatchObject({ kind: 'repaired' });
    expect((await findings())['cached-key']).toBe('dead-key-cached');
    clock.advance(2 * 3_600_000);
    expect((await findings())['cached-key']).toBe('key-is-current');
  });

  it('finds an address that the rules do not let in, and none once they do', async () => {
    const { diagnose, findings, account } = await adopted();
    account.resource.properties.networkAcls = {
      defaultAction: 'Deny',
      virtualNetworkRules: [],
      ipRules: [{ value: '203.0.113.0/29' }],
    };
    expect((await findings())['caller-address']).toBe('address-allowed');
    const last = (await diagnose({ value: '198.51.100.9', from: 'query' })).findings.at(-1);
    expect(last).toMatchObject({
      finding: 'address-not-allowed',
      fix: { call: { body: { mode: 'selected-networks' } } },
    });
  });

  it('finds that the name leads to the public address though public access is disabled', async () => {
    const { findings, account } = await adopted();
    account.resource.properties.publicNetworkAccess = 'Disabled';
    expect(await findings()).toMatchObject({
      'private-name': 'name-resolves-publicly',
      'caller-address': 'public-access-disabled',
      role: 'token-blocked',
    });
  });

  it('finds that the vault lets no address in', async () => {
    const { findings, vault } = await adopted();
    Object.assign(vault.network, { defaultAction: 'Deny', ipRules: [] });
    expect((await findings())['vault-access']).toBe('vault-firewall');
  });
});
