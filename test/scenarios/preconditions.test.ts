import { describe, expect, it } from 'vitest';
import type { Vault, VaultSecretVersion } from '../../local/simulated-azure/world.ts';
import type { ActiveState } from '../../src/rotation/state.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { person } from './person.ts';
import { currentKey, type SimulatedKeyturn, secretValue, simulatedKeyturn } from './simulated-keyturn.ts';
import { operator, rotationOf } from './steered-rotation.ts';

const layout = { kind: 'direct', directSecretName: 'sql-password' } as const;
const names = {
  key1: 'payment-key1',
  key2: 'payment-key2',
  endpoint: 'payment-endpoint',
  pointer: 'payment-active-key',
  direct: 'sql-password',
} as const;
type Part = keyof typeof names;
const parts = Object.keys(names) as Part[];
const states = ['enabled', 'disabled', 'deleted'] as const;
type State = (typeof states)[number];

/** A target whose prefix and direct-value secret a person with nothing but the right to write tags may have chosen. */
const open = () => simulatedKeyturn({ prefix: 'payment', layout });

/** A secret as somebody left it. */
function lay(
  { vault, clock }: SimulatedKeyturn,
  name: string,
  state: State,
  { value = 'somebody else’s', tags = {} }: { value?: string; tags?: Record<string, string> } = {},
): void {
  const seconds = Math.floor(clock.nowMs() / 1000);
  const version: VaultSecretVersion = {
    version: name
      .padEnd(32, '0')
      .slice(0, 32)
      .replaceAll(/[^0-9a-z]/g, 'f'),
    value,
    contentType: 'text/x-contoso',
    tags,
    enabled: state !== 'disabled',
    notBefore: null,
    expires: null,
    created: seconds,
    updated: seconds,
    managed: false,
  };
  const list = state === 'deleted' ? vault.deletedSecrets : vault.secrets;
  for (const all of [vault.secrets, vault.deletedSecrets]) {
    const at = all.findIndex((one) => one.name === name);
    if (at >= 0) all.splice(at, 1);
  }
  const deletedAtMs = state === 'deleted' ? clock.nowMs() - 60_000 : null;
  list.push({ name, versions: [version], deletedAtMs, busyUntilMs: 0 });
}

const lies = ({ vault }: SimulatedKeyturn) => JSON.stringify([vault.secrets, vault.deletedSecrets]);

/** Adopts as an operator does: a vault that may have another writer is left to settle first. */
async function adopt({ app, clock }: SimulatedKeyturn, activeSlot: 'key1' | 'key2' | null = null) {
  const first = await app.adopt('demo', { activeSlot }, operator);
  if (first.kind !== 'not-now' || first.reason !== 'settling') return first;
  clock.advance(first.retryAfterMs ?? 0);
  return await app.adopt('demo', { activeSlot }, operator);
}

/** Each of a target's secrets in each state that a secret can be in. */
const everyone = parts.flatMap((part) => states.map((state) => [part, state] as const));

describe('an adoption over a secret that is somebody else’s changes nothing', () => {
  it.each(everyone)('%s, %s', async (part, state) => {
    const keyturn = open();
    lay(keyturn, names[part], state);
    const before = lies(keyturn);
    const said =
      part !== 'pointer' || state === 'deleted'
        ? { reason: 'foreign-secret', detail: expect.stringContaining(names[part]) }
        : { reason: state === 'enabled' ? 'pointer-invalid' : 'pointer-disabled' };
    expect(await adopt(keyturn, 'key1')).toMatchObject({ kind: 'not-now', ...said });
    expect(lies(keyturn)).toBe(before);
  });

  it.each(everyone)('%s, %s, tagged with the id of another account', async (part, state) => {
    const keyturn = open();
    const ProviderAddress = keyturn.target.account.armId.replace(/accounts\/.*/, 'accounts/payments');
    const value = part === 'pointer' ? 'key1' : 'somebody else’s';
    lay(keyturn, names[part], state, { value, tags: { ProviderAddress } });
    const before = lies(keyturn);
    const reason = part === 'pointer' && state === 'disabled' ? 'pointer-disabled' : 'secrets-of-another-account';
    expect(await adopt(keyturn, 'key1')).toMatchObject({ kind: 'not-now', reason });
    expect(lies(keyturn)).toBe(before);
  });
});

