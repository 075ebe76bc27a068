import { keyFingerprints } from '../../../../src/keys/key-fingerprints.ts';
import { accountTags, instanceTag } from '../../../../src/keys/ownership-tags.ts';
import type { Target, TargetPolicy } from '../../../../src/keys/target.ts';
import type { Steps } from '../../../../src/rotation/decision.ts';
import type { OwnedAccount } from '../../../../src/rotation/owned-account.ts';
import { perform } from '../../../../src/rotation/run/round.ts';
import { openSession, type Session } from '../../../../src/rotation/run/session.ts';
import type { ActiveState, StateKind, States } from '../../../../src/rotation/state.ts';
import type { StepOutcome } from '../../../../src/rotation/states/state-page.ts';
import { SecretText } from '../../../../src/shared/secret-text.ts';
import type { Slot } from '../../../../src/shared/slot.ts';
import { type MemoryWorld, memoryWorld } from '../../../memory-world/memory-world.ts';
import { buildCopy, buildTarget } from '../../../memory-world/target-builder.ts';
import { buildRow, buildState, hourMs } from '../../row-builder.ts';

const salt = 'salt';
const longAgoMs = 24 * hourMs;

type Part = 'key1' | 'key2' | 'endpoint' | 'active-key' | 'key';
const nameOf = (part: Part) => `ai-services-${part}`;
const writes: readonly string[] = ['set', 'set-tags', 'disable', 'recover', 'regenerate'];

/** One step of a rotation in a world of its own: the real session and the real ports, under a lease that holds. */
export interface Scene {
  readonly world: MemoryWorld;
  readonly target: Target;
  readonly session: Session;
  /** What the row was saved with, in order. */
  readonly saved: (ActiveState | null)[];
  /** Stores a version that carries this target's tags, or others, and answers its id. */
  put(part: Part, value: string, tags?: Readonly<Record<string, string>>): string;
  /** Fingerprints of both keys as the account has them now. */
  fingerprints(): ReturnType<typeof keyFingerprints>;
  version(part: Part): string;
  /** What was sent to Azure that changes anything, such as `set ai-services-key2`. */
  sent(): readonly string[];
  /** @param instead the session, in case a test answers some calls itself */
  perform(step: Step, instead?: Session): Promise<StepOutcome>;
  /** From now on a save before an effect finds that an operator's request came in. */
  requestComesIn(): void;
  /** What happens right after each save before an effect. */
  onIntent(act: () => void): void;
}

/** A target whose key1 is active and whose secrets have stood for three hours. */
export function stepScene(
  layout: Target['layout']['kind'] = 'pointer',
  policy: Partial<TargetPolicy> = {},
  copies: Target['copies'] = [],
): Scene {
  const world = memoryWorld();
  const { account, vault, clock } = world;
  const target = buildTarget({
    policy,
    copies,
    layout: layout === 'direct' ? { kind: 'direct', directSecretName: nameOf('key') } : { kind: 'pointer' },
  });
  const ours = accountTags(target.account.armId);
  const put: Scene['put'] = (part, value, tags) => {
    const own = part === 'active-key' ? { ...ours, [instanceTag]: world.ports.instance } : ours;
    return vault.put({ name: nameOf(part), contentType: null, tags: tags ?? own, expiresAtMs: null }, value).version;
  };
  put('key1', account.keys.key1);
  put('key2', account.keys.key2);
  put('endpoint', account.facts.endpoint);
  put('active-key', 'key1');
  if (layout === 'direct') put('key', account.keys.key1);

  const version = (part: Part) => vault.versionsOf(nameOf(part)).at(-1)?.version.version ?? 'none';
  const saved: (ActiveState | null)[] = [];
  let isRequested = false;
  let afterIntent = () => {};
  const owned: OwnedAccount = {
    row: buildRow({
      internalId: account.facts.internalId,
      endpoint: account.facts.endpoint,
      instance: world.ports.instance,
      lastSeen: { pointer: 'key1', versions: versionsOf(), sinceMs: clock.nowMs() - longAgoMs },
    }),
    fence: () => true,
    nowMs: clock.nowMs,
    saveIntent: async ({ rotation }) => {
      if (isRequested) return 'request-came-in';
      saved.push(activeOf(rotation));
      afterIntent();
      return 'saved';
    },
    saveResult: async ({ rotation }) => {
      saved.push(activeOf(rotation));
    },
    keepLease: async () => {},
    release: async () => 'released',
    giveBack: async () => {},
    remove: async () => 'conflict',
  };
  function versionsOf() {
    return {
      pointer: version('active-key'),
      key1: version('key1'),
      key2: version('key2'),
      direct: layout === 'direct' ? version('key') : null,
    };
  }
  clock.advance(3 * hourMs);

  const session = openSession(world.ports, target, owned);
  return {
    world,
    target,
    session,
    saved,
    put,
    version,
    fingerprints: () =>
      keyFingerprints({ key1: new SecretText(account.keys.key1), key2: new SecretText(account.keys.key2) }, salt),
    sent: () =>
      world.calls.flatMap(({ operation, subject }) => (writes.includes(operation) ? [`${operation} ${subject}`] : [])),
    perform: (step, instead = session) => perform(instead, step.state, step, () => 0),
    requestComesIn: () => {
      isRequested = true;
    },
    onIntent: (act) => {
      afterIntent = act;
    },
  };
}

