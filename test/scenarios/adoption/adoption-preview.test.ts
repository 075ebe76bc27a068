import { describe, expect, it } from 'vitest';
import type { AdoptRequest } from '../../../src/app/contract.ts';
import { type AdoptionView, adoptionRow } from '../../../src/app/targets/adoption-views.ts';
import { type AccountRow, accountRow } from '../../../src/rotation/account-row.ts';
import { buildLeak } from '../../rotation/row-builder.ts';
import { person } from '../person.ts';
import { type SimulatedKeyturn, simulatedKeyturn } from '../simulated-keyturn.ts';
import { operator } from '../steered-rotation.ts';

const layout = { kind: 'direct', directSecretName: 'contoso-key' } as const;
const names = {
  key1: 'contoso-key1',
  key2: 'contoso-key2',
  endpoint: 'contoso-endpoint',
  pointer: 'contoso-active-key',
  direct: 'contoso-key',
};

type Part = keyof typeof names;
type Scene = (keyturn: SimulatedKeyturn) => unknown;
type Request = Pick<AdoptRequest, 'activeSlot' | 'takeOver' | 'confirm'>;

/** Everything that Keyturn or Azure keeps. */
function everything({ azure, journal, hardeningRows }: SimulatedKeyturn): unknown {
  const { row, notes, event, history } = journal.journal;
  const kept = [row, notes, event, [...history], [...journal.fleetRows], journal.pause, journal.queue];
  return structuredClone([azure.world, kept, [...hardeningRows.rows]]);
}

const untimed = (row: AdoptionView): AdoptionView => ({
  ...row,
  blockedBy: row.blockedBy.map((stop) => ({ ...stop, retryAfterSeconds: stop.retryAfterSeconds === null ? null : 0 })),
});

async function preview({ app }: SimulatedKeyturn, request: Request): Promise<AdoptionView> {
  const answer = await app.previewAdoption('demo', request);
  if (answer.kind !== 'previewed') throw new TypeError(answer.kind);
  return answer.adoption;
}

async function adopt({ app }: SimulatedKeyturn, request: Request = { activeSlot: null }): Promise<AdoptionView> {
  const answer = await app.adopt('demo', request, operator);
  if (answer.kind === 'unknown-target') throw new TypeError(answer.kind);
  return adoptionRow('demo', answer);
}

const change = (parts: Partial<Record<Part, AdoptionView['secrets'][number]['change']>>) =>
  ['key1', 'key2', 'endpoint', 'pointer', 'direct'].map((part) => parts[part as Part] ?? 'unchanged');
const changesOf = ({ secrets }: AdoptionView) => secrets.map((one) => one.change);
const pointerOf = ({ secrets }: AdoptionView) => secrets.find(({ secret }) => secret === names.pointer)?.shows;
const stopsOf = ({ blockedBy }: AdoptionView) => blockedBy.map(({ reason }) => reason);

const show =
  (properties: Record<string, unknown>): Scene =>
  ({ account }) =>
    Object.assign(account.resource.properties, properties);
const store =
  (name: string, value: string): Scene =>
  (keyturn) =>
    person(keyturn).store(name, value);
/** Gives the current version of a secret other tags, or another value. */
const alter =
  (part: Part, to: (tags: Record<string, string>) => { tags?: Record<string, string>; value?: string }): Scene =>
  ({ vault }) => {
    const versions = vault.secrets.find(({ name }) => name === names[part])?.versions;
    const newest = versions?.pop();
    if (versions === undefined || newest === undefined) throw new TypeError(`no ${part}`);
    versions.push({ ...newest, ...to({ ...newest.tags }) });
  };
const loseRole =
  (role: RegExp): Scene =>
  ({ azure }) => {
    const { roleAssignments } = azure.world;
    const kept = roleAssignments.filter(({ scope }) => !role.test(scope));
    roleAssignments.splice(0, roleAssignments.length, ...kept);
  };