describe('a secret that somebody has just deleted', () => {
  it('for some seconds stands nowhere: an adoption looks twice before it writes', async () => {
    const keyturn = open();
    lay(keyturn, names.direct, 'enabled');
    await person(keyturn).deleteSecret(names.direct);
    const secretsBefore = keyturn.vault.secrets.length;
    expect(await adopt(keyturn)).toMatchObject({ kind: 'not-now', reason: 'foreign-secret' });
    expect(keyturn.vault.secrets).toHaveLength(secretsBefore);
    expect(keyturn.vault.deletedSecrets).toHaveLength(1);
  });
});

describe('a repair over a secret that somebody else made under a name of the target changes nothing', () => {
  it.each(everyone)('%s, %s', async (part, state) => {
    const keyturn = open();
    await adopt(keyturn);
    // Ours was purged.
    lay(keyturn, names[part], state);
    const before = lies(keyturn);
    const reason = part === 'pointer' && state === 'disabled' ? 'pointer-disabled' : 'foreign-secret';
    expect(await keyturn.app.repair('demo', operator)).toMatchObject({ kind: 'not-now', reason });
    expect(lies(keyturn)).toBe(before);
  });
});

describe('a secret that is ours is brought back with its own tags', () => {
  const mended = parts.flatMap((part) =>
    (['disabled', 'deleted'] as const).flatMap((state) =>
      part === 'pointer' && state === 'disabled' ? [] : [[part, state] as const],
    ),
  );
  for (const way of ['adopt', 'repair'] as const)
    it.each(mended)(`%s, %s, by ${way}`, async (part, state) => {
      const keyturn = open();
      const { vault, clock, app } = keyturn;
      await adopt(keyturn);
      const secret = vault.secrets.find(({ name }) => name === names[part]);
      if (secret === undefined) throw new TypeError('not stored');
      const newest = secret.versions.at(-1);
      if (newest === undefined) throw new TypeError('no version');
      secret.versions[secret.versions.length - 1] = {
        ...newest,
        tags: { ...newest.tags, team: 'vision' },
        enabled: state !== 'disabled',
      };
      if (state === 'deleted') await person(keyturn).deleteSecret(names[part]);
      clock.advance(60_000);
      const answer = way === 'adopt' ? await adopt(keyturn) : await app.repair('demo', operator);
      expect(answer).toMatchObject({ kind: way === 'adopt' ? 'adopted' : 'repaired' });
      expect(secretValue(vault, names[part])).not.toBeNull();
      const now = vault.secrets.find(({ name }) => name === names[part])?.versions.at(-1);
      expect(now).toMatchObject({ enabled: true, tags: { ...newest.tags, team: 'vision' } });
    });
});

describe('a value that a person stored over ours, without tags', () => {
  it.each(['key1', 'key2', 'endpoint', 'pointer', 'direct'] as const)(
    '%s: repair stores the right one',
    async (part) => {
      const keyturn = open();
      const { account, vault, target } = keyturn;
      await adopt(keyturn);
      await person(keyturn).store(names[part], 'a slip of the hand');
      expect(await keyturn.app.repair('demo', operator)).toMatchObject({ kind: 'repaired' });
      const right = {
        key1: currentKey(account, 'key1'),
        key2: currentKey(account, 'key2'),
        endpoint: `https://${account.name}.cognitiveservices.azure.com/`,
        pointer: 'key1',
        direct: currentKey(account, 'key1'),
      };
      expect(secretValue(vault, names[part])).toBe(right[part]);
      expect(vault.secrets.find(({ name }) => name === names[part])?.versions.at(-1)?.tags).toMatchObject({
        service: 'cognitive-services',
        ProviderAddress: target.account.armId,
      });
    },
  );
});

/** Gives a secret's current version as many tags of somebody's. */
function tagHeavily(vault: Vault, name: string, count: number): void {
  const versions = vault.secrets.find((one) => one.name === name)?.versions ?? [];
  const newest = versions.pop();
  if (newest === undefined) throw new TypeError(`no ${name}`);
  const more = Object.fromEntries(Array.from({ length: count }, (_, n) => [`team-${n}`, 'contoso']));
  versions.push({ ...newest, tags: { ...newest.tags, ...more } });
}

/** How many tags of other people's leave no room for Keyturn's own: 15, less five, three or two. */
const tooMany = { key1: 11, key2: 11, endpoint: 14, pointer: 13, direct: 11 } as const;

const regenerated = ({ account }: SimulatedKeyturn) => account.keys.length - 2;
const driftOf = async ({ app }: SimulatedKeyturn) => {
  const answer = await app.readTarget('demo');
  return answer.kind === 'found' ? answer.target.drift.map(({ reason }) => reason) : [];
};

