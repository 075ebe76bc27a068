import type { HardeningArea } from '../../../src/hardening/ports.ts';
import type { Call } from '../../memory-world/call.ts';
import { makeKey, setKeys, type World } from '../world.ts';
import { type HardeningWorld, ownPrincipalId } from './hardening-world.ts';
import { description } from './requests.ts';

/** What a person outside may do to the account. */
const hardeningActs = [
  'open the network to everybody',
  'close the public door',
  'list an address of their own',
  'delete the private endpoint',
  'unlink the zone',
  'lock the account for a day',
  'turn keys off',
  'turn keys on',
  "take Keyturn's role away",
  'take away what Keyturn gave',
  'make an assignment of Keyturn their own',
  'regenerate the active key',
] as const;
export type HardeningAct = (typeof hardeningActs)[number];

const actsOn: Readonly<Record<HardeningArea, readonly HardeningAct[]>> = {
  network: hardeningActs.slice(0, 7),
  access: [
    'close the public door',
    ...([
      "take Keyturn's role away",
      'take away what Keyturn gave',
      'make an assignment of Keyturn their own',
    ] as const),
  ],
  keyless: [
    ...(['close the public door', 'lock the account for a day', 'turn keys off', 'turn keys on'] as const),
    ...(["take Keyturn's role away", 'regenerate the active key'] as const),
  ],
};

/** Whether the act would change anything. */
function canDo({ hardening, facts }: World, act: HardeningAct): boolean {
  const { rules, connection, zoneLinked, assignments } = hardening;
  switch (act) {
    case 'open the network to everybody':
      return rules.publicNetworkAccess !== 'Enabled' || rules.defaultAction !== 'Allow';
    case 'close the public door':
      return rules.publicNetworkAccess !== 'Disabled';
    case 'list an address of their own':
      return true;
    case 'delete the private endpoint':
      return connection !== null;
    case 'unlink the zone':
      return zoneLinked;
    case 'lock the account for a day':
      return hardening.lockedUntilMs === 0;
    case 'turn keys off':
      return !facts.localAuthDisabled;
    case 'turn keys on':
      return facts.localAuthDisabled;
    case "take Keyturn's role away":
      return assignments.some(({ principalId }) => principalId === ownPrincipalId);
    case 'take away what Keyturn gave':
    case 'make an assignment of Keyturn their own':
      return assignments.some((one) => one.description === description);
    case 'regenerate the active key':
      return !facts.localAuthDisabled;
  }
}

/** Acts that can matter to a call as they could not before it: those that a read sees, and all of them before a write. */
export function hardeningActsAt(
  world: World,
  area: HardeningArea,
  { service, operation }: Call,
  effect: 'read' | 'write',
): readonly HardeningAct[] {
  const isSeen = service === 'arm' && (effect === 'write' || operation === 'get' || operation === 'list');
  return isSeen ? hardeningActsAtRest(world, area) : [];
}

export function hardeningActsAtRest(world: World, area: HardeningArea): readonly HardeningAct[] {
  return actsOn[area].filter((act) => canDo(world, act));
}

/** Does the act. */
export function actOnHardening(world: World, act: HardeningAct): void {
  if (act === 'lock the account for a day')
    world.hardening = { ...world.hardening, lockedUntilMs: world.nowMs + 26 * 3_600_000 };
  world.hardening = { ...world.hardening, ...ofHardening(world.hardening, act) };
  if (act === 'turn keys off' || act === 'turn keys on')
    world.facts = { ...world.facts, localAuthDisabled: act === 'turn keys off' };
  if (act === 'regenerate the active key') setKeys(world, { ...world.keys, key1: makeKey(world) });
}

function ofHardening({ rules, assignments }: HardeningWorld, act: HardeningAct): Partial<HardeningWorld> {
  switch (act) {
    case 'open the network to everybody':
      return { rules: { ...rules, publicNetworkAccess: 'Enabled', defaultAction: 'Allow' } };
    case 'close the public door':
      return { rules: { ...rules, publicNetworkAccess: 'Disabled' } };
    case 'list an address of their own':
      return { rules: { ...rules, publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: ['192.0.2.77'] } };
    case 'delete the private endpoint':
      return { connection: null, zoneGroup: false };
    case 'unlink the zone':
      return { zoneLinked: false };
    case "take Keyturn's role away":
      return { assignments: assignments.filter(({ principalId }) => principalId !== ownPrincipalId) };
    case 'take away what Keyturn gave':
      return { assignments: assignments.filter((one) => one.description !== description) };
    case 'make an assignment of Keyturn their own':
      return {
        assignments: assignments.map((one) =>
          one.description === description ? { ...one, description: 'contoso needs it' } : one,
        ),
      };
    default:
      return {};
  }
}