const many = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`team-${n}`, 'contoso']));
const adopted: Scene = async (keyturn) => {
  expect(await adopt(keyturn)).toMatchObject({ outcome: 'adopted' });
  keyturn.clock.advance(600_000);
};
const invalidateLastSeen: Scene = ({ journal }) => journal.journal.restore(null);
const all =
  (...scenes: Scene[]): Scene =>
  async (keyturn) => {
    for (const scene of scenes) await scene(keyturn);
  };
const deleted =
  (part: Part): Scene =>
  async (keyturn) => {
    await person(keyturn).deleteSecret(names[part]);
    keyturn.clock.advance(60_000);
  };
const probesMeet =
  (status: 401 | 500): Scene =>
  ({ azure }) => {
    const body = JSON.stringify({
      error: { code: String(status), message: 'Access denied due to invalid subscription key.' },
    });
    const headers = { 'content-type': 'application/json' };
    const fault = { kind: 'answer', applied: false, status, headers, body } as const;
    azure.faults.add({ method: 'POST', matches: /\.cognitiveservices\.azure\.com/, fault, times: 99 });
  };
const withRow =
  (more: Partial<Record<keyof AccountRow, unknown>>): Scene =>
  ({ journal }) => {
    const row = accountRow.parse(journal.journal.row?.fields);
    journal.journal.save({ ...row, ...more }, journal.journal.row?.etag ?? null, []);
  };
const heldBy = (token: string) => withRow({ lease: { kind: 'held', token, saveSeq: 1 } });
/** A report of a leaked key, while no pointer leads consumers anywhere. */
const leakedAndUnled = (slot: 'key1' | 'key2'): Scene =>
  all(adopted, withRow({ leaks: [buildLeak({ slot })] }), ({ vault }) => {
    const at = vault.secrets.findIndex(({ name }) => name === names.pointer);
    vault.secrets.splice(at, 1);
  });

const anyone: Request = { activeSlot: null };

async function open(scene: Scene, probe: 'data-plane' | 'control-plane-only' = 'data-plane') {
  const keyturn = simulatedKeyturn({ prefix: 'contoso', layout, policy: { probe } });
  await scene(keyturn);
  return keyturn;
}