describe('a secret without room for Keyturn’s tags', () => {
  it.each(parts)('%s: is not adopted, and nothing is written', async (part) => {
    const keyturn = open();
    const { account, vault } = keyturn;
    const right = {
      key1: currentKey(account, 'key1'),
      key2: currentKey(account, 'key2'),
      endpoint: `https://${account.name}.cognitiveservices.azure.com/`,
      pointer: 'key1',
      direct: currentKey(account, 'key1'),
    };
    lay(keyturn, names[part], 'enabled', { value: right[part] });
    tagHeavily(vault, names[part], tooMany[part]);
    const before = lies(keyturn);
    const detail = expect.stringContaining(names[part]);
    expect(await adopt(keyturn)).toMatchObject({ kind: 'not-now', reason: 'too-many-tags', detail });
    expect(lies(keyturn)).toBe(before);
  });

  it.each(parts)('%s: is adopted with one tag less', async (part) => {
    const keyturn = open();
    await adopt(keyturn);
    tagHeavily(keyturn.vault, names[part], tooMany[part] - 1);
    await person(keyturn).deleteSecret(names[part]);
    keyturn.clock.advance(60_000);
    expect(await adopt(keyturn)).toMatchObject({ kind: 'adopted' });
  });

  it.each(parts)('%s: is found by the sweep, and keeps a rotation from its first write', async (part) => {
    const keyturn = open();
    const { app, vault, clock, journal, target } = keyturn;
    await adopt(keyturn);
    clock.advance(3 * target.policy.overlapMs);
    tagHeavily(vault, names[part], tooMany[part]);
    const before = lies(keyturn);
    await app.sweep();
    expect(await driftOf(keyturn)).toEqual(['too-many-tags']);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason: 'too-many-tags' });
    expect(regenerated(keyturn)).toBe(0);
    expect(lies(keyturn)).toBe(before);
  });
});

describe('the endpoint that a rotation stores before all else', () => {
  it.each([
    ['enabled', 'foreign-secret'],
    ['disabled', 'foreign-secret'],
    ['deleted', 'endpoint-deleted'],
  ] as const)('is left alone if it is somebody else’s: %s', async (state, reason) => {
    const keyturn = open();
    const { app, clock, journal, target } = keyturn;
    await adopt(keyturn);
    clock.advance(3 * target.policy.overlapMs);
    lay(keyturn, names.endpoint, state);
    const before = lies(keyturn);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason });
    expect(regenerated(keyturn)).toBe(0);
    expect(lies(keyturn)).toBe(before);
  });

  it('is stored over what a person put there by mistake', async () => {
    const keyturn = open();
    const { app, clock, journal, target, vault } = keyturn;
    await adopt(keyturn);
    clock.advance(3 * target.policy.overlapMs);
    await person(keyturn).store(names.endpoint, 'https://contoso.example/');
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toBeNull();
    expect(secretValue(vault, names.endpoint)).toBe('https://ai-secure-demo.cognitiveservices.azure.com/');
  });
});

