import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app/create-app.ts';
import type { AccountRow } from '../../../src/rotation/account-row.ts';
import { fixedTargets } from '../../../src/targets/target-source.ts';
import { deliverAll } from '../../memory-world/deliver-all.ts';
import { operator } from '../../memory-world/life.ts';
import { memoryWorld } from '../../memory-world/memory-world.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';

const hourMs = 60 * 60_000;

describe('the endpoint', () => {
  it('that a person has set right in the vault is not put back by a rotation', async () => {
    const target = buildTarget();
    const world = memoryWorld();
    const app = createApp({ ...world.ports, targets: fixedTargets([target]) });
    await app.adopt('demo', { activeSlot: null }, operator);
    world.clock.advance(target.policy.overlapMs + hourMs);
    // The account gets a custom subdomain; the person stores it where consumers read it.
    const endpoint = 'https://ai-secure-demo-custom.cognitiveservices.azure.com/';
    Object.assign(world.account.facts, { endpoint });
    world.vault.put({ name: 'ai-services-endpoint', contentType: null, tags: {}, expiresAtMs: null }, endpoint);
    await app.sweep();
    const seen = await app.readTarget('demo');
    expect(seen).toMatchObject({ kind: 'found', target: { drift: [] } });
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    await deliverAll(world, app);
    expect(world.vault.value('ai-services-endpoint')).toBe(endpoint);
  });
});

describe('settings changed in mid-rotation', () => {
  const direct = { kind: 'direct', directSecretName: 'ai-services-key' } as const;
  it('expedite without a number keeps consumers of the adopted direct value in mind', async () => {
    const asAdopted = buildTarget({ layout: direct, policy: { overlapMs: 26 * hourMs } });
    const world = memoryWorld();
    const app = createApp({ ...world.ports, targets: fixedTargets([asAdopted]) });
    await app.adopt('demo', { activeSlot: null }, operator);
    world.clock.advance(30 * hourMs);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const row = () => world.journal.row?.fields as AccountRow;
    for (let i = 0; i < 50 && row().rotation?.kind !== 'overlapping'; i += 1) {
      const next = world.queue.shift();
      if (next === undefined) break;
      if (next.dueAtMs > world.clock.nowMs()) world.clock.advance(next.dueAtMs - world.clock.nowMs());
      await app.advance(next.wakeUp);
    }
    expect(row().rotation?.kind).toBe('overlapping');
    const old = world.account.keys.key1;
    const switchedAtMs = world.clock.nowMs();
    // Consumers are to move to the pointer: the settings say so from now on, nothing is adopted again yet.
    const later = createApp({ ...world.ports, targets: fixedTargets([buildTarget()]) });
    const id = row().rotation?.kind === 'overlapping' ? (row().rotation as { rotationId: string }).rotationId : '';
    const asked = await later.expedite('demo', id, { reason: 'contoso', overlapSeconds: null }, operator);
    await deliverAll(world, later, () => {
      if (world.account.keys.key1 !== old && hours === null) hours = (world.clock.nowMs() - switchedAtMs) / hourMs;
    });
    expect({ asked: asked.kind, hours }).toMatchObject({ hours: expect.closeTo(26, 0) });
  });
  let hours: number | null = null;

  it('a direct value that is adopted while the rotation is suspended gets the overlap that its consumers need', async () => {
    const before = buildTarget();
    const after = buildTarget({ layout: direct, policy: { overlapMs: 26 * hourMs } });
    const world = memoryWorld();
    const app = createApp({ ...world.ports, targets: fixedTargets([before]) });
    const row = () => world.journal.row?.fields as AccountRow;
    await app.adopt('demo', { activeSlot: null }, operator);
    world.clock.advance(3 * hourMs);
    await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
    const pointer = 'ai-services-active-key';
    const tags = () => world.vault.versionsOf(pointer).at(-1)?.version.tags ?? {};
    let spoilt = false;
    world.adversary = {
      before(call) {
        if (spoilt || call.operation !== 'get' || row().rotation?.kind !== 'switching') return;
        spoilt = true;
        world.vault.put({ name: pointer, contentType: null, tags: tags(), expiresAtMs: null }, 'nonsense');
      },
    };
    await deliverAll(world, app);
    const rotation = row().rotation;
    if (rotation?.kind !== 'suspended') throw new TypeError(`not suspended: ${rotation?.kind}`);
    world.vault.put({ name: pointer, contentType: null, tags: tags(), expiresAtMs: null }, 'key1');
    // While it waits for a person, the settings get a direct value for App Service, with the overlap that they demand.
    const later = createApp({ ...world.ports, targets: fixedTargets([after]) });
    expect(await later.adopt('demo', { activeSlot: null }, operator)).toMatchObject({ kind: 'adopted' });
    expect(world.vault.value('ai-services-key')).toBe(world.account.keys.key1);
    const old = world.account.keys.key1;
    // An app reads its reference now, and refreshes it within 24 h, as the settings say.
    const readAtMs = world.clock.nowMs();
    await later.resume('demo', rotation.from.rotationId, operator);
    let goneAfterH: number | null = null;
    await deliverAll(world, later, () => {
      if (world.account.keys.key1 !== old) goneAfterH ??= (world.clock.nowMs() - readAtMs) / hourMs;
    });
    expect(row().lastEnd?.outcome).toBe('completed');
    expect(goneAfterH).toBeGreaterThan(24);
  });
});