function activeOf(rotation: Parameters<OwnedAccount['saveIntent']>[0]['rotation']): ActiveState | null {
  return rotation == null || rotation.kind === 'suspended' ? null : rotation;
}

type Step = Steps[StateKind];

/** A step as the rotation would take it now, with the world that asks for it. */
export interface Ready extends Scene {
  readonly step: Step;
  /** What the step sends, if nothing keeps it from it. */
  readonly sends: readonly string[];
}

type Layout = Target['layout']['kind'];
const times = (scene: Scene) => {
  const nowMs = scene.world.clock.nowMs();
  return { stateSinceMs: nowMs, deadlineMs: nowMs + longAgoMs };
};
const versionsBefore = (scene: Scene, layout: Layout) => ({
  pointer: scene.version('active-key'),
  key1: scene.version('key1'),
  key2: scene.version('key2'),
  direct: layout === 'direct' ? scene.version('key') : null,
});

function begun(layout: Layout) {
  const scene = stepScene(layout);
  return { scene, before: { fingerprintsBefore: scene.fingerprints(), versionsBefore: versionsBefore(scene, layout) } };
}
/** The inactive key was recreated, and is not stored yet. */
function made(layout: Layout) {
  const { scene, before } = begun(layout);
  scene.world.account.regenerate('key2');
  return { scene, published: { ...before, newFingerprint: scene.fingerprints().key2 } };
}
function stored(layout: Layout) {
  const { scene, published } = made(layout);
  scene.put('key2', scene.world.account.keys.key2);
  return { scene, published: { ...published, newSecretVersion: scene.version('key2') } };
}
/** Consumers use key2, and have for three hours. */
function switched(layout: Layout) {
  const { scene, published } = stored(layout);
  const { world } = scene;
  const switchedAtVaultMs = world.vault.nowMs();
  if (layout === 'direct') scene.put('key', world.account.keys.key2);
  scene.put('active-key', 'key2');
  world.clock.advance(3 * hourMs);
  const followed = {
    pointer: scene.version('active-key'),
    key: scene.version('key2'),
    direct: layout === 'direct' ? scene.version('key') : null,
  };
  return { scene, since: { ...published, followed, switchedAtVaultMs } };
}
function retired(layout: Layout) {
  const { scene, since } = switched(layout);
  scene.world.account.regenerate('key1');
  return { scene, since: { ...since, newInactiveFingerprint: scene.fingerprints().key1 } };
}

const regenerate = (scene: Scene, step: Steps['regenerating' | 'retiring']): Ready => ({
  ...scene,
  step,
  sends: [`regenerate ${step.slot}`],
});

/** A copy that holds the key of `slot`, and has for three hours. */
function copyScene(slot: Slot): Scene {
  const scene = stepScene('pointer', {}, [buildCopy('web')]);
  const { vault, account, clock } = scene.world;
  vault.put({ name: 'copy-web', contentType: null, tags: {}, expiresAtMs: null }, account.keys[slot]);
  clock.advance(3 * hourMs);
  return scene;
}

