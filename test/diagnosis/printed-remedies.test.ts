import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { DiagnosisFacts } from '../../src/diagnosis/diagnosis-facts.ts';
import type { RotationStatus } from '../../src/diagnosis/ports.ts';
import { accountKinds } from '../../src/keys/account-kinds.ts';
import type { RefusalReason } from '../../src/shared/refusals.ts';
import { azCommandsIn, azFaultsIn, placeholders } from '../pages/printed/az-commands.ts';
import { printedApp } from '../pages/printed/printed-app.ts';
import { buildFacts, exposure, fingerprints, nowMs, pointer, refused, secret, snapshot } from './facts-builder.ts';

const vault = (change: object) => ({ vault: { kind: 'answered', value: { ...snapshot, ...change } } }) as const;
const selected = { publicNetworkAccess: 'Enabled', defaultAction: 'Deny', ipRules: [] };
const off = exposure({ localAuthDisabled: true });
const status = (kind: RotationStatus['kind'], reason: string): Partial<DiagnosisFacts> => {
  const words = { detail: 'So it is.', whatToDo: 'Do so.', lastFailure: null };
  return { status: { kind: 'answered', value: { kind, rotationId: 'r-1', reason, ...words } } };
};
const lasting: readonly RefusalReason[] = [
  ...(['identity-not-found', 'token-invalid', 'subscription-in-another-tenant', 'subscription-disabled'] as const),
  ...(['subscription-not-found', 'provider-not-registered', 'deny-assignment', 'azure-policy'] as const),
  ...(['account-not-found', 'resource-lock', 'vault-in-another-tenant', 'vault-perimeter-denied'] as const),
];

/** Between them they print every call and every command that a diagnosis knows. */
const faulty: readonly Partial<DiagnosisFacts>[] = [
  status('suspended', 'resource-lock'),
  {
    ...status('suspended', 'resource-lock'),
    locks: { kind: 'answered', value: [{ id: '/subscriptions/s/l', name: 'l', level: 'ReadOnly' }] },
  },
  status('overdue', 'not-due'),
  ...lasting.flatMap((reason) => [{ keys: refused(reason, 'Some') }, { vault: refused(reason, 'Some') }]),
  ...['ForbiddenByRbac', 'ForbiddenByPolicy', 'ForbiddenByFirewall', 'ForbiddenByConnection', 'ENOTFOUND'].flatMap(
    (code) => [
      { vault: refused('vault-access-denied', code) },
      { vault: refused('vault-access-denied', code), principalId: null },
    ],
  ),
  { keys: refused('account-access-denied', 'AuthorizationFailed') },
  { exposure: exposure({ provisioningState: 'Failed' }) },
  { exposure: off, token: { kind: 'denied' } },
  { exposure: exposure({ localAuthDisabled: true, kind: 'OpenAI' }), token: { kind: 'denied' } },
  { exposure: off, token: { kind: 'no-custom-subdomain' } },
  { names: { ...buildFacts().names, account: { host: 'h', found: { kind: 'no-such-name' } } } },
  { exposure: exposure({ connections: [{ status: 'Approved' }] }) },
  { exposure: exposure({ rules: selected }) },
  { exposure: exposure({ rules: { ...selected, publicNetworkAccess: 'Disabled' } }) },
  vault({ pointer: pointer('key3') }),
  vault({ key1: { kind: 'disabled' } }),
  { keys: { kind: 'answered', value: fingerprints('other', 'two') } },
  { leaked: { kind: 'answered', value: ['key1'] } },
  vault({ pointer: pointer('key1', nowMs - 60_000), key2: secret('two', nowMs) }),
];

const fixes = faulty.flatMap((facts) => diagnose(buildFacts(facts))).flatMap(({ fix }) => fix ?? []);
const calls = fixes.flatMap(({ call }) => call ?? []);
const commands = [...new Set(fixes.flatMap(({ command }) => command ?? []))];

describe('a call that a diagnosis prints', () => {
  it.each(calls.map((call) => [`${call.method} ${call.path}`, call] as const))(
    'is one that the API takes: %s',
    async (_, { method, path, body }) => {
      const { send } = await printedApp();
      // A POST without a body is refused in front of the app for want of a Content-Length.
      if (method === 'GET') expect(body).toBeNull();
      else expect(body).toBeInstanceOf(Object);
      const { status, reason } = await send({ method, path, body: body ?? undefined });
      expect([400, 404, 405, 411, 415, 500].includes(status) ? `${status} ${reason}` : null).toBeNull();
    },
  );
});

describe('a command that a diagnosis prints', () => {
  it.each(commands)('is one that the Azure CLI takes: %s', (command) => {
    expect(azCommandsIn(command)).not.toEqual([]);
    expect(azFaultsIn(command)).toEqual([]);
    for (const [, name] of command.matchAll(/<([^>]*)>/g)) expect(placeholders).toContain(name);
  });

  it.each(Object.entries(accountKinds))(
    'names a role that lets an identity call an account of kind %s',
    (kind, row) => {
      const off = exposure({ localAuthDisabled: true, kind });
      const [found] = diagnose(buildFacts({ exposure: off, token: { kind: 'denied' } })).filter(
        ({ finding }) => finding === 'role-missing',
      );
      const role = row.roles[0] ?? { name: 'Cognitive Services User', guid: 'a97b65f3-24c7-4388-baec-2e87135dc908' };
      expect(found?.fix?.text).toContain(`Grant ${role.name}, `);
      expect(found?.fix?.command).toContain(` --role ${role.guid} `);
      expect(found?.fix?.call?.body).toEqual({ identities: [{ keyturn: true, roles: [role.name] }] });
    },
  );
});
