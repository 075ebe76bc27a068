import type { World } from '../world.ts';
import type { HardeningChange, HardeningWorld } from './hardening-world.ts';

export function set(world: World, change: Partial<HardeningWorld>): void {
  world.hardening = { ...world.hardening, ...change };
}

/** A change takes place, unless what it rests on is gone. Answers whether it did. */
export function applyHardening(world: World, change: HardeningChange): boolean {
  const { hardening } = world;
  switch (change.kind) {
    case 'rules':
      set(world, { rules: change.rules });
      return true;
    case 'local-auth':
      world.facts = { ...world.facts, localAuthDisabled: change.disabled };
      if (change.disabled) set(world, { keysLingerUntilMs: world.nowMs + hardening.keysLingerMs });
      return true;
    case 'private-endpoint':
      set(world, { connection: hardening.connection ?? 'Pending' });
      return true;
    case 'connection':
      if (hardening.connection === null) return false;
      set(world, { connection: 'Approved' });
      return true;
    case 'zone':
      set(world, { zoneExists: true });
      return true;
    case 'zone-link':
      set(world, { zoneLinked: true });
      return true;
    case 'zone-group':
      if (hardening.connection === null) return false;
      set(world, { zoneGroup: true });
      return true;
    case 'assign': {
      const { wanted } = change;
      const others = hardening.assignments.filter(({ name }) => name !== wanted.name);
      const made = { ...wanted, hasCondition: false, createdAtMs: world.nowMs };
      set(world, { assignments: [...others, made] });
      return true;
    }
    case 'unassign':
      set(world, { assignments: hardening.assignments.filter(({ name }) => name !== change.name) });
      return true;
    case 'identity':
      set(world, {
        identityMadeAtMs: hardening.identityMadeAtMs ?? world.nowMs,
        identities: [...hardening.identities.filter(({ armId }) => armId !== change.identity.armId), change.identity],
      });
      return true;
    case 'row':
      if ((hardening.row?.etag ?? null) !== change.etag) return false;
      set(world, { row: { fields: change.fields, etag: change.newEtag, savedAtMs: world.nowMs } });
      return true;
  }
}