/** Every write of a rotation, in every state that makes it, by its name. */
export const everyWrite: Readonly<Record<string, () => Ready>> = {
  'proving the vault writable': () => {
    const { scene } = begun('direct');
    const state = buildState('preparing', { ...times(scene), vaultVerifiedAtMs: null });
    return { ...scene, step: { kind: 'verify-vault-writable', state }, sends: ['set ai-services-endpoint'] };
  },
  'giving a copy the active key before the inactive one is regenerated': () => {
    const scene = copyScene('key2');
    const state = buildState('preparing', times(scene));
    const { key1: fingerprint } = scene.fingerprints();
    const step = { kind: 'write-copy', state, copy: 'web', slot: 'key1', fingerprint } as const;
    return { ...scene, step, sends: ['set copy-web'] };
  },
  'proving a copy writable': () => {
    const scene = copyScene('key1');
    const state = buildState('preparing', times(scene));
    return { ...scene, step: { kind: 'verify-copy-writable', state, copy: 'web' }, sends: ['set-tags copy-web'] };
  },
  'giving a copy the new key': () => {
    const scene = copyScene('key1');
    const before = { fingerprintsBefore: scene.fingerprints(), versionsBefore: versionsBefore(scene, 'pointer') };
    scene.world.account.regenerate('key2');
    scene.put('key2', scene.world.account.keys.key2);
    const switchedAtVaultMs = scene.world.vault.nowMs();
    scene.put('active-key', 'key2');
    const followed = { pointer: scene.version('active-key'), key: scene.version('key2'), direct: null };
    const { key2: newFingerprint } = scene.fingerprints();
    const state = buildState('updating-copies', {
      ...{ ...times(scene), ...before, newFingerprint, followed, switchedAtVaultMs },
      overlapUntilMs: scene.world.clock.nowMs() + hourMs,
    });
    const step = { kind: 'write-copy', state, copy: 'web', slot: 'key2', fingerprint: newFingerprint } as const;
    return { ...scene, step, sends: ['set copy-web'] };
  },
  'regenerating the inactive key': () => {
    const { scene, before } = begun('direct');
    const state = buildState('regenerating', { ...times(scene), ...before });
    return regenerate(scene, { kind: 'regenerate', state, slot: 'key2' });
  },
  'storing the new key': () => {
    const { scene, published } = made('direct');
    const state = buildState('publishing', { ...times(scene), ...published });
    return {
      ...scene,
      step: { kind: 'store-key', state, slot: 'key2', fingerprint: state.newFingerprint },
      sends: ['set ai-services-key2'],
    };
  },
  'giving the new key to who reads the direct value': () => {
    const { scene, published } = stored('direct');
    const state = buildState('switching', { ...times(scene), ...published });
    return { ...scene, step: { kind: 'store-direct', state, slot: 'key2' }, sends: ['set ai-services-key'] };
  },
  'moving the pointer to the new key': () => {
    const { scene, published } = stored('pointer');
    const state = buildState('switching', { ...times(scene), ...published });
    return {
      ...scene,
      step: { kind: 'store-pointer', state, slot: 'key2' },
      sends: ['set ai-services-active-key'],
    };
  },
  'regenerating the key that was active': () => {
    const { scene, since } = switched('direct');
    const state = buildState('retiring', { ...times(scene), ...since });
    return regenerate(scene, { kind: 'regenerate', state, slot: 'key1' });
  },
  "storing the retired slot's new key": () => {
    const { scene, since } = retired('direct');
    const state = buildState('restocking', { ...times(scene), ...since });
    return {
      ...scene,
      step: { kind: 'store-key', state, slot: 'key1', fingerprint: state.newInactiveFingerprint },
      sends: ['set ai-services-key1'],
    };
  },
  'disabling superseded versions': () => {
    const { scene, since } = retired('pointer');
    scene.put('key1', scene.world.account.keys.key1);
    const versions = [
      { name: nameOf('key1'), version: since.versionsBefore.key1 },
      { name: nameOf('key2'), version: since.versionsBefore.key2 },
    ];
    const state = buildState('confirming', {
      ...{ ...times(scene), ...since, newInactiveSecretVersion: scene.version('key1') },
      ...{ agreed: true, refusal: 'seen', superseded: versions, giveUpAtMs: scene.world.clock.nowMs() + longAgoMs },
    });
    return {
      ...scene,
      step: { kind: 'disable-versions', state, versions, leave: [] },
      sends: ['disable ai-services-key1', 'disable ai-services-key2'],
    };
  },
  'giving the old key back to who reads the direct value': () => {
    const { scene, since } = switched('direct');
    const state = buildState('rolling-back', { ...times(scene), ...since });
    return { ...scene, step: { kind: 'store-direct', state, slot: 'key1' }, sends: ['set ai-services-key'] };
  },
  'moving the pointer back': () => {
    const { scene, since } = switched('pointer');
    const state = buildState('rolling-back', { ...times(scene), ...since });
    return {
      ...scene,
      step: { kind: 'store-pointer', state, slot: 'key1' },
      sends: ['set ai-services-active-key'],
    };
  },
  'storing the key that a cancelled rotation made': () => {
    const { scene, published } = made('direct');
    return { ...scene, ...cancelling(scene, published, 'store-key', 'key2'), sends: ['set ai-services-key2'] };
  },
  'taking the direct value back for a cancelled rotation': () => {
    const { scene, published } = stored('direct');
    scene.put('key', scene.world.account.keys.key2);
    return { ...scene, ...cancelling(scene, published, 'store-direct', 'key1'), sends: ['set ai-services-key'] };
  },
};

function cancelling(
  scene: Scene,
  { fingerprintsBefore, versionsBefore }: Pick<States['publishing'], 'fingerprintsBefore' | 'versionsBefore'>,
  kind: 'store-key' | 'store-direct',
  slot: Slot,
): { readonly step: Step } {
  const state = buildState('cancelling', {
    ...times(scene),
    before: { fingerprints: fingerprintsBefore, versions: versionsBefore },
    firstLook: { fingerprint: scene.fingerprints().key2, atMs: scene.world.clock.nowMs() - hourMs },
  });
  const fingerprint = scene.fingerprints().key2;
  return { step: kind === 'store-key' ? { kind, state, slot, fingerprint } : { kind, state, slot } };
}
