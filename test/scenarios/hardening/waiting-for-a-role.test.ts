import { describe, expect, it } from 'vitest';
import { firstPage } from '../../../src/app/targets/target-query.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { simulatedKeyturn } from '../simulated-keyturn.ts';
import { keyturnId, operator } from './hardening-keyturn.ts';

/** A rotation that met an identity which lost its role on the account; its first message was delivered. */
async function withoutRole() {
  const keyturn = simulatedKeyturn();
  const { app, azure, journal, target } = keyturn;
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  keyturn.clock.advance(3 * 3_600_000);
  await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  const lost = azure.world.roleAssignments.filter(
    ({ principalId, scope }) => principalId === keyturnId && scope === target.account.armId,
  );
  for (const one of lost) azure.world.roleAssignments.splice(azure.world.roleAssignments.indexOf(one), 1);
  expect(lost).toHaveLength(1);
  for (const { wakeUp } of journal.queue.splice(0)) await app.advance(wakeUp);
  const listed = async () => {
    const answer = await app.listTargets(firstPage);
    if (answer.kind !== 'listed') throw new TypeError(answer.kind);
    return answer.targets[0];
  };
  return { ...keyturn, listed };
}

const lacks =
  "It lacks Microsoft.CognitiveServices/accounts/read. Give Keyturn's identity the role Keyturn Key Rotator";

describe('a rotation that lacks a role', () => {
  it('says so in the list of targets while it waits for the role to count', async () => {
    const { listed } = await withoutRole();
    expect(await listed()).toMatchObject({
      state: 'rotating',
      detail: expect.stringContaining(
        `A rotation is in flight. Azure denied access; a new role assignment takes up to ten minutes to count. ${lacks}`,
      ),
      rotation: { reason: 'role-spreading', missingAction: 'Microsoft.CognitiveServices/accounts/read' },
    });
  });

  it('says so in the list of targets when it has waited long enough and needs a person', async () => {
    const { listed, journal, app } = await withoutRole();
    await app.sweep();
    await deliverAll(journal, app);
    expect(await listed()).toMatchObject({
      state: 'suspended',
      detail: expect.stringContaining(`Keyturn's identity lacks an action on the account. ${lacks}`),
      rotation: { reason: 'account-access-denied' },
    });
  });
});
