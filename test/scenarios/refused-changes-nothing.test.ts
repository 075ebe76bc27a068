import { describe, expect, it } from 'vitest';
import { accountRow } from '../../src/rotation/account-row.ts';
import type { AccountRows } from '../../src/rotation/ports.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import {
  accessRequest,
  consumerId,
  hardeningKeyturn,
  keylessRequest,
  languageReader,
} from './hardening/hardening-keyturn.ts';
import { networkKeyturn } from './hardening/network-keyturn.ts';
import { person } from './person.ts';
import { type SimulatedKeyturn, simulatedKeyturn } from './simulated-keyturn.ts';
import { operator, rowOf } from './steered-rotation.ts';

/** All that Keyturn keeps: the rows of the account, of the instance and of hardening, and the queue. */
function kept({ journal, hardeningRows }: SimulatedKeyturn): unknown {
  const { row, notes, event, history } = journal.journal;
  const fields = [row === null ? null : withoutToken(row), notes?.fields ?? null, event?.fields ?? null];
  return structuredClone([
    fields,
    [...history],
    [...journal.fleetRows],
    journal.pause,
    journal.queue,
    [...hardeningRows.rows],
  ]);
}

/** The last holder of the lease, who has given it back, leaves a token of its own. */
function withoutToken({ fields }: { readonly fields: unknown }) {
  const { lease, ...rest } = Object(fields);
  return { ...rest, lease: lease.kind };
}

const lies = ({ vault, account }: SimulatedKeyturn) =>
  structuredClone([vault.secrets, vault.deletedSecrets, account.keys, account.resource]);

const layout = { kind: 'direct', directSecretName: 'sql-password' } as const;

type Scene = (keyturn: SimulatedKeyturn) => unknown;
type Request = (keyturn: SimulatedKeyturn) => Promise<unknown>;

const adopt: Request = ({ app }) => app.adopt('demo', { activeSlot: null }, operator);
const start: Request = ({ app }) => app.startRotation('demo', { inactiveKeyUnused: false }, operator);
const startNamed: Request = ({ app }) =>
  app.startRotation('demo', { inactiveKeyUnused: false, idempotencyKey: 'one' }, operator);
const report =
  (dryRun: boolean): Request =>
  ({ app }) =>
    app.leak('demo', { slot: 'key2', dryRun, reason: null, overlapSeconds: null }, operator);
const repair: Request = ({ app }) => app.repair('demo', operator);
const access =
  (more: Parameters<typeof accessRequest>[1]): Request =>
  ({ app }) =>
    app.changeAccess(
      'demo',
      accessRequest([{ principalId: consumerId, roles: [{ role: languageReader, scope: 'account' }] }], more),
      operator,
    );
const keyless =
  (more: Partial<ReturnType<typeof keylessRequest>>): Request =>
  ({ app }) =>
    app.changeKeyless('demo', { ...keylessRequest(false), ...more }, operator);

const store =
  (name: string, value: string): Scene =>
  (keyturn) =>
    person(keyturn).store(name, value);
const show =
  (change: Record<string, unknown>): Scene =>
  ({ account }) =>
    Object.assign(account.resource.properties, change);
const noScene: Scene = () => {};

const refuseKeys: Scene = ({ azure }) => {
  azure.world.roleAssignments.splice(0);
};

describe('a refused request to a target that was never adopted leaves no row behind', () => {
  it.each<[string, Scene, Request, object]>([
    ['a secret of somebody else’s', store('sql-password', 'x'), adopt, { reason: 'foreign-secret' }],
    ['a pointer that names no slot', store('payment-active-key', 'x'), adopt, { reason: 'pointer-invalid' }],
    [
      'an endpoint not of Azure’s',
      show({ endpoint: 'https://evil.example/' }),
      adopt,
      { reason: 'endpoint-not-azure' },
    ],
    ['an account being changed', show({ provisioningState: 'Updating' }), adopt, { reason: 'account-busy' }],
    ['an account that cannot be read', refuseKeys, adopt, { kind: 'unavailable' }],
    ['a repair', noScene, repair, { reason: 'not-adopted' }],
    ['a rotation', noScene, start, { reason: 'not-adopted' }],
    ['a rotation with a name of its own', noScene, startNamed, { reason: 'not-adopted' }],
    ['a leak', noScene, report(false), { reason: 'not-adopted' }],
    ['a preview of a leak', noScene, report(true), { reason: 'not-adopted' }],
    ['a dry run of access', noScene, access({ dryRun: true }), { kind: 'plan' }],
    ['a dry run of keyless', noScene, keyless({ dryRun: true }), { kind: 'plan' }],
    ['a keyless request by an old state', noScene, keyless({ ifMatch: ['"old"'] }), { kind: 'changed-meanwhile' }],
    ['an access request by an old state', noScene, access({ ifMatch: ['"old"'] }), { kind: 'changed-meanwhile' }],
  ])('%s', async (_, scene, request, answer) => {
    const keyturn = hardeningKeyturn({ prefix: 'payment', layout });
    await scene(keyturn);
    const before = [kept(keyturn), lies(keyturn)];
    expect(await request(keyturn)).toMatchObject(answer);
    expect([kept(keyturn), lies(keyturn)]).toEqual(before);
  });
});