describe('a secret that becomes somebody else’s, or full of tags, while a rotation is under way', () => {
  type Change = (keyturn: SimulatedKeyturn, name: string) => void;
  const fill: Change = ({ vault }, name) => tagHeavily(vault, name, 13);
  const give: Change = ({ vault }, name) => {
    const newest = vault.secrets.find((one) => one.name === name)?.versions.at(-1);
    Object.assign(newest?.tags ?? {}, { ProviderAddress: '/subscriptions/other' });
  };
  const replace: Change = (keyturn, name) => lay(keyturn, name, 'disabled');

  it.each<[string, 'key2' | 'direct' | 'pointer', string, Change, string]>([
    ['inactive secret', 'key2', 'publishing', fill, 'too-many-tags'],
    ['inactive secret', 'key2', 'publishing', give, 'secrets-of-another-account'],
    ['inactive secret', 'key2', 'publishing', replace, 'foreign-secret'],
    ['direct value', 'direct', 'switching', fill, 'too-many-tags'],
    ['direct value', 'direct', 'switching', give, 'secrets-of-another-account'],
    ['pointer', 'pointer', 'switching', fill, 'too-many-tags'],
    ['pointer', 'pointer', 'switching', give, 'secrets-of-another-account'],
  ])('%s: nothing is stored there (%s at %s)', async (_, part, state, change, reason) => {
    const keyturn = open();
    const { app, clock, journal, target, vault } = keyturn;
    await adopt(keyturn);
    clock.advance(3 * target.policy.overlapMs);
    let versions = 0;
    const count = () => vault.secrets.find(({ name }) => name === names[part])?.versions.length ?? 0;
    keyturn.afterEachCall(async () => {
      const rotation = rotationOf(journal);
      // Before the round that reads what it stores over.
      const isTime = rotation?.kind === 'regenerating' ? rotation.sent !== null : rotation?.kind === state;
      if (versions > 0 || !isTime || (part !== 'key2' && rotation?.kind !== state)) return;
      change(keyturn, names[part]);
      versions = count();
      // What was read before counts for five seconds.
      clock.advance(6_000);
    });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(versions).toBeGreaterThan(0);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason, from: { kind: state } });
    expect(count()).toBe(versions);
  });

  /** A person tags and disables key2's secret, once, at the first call of Azure for which it is time. */
  async function disableInactive(isTime: (rotation: ActiveState) => boolean, passesMs: number) {
    const keyturn = open();
    const { app, clock, journal, target, vault } = keyturn;
    await adopt(keyturn);
    clock.advance(3 * target.policy.overlapMs);
    let isDone = false;
    keyturn.afterEachCall(async () => {
      const rotation = rotationOf(journal);
      if (isDone || rotation === null || rotation.kind === 'suspended' || !isTime(rotation)) return;
      isDone = true;
      tagHeavily(vault, names.key2, 1);
      const versions = vault.secrets.find(({ name }) => name === names.key2)?.versions ?? [];
      const newest = versions.pop();
      if (newest !== undefined) versions.push({ ...newest, enabled: false });
      clock.advance(passesMs);
    });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    return keyturn;
  }

  it('keeps the tags of an inactive secret that a person disables, and stores the new key there', async () => {
    // What was read before counts for five seconds.
    const isSent = (rotation: ActiveState) => rotation.kind === 'regenerating' && rotation.sent !== null;
    const { journal, vault, account } = await disableInactive(isSent, 6_000);
    expect(rotationOf(journal)).toBeNull();
    expect(secretValue(vault, names.key2)).toBe(currentKey(account, 'key2'));
    expect(vault.secrets.find(({ name }) => name === names.key2)?.versions.at(-1)?.tags).toMatchObject({
      'team-0': 'contoso',
    });
  });

  it('leads nobody to a new key whose secret a person disables once it is stored', async () => {
    const { journal, vault } = await disableInactive(({ kind }) => kind === 'publishing', 0);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason: 'secret-changed' });
    expect(secretValue(vault, names.pointer)).toBe('key1');
  });
});

describe('an endpoint that ARM shows and Azure has not', () => {
  const evil = [
    'https://evil.example/',
    'http://ai-secure-demo.cognitiveservices.azure.com/',
    'https://cognitiveservices.azure.com.evil.example/',
    'https://ai-secure-demo.cognitiveservices.azure.com\\@evil.example/',
    'https://ai-secure-demo.cognitiveservices.azure.com:8443/',
    'https://evil@ai-secure-demo.cognitiveservices.azure.com/',
    'https://ai-secure-demo.cognitiveservices.azure.com./',
    'https://ai-secure-demo.cognitiveservices.azure.com/?to=evil',
    'https://ai-secure-demo.openai.azure.us/',
  ];
  const show = ({ account }: SimulatedKeyturn, endpoint: string) => {
    account.resource.properties.endpoint = endpoint;
  };

  it.each(evil)('%s is stored by no adoption, without a proof of keys either', async (endpoint) => {
    const keyturn = simulatedKeyturn({ prefix: 'payment', layout, policy: { probe: 'control-plane-only' } });
    show(keyturn, endpoint);
    const before = lies(keyturn);
    expect(await adopt(keyturn)).toMatchObject({ kind: 'not-now', reason: 'endpoint-not-azure' });
    expect(lies(keyturn)).toBe(before);
  });

  it('is stored by no repair and no rotation, and is a finding', async () => {
    const keyturn = open();
    const { app, clock, journal, target } = keyturn;
    await adopt(keyturn);
    clock.advance(3 * target.policy.overlapMs);
    const before = lies(keyturn);
    show(keyturn, 'https://evil.example/');
    await app.sweep();
    expect(await driftOf(keyturn)).toEqual(['endpoint-not-azure']);
    expect(await app.repair('demo', operator)).toMatchObject({ kind: 'not-now', reason: 'endpoint-not-azure' });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(journal, app);
    expect(rotationOf(journal)).toMatchObject({ kind: 'suspended', reason: 'endpoint-not-azure' });
    expect(regenerated(keyturn)).toBe(0);
    expect(lies(keyturn)).toBe(before);
  });
});