describe('a dry run of an adoption changes nothing, and says what the adoption then does', () => {
  it.each<[string, Scene, Request, AdoptionView['secrets'][number]['change'][], string]>([
    [
      'creates everything',
      () => {},
      anyone,
      change({ key1: 'created', key2: 'created', endpoint: 'created', pointer: 'created', direct: 'created' }),
      'key1',
    ],
    [
      'creates everything with the pointer at key2',
      () => {},
      { activeSlot: 'key2' },
      change({ key1: 'created', key2: 'created', endpoint: 'created', pointer: 'created', direct: 'created' }),
      'key2',
    ],
    [
      'stores what is not right',
      all(
        adopted,
        alter('key2', () => ({ value: 'stale' })),
      ),
      anyone,
      change({ key2: 'updated' }),
      'key1',
    ],
    [
      'brings back what was deleted',
      all(adopted, deleted('endpoint')),
      anyone,
      change({ endpoint: 'recovered' }),
      'key1',
    ],
    [
      'brings back what was deleted in this moment, and shows nowhere yet',
      all(adopted, (keyturn) => person(keyturn).deleteSecret(names.endpoint)),
      anyone,
      change({ endpoint: 'recovered' }),
      'key1',
    ],
    [
      'brings back what was deleted, with another value than it had',
      all(
        adopted,
        alter('key2', () => ({ value: 'stale' })),
        deleted('key2'),
      ),
      anyone,
      change({ key2: 'recovered' }),
      'key1',
    ],
    [
      'leads consumers to the key that has not leaked, as is asked for',
      leakedAndUnled('key1'),
      { activeSlot: 'key2' },
      change({ pointer: 'created', direct: 'updated' }),
      'key2',
    ],
    [
      'leads consumers to a leaked key if that is confirmed',
      leakedAndUnled('key1'),
      { activeSlot: 'key1', confirm: ['leaked-key1'] },
      change({ pointer: 'created' }),
      'key1',
    ],
    [
      'leads consumers away from a deleted key first',
      all(adopted, deleted('key1')),
      anyone,
      change({ key1: 'recovered', pointer: 'updated', direct: 'updated' }),
      'key2',
    ],
  ])('%s', async (_, scene, request, changes, slot) => {
    const keyturn = await open(scene);
    const before = everything(keyturn);
    const said = await preview(keyturn, request);
    expect(everything(keyturn)).toEqual(before);
    expect([said.outcome, changesOf(said), pointerOf(said)]).toEqual(['adopted', changes, slot]);
    expect(await adopt(keyturn, request)).toEqual(said);
  });

  it.each<[string, Scene, Request, string[]]>([
    ['a secret of somebody else’s', store(names.direct, 'x'), anyone, ['foreign-secret']],
    [
      'a secret of another account',
      all(
        adopted,
        alter('key1', (tags) => ({ tags: { ...tags, ProviderAddress: '/subscriptions/other' } })),
      ),
      anyone,
      ['secrets-of-another-account'],
    ],
    ['a pointer that names no slot', store(names.pointer, 'x'), anyone, ['pointer-invalid']],
    [
      'too many tags',
      all(
        adopted,
        alter('key1', (tags) => ({ tags: { ...tags, ...many }, value: 'stale' })),
      ),
      anyone,
      ['too-many-tags'],
    ],
    ['an endpoint not of Azure’s', show({ endpoint: 'https://evil.example/' }), anyone, ['endpoint-not-azure']],
    [
      'a kind that nobody can prove',
      ({ account }) => Object.assign(account.resource, { kind: 'Contoso' }),
      anyone,
      ['kind-not-probeable'],
    ],
    ['an account being changed', show({ provisioningState: 'Updating' }), anyone, ['account-busy']],
    ['an account that failed', show({ provisioningState: 'Failed' }), anyone, ['account-provisioning-failed']],
    ['keys that are off', show({ disableLocalAuth: true }), anyone, ['local-auth-disabled']],
    ['an account that is gone', ({ azure }) => azure.world.accounts.splice(0), anyone, ['account-not-found']],
    ['a missing role at the account', loseRole(/accounts\/ai-secure-demo$/), anyone, ['account-access-denied']],
    ['a missing role at the vault', loseRole(/vaults\/kv-ai102-secure$/), anyone, ['vault-access-denied']],
    ['a key that the endpoint refuses', probesMeet(401), anyone, ['key-refused']],
    ['an endpoint that is out of order', probesMeet(500), anyone, ['endpoint-unclear']],
    [
      'others who may still be writing',
      all(
        adopted,
        invalidateLastSeen,
        alter('key2', () => ({ value: 'stale' })),
      ),
      anyone,
      ['settling'],
    ],
    [
      'others who may still be writing, and a key that the endpoint refuses',
      all(
        adopted,
        invalidateLastSeen,
        alter('key1', () => ({ value: 'stale' })),
        probesMeet(401),
      ),
      anyone,
      ['settling', 'key-refused'],
    ],
    ['a leaked key', leakedAndUnled('key2'), { activeSlot: 'key2' }, ['leaked-key-not-confirmed']],
    ['a leaked key that the direct-value secret holds', leakedAndUnled('key1'), anyone, ['leaked-key-not-confirmed']],
    [
      'a leaked key, if another one is confirmed',
      leakedAndUnled('key2'),
      { activeSlot: 'key2', confirm: ['leaked-key1'] },
      ['leaked-key-not-confirmed'],
    ],
    ['a worker that is at it', all(adopted, heldBy('another')), anyone, ['busy']],
    ['a row of a newer release', all(adopted, withRow({ schemaVersion: 99 })), anyone, ['newer-schema']],
    [
      'a rotation in flight',
      all(adopted, async ({ app }) => app.startRotation('demo', { inactiveKeyUnused: true }, operator)),
      anyone,
      ['in-flight'],
    ],
    [
      'a pointer of another instance',
      all(
        adopted,
        alter('pointer', (tags) => ({ tags: { ...tags, 'keyturn-instance': 'other' } })),
      ),
      anyone,
      ['taken-over'],
    ],
    [
      'a pointer of another instance that is claimed',
      all(
        adopted,
        alter('pointer', (tags) => ({ tags: { ...tags, 'keyturn-instance': 'other' } })),
      ),
      { activeSlot: null, takeOver: true },
      ['settling'],
    ],
  ])('is stopped by %s', async (_, scene, request, stops) => {
    const keyturn = await open(scene);
    const before = everything(keyturn);
    const said = await preview(keyturn, request);
    expect(everything(keyturn)).toEqual(before);
    expect(stopsOf(said)).toEqual(stops);
    // An adoption ends at the first; a dry run looks on.
    const first = { ...said, blockedBy: said.blockedBy.slice(0, 1) };
    expect(untimed(await adopt(keyturn, request))).toEqual(untimed(first));
  });

  it('is stopped by a worker that died, and shows what is planned behind its lease', async () => {
    const keyturn = await open(
      all(
        adopted,
        alter('key2', () => ({ value: 'stale' })),
        heldBy('dead'),
      ),
    );
    keyturn.clock.advance(120_000);
    const before = everything(keyturn);
    const said = await preview(keyturn, anyone);
    expect(everything(keyturn)).toEqual(before);
    expect(changesOf(said)).toEqual(change({ key2: 'updated' }));
    // The adoption ends the lease, and does no more.
    expect(untimed(await adopt(keyturn))).toEqual(untimed({ ...said, secrets: [] }));
    keyturn.clock.advance((said.blockedBy[0]?.retryAfterSeconds ?? 0) * 1000);
    expect(await adopt(keyturn)).toEqual({ ...said, outcome: 'adopted', blockedBy: [] });
  });

  it.each<[string, Scene, stops: string[]]>([
    ['a secret of somebody else’s', store(names.direct, 'x'), ['paused', 'foreign-secret']],
    ['a worker that is at it', all(adopted, heldBy('another')), ['paused', 'busy']],
    ['nothing else', () => {}, ['paused']],
  ])('names a pause first, and looks all the same: %s', async (_, scene, stops) => {
    const keyturn = await open(scene);
    await keyturn.app.setPause({ paused: true, reason: null }, operator);
    expect(stopsOf(await preview(keyturn, anyone))).toEqual(stops);
  });

  it('tells of nothing to do, and calls no endpoint of a target that is control-plane-only', async () => {
    const keyturn = await open(() => {}, 'control-plane-only');
    const calls = () => keyturn.azure.calls.filter(({ host }) => host.includes('cognitiveservices')).length;
    expect(await preview(keyturn, anyone)).toMatchObject({ outcome: 'adopted' });
    await adopt(keyturn);
    const said = await preview(keyturn, anyone);
    expect([said.outcome, changesOf(said)]).toEqual(['already-adopted', change({})]);
    expect(calls()).toBe(0);
  });

  it('does not know what depends on a pointer that lies deleted', async () => {
    const keyturn = await open(all(adopted, deleted('pointer')));
    const said = await preview(keyturn, anyone);
    expect(changesOf(said)).toEqual(change({ pointer: 'recovered', direct: 'unknown' }));
    expect(pointerOf(said)).toBeNull();
    const ran = await adopt(keyturn);
    expect([changesOf(ran), pointerOf(ran)]).toEqual([change({ pointer: 'recovered' }), 'key1']);
  });

  it('names the action that is missing', async () => {
    const keyturn = await open(loseRole(/vaults\/kv-ai102-secure$/));
    const { blockedBy } = await preview(keyturn, anyone);
    expect(blockedBy).toMatchObject([
      { reason: 'vault-access-denied', missingAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action' },
    ]);
  });

  it('claims a pointer of another instance, and says so', async () => {
    const keyturn = await open(
      all(
        adopted,
        alter('pointer', (tags) => ({ tags: { ...tags, 'keyturn-instance': 'other' } })),
      ),
    );
    expect(await preview(keyturn, { activeSlot: null, takeOver: true })).toMatchObject({
      blockedBy: [{ reason: 'settling' }],
      changed: [{ secret: names.pointer, change: 'updated' }],
    });
  });
});
