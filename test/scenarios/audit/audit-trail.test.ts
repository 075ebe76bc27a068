import { describe, expect, it } from 'vitest';
import type { AuditTrailView } from '../../../src/app/rotations/audit-trail-view.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { currentKey, type SimulatedKeyturn, simulatedKeyturn } from '../simulated-keyturn.ts';

const operator = { objectId: 'operator-1' };
const everything = { limit: 1_000, after: null };

async function start(keyturn: SimulatedKeyturn): Promise<string> {
  const started = await keyturn.app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  if (started.kind !== 'started') throw new Error(started.kind);
  return started.rotation.id;
}

async function rotated(change: Parameters<typeof simulatedKeyturn>[0] = {}) {
  const keyturn = simulatedKeyturn(change);
  await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
  keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
  const from = keyturn.azure.calls.length;
  const id = await start(keyturn);
  await deliverAll(keyturn.journal, keyturn.app);
  return { keyturn, id, from };
}

async function auditTrailOf({ app }: SimulatedKeyturn, id: string): Promise<AuditTrailView> {
  const answer = await app.readAuditTrail('demo', id, everything);
  if (answer.kind !== 'found') throw new Error(answer.kind);
  return answer.auditTrail;
}

describe('the evidence of a rotation, on the true clients', () => {
  it('tells who asked, the plan, each step and the outcome, in this order', async () => {
    const { keyturn, id } = await rotated();
    const { entries } = await auditTrailOf(keyturn, id);
    const changes = entries.flatMap((entry) => entry.changes);
    expect(changes[0]).toMatchObject({
      what: 'began',
      cause: 'operator',
      startedBy: 'operator-1',
      inactiveKeyConfirmedBy: 'operator-1',
      plan: {
        account: keyturn.target.account.armId,
        layout: 'pointer',
        firstRegenerated: 'key2',
        overlap: { seconds: keyturn.target.policy.overlapMs / 1000 },
      },
    });
    expect(changes.filter(({ what }) => what === 'entered').map(({ state }) => state)).toEqual([
      'preparing',
      'regenerating',
      'publishing',
      'probing',
      'switching',
      'overlapping',
      'retiring',
      'restocking',
      'confirming',
    ]);
    expect(changes.filter(({ what }) => what === 'intent').map(({ effect }) => effect)).toEqual([
      'regenerate-key2',
      'store-pointer',
      'regenerate-key1',
    ]);
    expect(changes.at(-1)).toMatchObject({ what: 'ended', outcome: 'completed', retiredKeyRefused: 'seen' });
    const times = entries.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
  });

  it('names secret versions and fingerprints, and no key', async () => {
    const { keyturn, id } = await rotated({ layout: { kind: 'direct', directSecretName: 'ai-services-key' } });
    const auditTrail = await auditTrailOf(keyturn, id);
    const entered = (state: string) =>
      auditTrail.entries.flatMap(({ changes }) => changes).find((change) => change.state === state);
    const version = (name: string) =>
      keyturn.vault.secrets.find((secret) => secret.name === name)?.versions.at(-1)?.version;
    expect(entered('confirming')).toMatchObject({ newInactiveSecretVersion: version('ai-services-key1') });
    expect(entered('overlapping')).toMatchObject({
      followed: {
        pointer: version('ai-services-active-key'),
        key: version('ai-services-key2'),
        direct: version('ai-services-key'),
      },
    });
    expect(entered('publishing')).toMatchObject({ newFingerprint: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const text = JSON.stringify(auditTrail);
    for (const { value } of keyturn.account.keys) expect(text).not.toContain(value);
    expect(text).not.toContain('salt');
  });

  it('holds every call to ARM, vault and endpoint once, under the ids of the services', async () => {
    const { keyturn, id, from } = await rotated();
    const { entries } = await auditTrailOf(keyturn, id);
    const calls = entries.flatMap((entry) => entry.calls);
    const made = keyturn.azure.calls.slice(from).map(({ method, host, path, status }) => ({
      method,
      url: `https://${host}${path}`,
      status,
    }));
    expect(calls.map(({ method, url, status }) => ({ method, url, status }))).toEqual(made);
    for (const call of calls) {
      const ids = { arm: ['requestId', 'correlationId'], vault: ['requestId'], endpoint: ['apimRequestId'] } as const;
      for (const name of ids[call.service]) expect(call[name], JSON.stringify(call)).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(new Set(calls.map(({ said }) => said))).toEqual(new Set([undefined, 'accepted', 'refused']));
  });

  it('keeps the intent and the lost call when a reply is lost, and what was found by looking', async () => {
    const keyturn = simulatedKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
    keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
    keyturn.azure.faults.add({ method: 'POST', matches: /regenerateKey$/, times: 1, fault: { kind: 'lose-reply' } });
    const id = await start(keyturn);
    await deliverAll(keyturn.journal, keyturn.app);
    const { entries } = await auditTrailOf(keyturn, id);
    const lost = entries.flatMap(({ calls }) => calls).filter(({ status }) => status === null);
    expect(lost).toMatchObject([{ method: 'POST', clientRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    const words = entries.flatMap(({ changes }) => changes).map(({ what, effect }) => effect ?? what);
    expect(words.indexOf('regenerate-key2')).toBeLessThan(words.indexOf('failed'));
    expect(words.filter((word) => word === 'regenerate-key2')).toHaveLength(1);
    expect(currentKey(keyturn.account, 'key2')).not.toBe('');
  });

  it('tells what operators asked for, and how it ended', async () => {
    const keyturn = simulatedKeyturn();
    await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
    keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
    const id = await start(keyturn);
    await keyturn.app.cancel('demo', id, { objectId: 'operator-2' });
    await deliverAll(keyturn.journal, keyturn.app);
    const changes = (await auditTrailOf(keyturn, id)).entries.flatMap((entry) => entry.changes);
    expect(changes).toContainEqual(expect.objectContaining({ what: 'asked', action: 'cancel', by: 'operator-2' }));
    expect(changes.at(-1)).toMatchObject({ what: 'ended', outcome: 'cancelled' });
  });

  it('is paged, and knows no rotation of another name', async () => {
    const { keyturn, id } = await rotated();
    const whole = await auditTrailOf(keyturn, id);
    const paged = [];
    for (let after: string | null = null, more = true; more; ) {
      const answer = await keyturn.app.readAuditTrail('demo', id, { limit: 7, after });
      if (answer.kind !== 'found') throw new Error(answer.kind);
      paged.push(...answer.auditTrail.entries);
      after = answer.auditTrail.next;
      more = after !== null;
    }
    expect(paged).toEqual(whole.entries);
    expect(await keyturn.app.readAuditTrail('demo', 'other', everything)).toEqual({ kind: 'unknown-rotation' });
  });
});

describe('the list of rotations', () => {
  it('comes newest first, in pages, with the one in flight on top', async () => {
    const { keyturn, id: first } = await rotated();
    const ids = [first];
    for (let round = 0; round < 2; round += 1) {
      keyturn.clock.advance(keyturn.target.policy.overlapMs + 2_000);
      ids.unshift(await start(keyturn));
      if (round === 0) await deliverAll(keyturn.journal, keyturn.app);
    }
    const page = await keyturn.app.listRotations('demo', { limit: 2, after: null });
    if (page.kind !== 'found') throw new Error(page.kind);
    expect(page.rotations.map(({ id, state }) => [id, state])).toEqual([
      [ids[0], 'preparing'],
      [ids[1], 'completed'],
    ]);
    const rest = await keyturn.app.listRotations('demo', { limit: 2, after: page.next });
    expect(rest).toMatchObject({ rotations: [{ id: first, state: 'completed' }], next: null });
  });
});