describe('a refused request to an adopted target leaves its rows as they were', () => {
  it.each<[string, Scene, Request, object]>([
    ['an adoption', show({ endpoint: 'https://evil.example/' }), adopt, { reason: 'endpoint-not-azure' }],
    ['an adoption that cannot read', refuseKeys, adopt, { kind: 'unavailable' }],
    ['a repair', show({ endpoint: 'https://evil.example/' }), repair, { reason: 'endpoint-not-azure' }],
    ['a repair that cannot read', refuseKeys, repair, { kind: 'unavailable' }],
    ['a rotation', noScene, start, { reason: 'inactive-key-confirmation-required' }],
    ['a rotation with a name of its own', noScene, startNamed, { reason: 'inactive-key-confirmation-required' }],
    ['a preview of a leak', noScene, report(true), { kind: 'previewed' }],
    ['a dry run of access', noScene, access({ dryRun: true }), { kind: 'plan' }],
    ['a dry run of keyless', noScene, keyless({ dryRun: true }), { kind: 'plan' }],
    ['a keyless request by an old state', noScene, keyless({ ifMatch: ['"old"'] }), { kind: 'changed-meanwhile' }],
  ])('%s', async (_, scene, request, answer) => {
    const keyturn = hardeningKeyturn({ prefix: 'payment', layout });
    expect(await adopt(keyturn)).toMatchObject({ kind: 'adopted' });
    await scene(keyturn);
    const before = [kept(keyturn), lies(keyturn)];
    expect(await request(keyturn)).toMatchObject(answer);
    expect([kept(keyturn), lies(keyturn)]).toEqual(before);
  });

  it('a second rotation and a second leak of the same slot', async () => {
    const keyturn = hardeningKeyturn({ prefix: 'payment', layout });
    await adopt(keyturn);
    await report(false)(keyturn);
    const before = kept(keyturn);
    expect(await startNamed(keyturn)).toMatchObject({ reason: 'in-flight' });
    expect(await report(false)(keyturn)).toMatchObject({ kind: 'begun' });
    expect(kept(keyturn)).toEqual(before);
  });

  it.each<[string, Parameters<Awaited<ReturnType<typeof networkKeyturn>>['ask']>[1], object]>([
    ['a dry run of the network', { dryRun: true }, { kind: 'plan' }],
    ['a network request with risks', {}, { kind: 'not-confirmed' }],
    ['a network request by an old state', { ifMatch: ['"old"'] }, { kind: 'changed-meanwhile' }],
  ])('%s', async (_, more, answer) => {
    const keyturn = await networkKeyturn();
    const before = [kept(keyturn), lies(keyturn)];
    expect(await keyturn.ask({ mode: 'private' }, more)).toMatchObject(answer);
    expect([kept(keyturn), lies(keyturn)]).toEqual(before);
  });
});

/** A target whose direct-value secret is somebody else’s, and what happens when its new row is removed. */
async function refusedWhile(onRemove: (rows: AccountRows, ...args: Parameters<AccountRows['remove']>) => unknown) {
  const keyturn = simulatedKeyturn(
    { prefix: 'payment', layout },
    {
      rows: (only) => ({
        ...only,
        remove: async (...args) => {
          await onRemove(only, ...args);
          return await only.remove(...args);
        },
      }),
    },
  );
  await person(keyturn).store('sql-password', 'x');
  return keyturn;
}

describe('the empty row of a refused adoption', () => {
  it('stays if somebody has saved it meanwhile', async () => {
    const keyturn = await refusedWhile(async (rows, account) => {
      const stored = await rows.load(account);
      await rows.save(account, { ...accountRow.parse(stored?.fields), target: 'somebody' }, stored?.etag ?? null, []);
    });
    expect(await adopt(keyturn)).toMatchObject({ reason: 'foreign-secret' });
    expect(rowOf(keyturn.journal)).toMatchObject({
      target: 'somebody',
      lease: { kind: 'released' },
      adoptedAtMs: null,
    });
  });

  it('of which another adopter has taken the lease is left to that one', async () => {
    const keyturn = await refusedWhile(async (rows, account) => {
      const stored = await rows.load(account);
      const lease = { kind: 'held', token: 'another', saveSeq: 1 } as const;
      await rows.save(account, { ...accountRow.parse(stored?.fields), lease }, stored?.etag ?? null, []);
    });
    expect(await adopt(keyturn)).toMatchObject({ reason: 'lease-lost' });
    expect(rowOf(keyturn.journal)).toMatchObject({ lease: { kind: 'held', token: 'another' } });
  });

  it('keeps a second adopter away as long as it stands, and no longer', async () => {
    let second: unknown = null;
    const keyturn = await refusedWhile(async () => {
      second ??= await adopt(keyturn);
    });
    expect(await adopt(keyturn)).toMatchObject({ reason: 'foreign-secret' });
    expect(second).toMatchObject({ kind: 'not-now', reason: 'busy' });
    expect(keyturn.journal.journal.row).toBeNull();
    expect(await adopt(keyturn)).toMatchObject({ reason: 'foreign-secret' });
  });

  it('that a crash leaves is taken over when its lease has run out, and lets nobody write sooner', async () => {
    const died = new Error('the process dies here');
    let isDead = true;
    const keyturn = await refusedWhile(() => {
      if (isDead) throw died;
    });
    await expect(adopt(keyturn)).rejects.toBe(died);
    isDead = false;
    const { clock, vault, journal, app } = keyturn;
    expect(await adopt(keyturn)).toMatchObject({ reason: 'busy' });
    vault.secrets.splice(0);
    clock.advance(2 * 60_000);
    const taken = await app.adopt('demo', { activeSlot: null }, operator);
    expect(taken).toMatchObject({ kind: 'not-now', reason: 'settling' });
    expect(vault.secrets).toEqual([]);
    clock.advance(taken.kind === 'not-now' ? (taken.retryAfterMs ?? 0) : 0);
    expect(await adopt(keyturn)).toMatchObject({ kind: 'adopted' });
    expect(rowOf(journal).adoptedAtMs).not.toBeNull();
  });

  it('whose removal Azure does not answer runs out like any lease; the caller hears the refusal', async () => {
    const keyturn = await refusedWhile(() => {
      throw new FailureError({ kind: 'outcome-unknown', code: 'ETIMEDOUT' });
    });
    expect(await adopt(keyturn)).toMatchObject({ reason: 'foreign-secret' });
  });

  it('goes, too, if the refusal comes with the last look before the first write', async () => {
    const keyturn = simulatedKeyturn({ prefix: 'payment', layout });
    const { azure, journal, vault } = keyturn;
    let isDone = false;
    keyturn.afterEachCall(async () => {
      if (isDone || azure.calls.filter(({ path }) => path.endsWith('/listKeys')).length < 2) return;
      isDone = true;
      await person(keyturn).store('payment-key1', 'x');
    });
    expect(await adopt(keyturn)).toMatchObject({ kind: 'not-now', reason: 'lost-race' });
    expect(vault.secrets.map(({ name }) => name)).toEqual(['payment-key1']);
    expect(journal.journal.row).toBeNull();
  });

  it('is kept once anything was written, and then settles as after any takeover', async () => {
    const keyturn = simulatedKeyturn({ prefix: 'payment', layout });
    const { vault, journal, azure } = keyturn;
    // The vault stops answering after the first key was stored.
    keyturn.afterEachCall(async () => {
      if (vault.secrets.length === 1) azure.world.roleAssignments.splice(0);
    });
    expect(await adopt(keyturn)).toMatchObject({ kind: 'unavailable' });
    expect(vault.secrets).toHaveLength(1);
    expect(rowOf(journal)).toMatchObject({ adoptedAtMs: null, inDoubt: { kind: 'takeover' } });
    await deliverAll(journal, keyturn.app);
  });
});

describe('an adoption or repair that Azure stops midway says what it had written', () => {
  const stored = (keyturn: SimulatedKeyturn) => keyturn.vault.secrets.map(({ name }) => name);

  it.each([1, 2, 3, 4])('an adoption, after %i secrets', async (written) => {
    const keyturn = simulatedKeyturn({ prefix: 'payment', layout });
    const { vault, azure, app } = keyturn;
    keyturn.afterEachCall(async () => {
      if (vault.secrets.length === written) azure.world.roleAssignments.splice(0);
    });
    const answer = await app.adopt('demo', { activeSlot: null }, operator);
    const changed = stored(keyturn).map((secret) => ({ secret, change: 'created' }));
    expect(changed).toHaveLength(written);
    expect(answer).toMatchObject({ kind: 'unavailable', changed });
  });

  it('a repair', async () => {
    const keyturn = simulatedKeyturn({ prefix: 'payment', layout });
    const { vault, azure, app } = keyturn;
    await adopt(keyturn);
    await person(keyturn).store('payment-key1', 'a slip of the hand');
    await person(keyturn).store('payment-endpoint', 'a slip of the hand');
    keyturn.clock.advance(60_000);
    const versions = () => vault.secrets.find(({ name }) => name === 'payment-key1')?.versions.length;
    keyturn.afterEachCall(async () => {
      if (versions() === 3) azure.world.roleAssignments.splice(0);
    });
    expect(await app.repair('demo', operator)).toMatchObject({
      kind: 'unavailable',
      changed: [{ secret: 'payment-key1', change: 'updated' }],
    });
  });

  it('and nothing if nothing was written', async () => {
    const keyturn = simulatedKeyturn({ prefix: 'payment', layout });
    await refuseKeys(keyturn);
    expect(await adopt(keyturn)).not.toHaveProperty('changed');
  });
});
