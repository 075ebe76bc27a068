import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultDefinition } from '../../local/simulated-azure/default-world.ts';
import { builtInRoles } from '../../local/simulated-azure/roles.ts';
import { permissions } from '../../src/shared/permissions.ts';
import { type Deployed, deployed, everyDeployment, type Resource } from './deployed.ts';

const roleTable =
  readFileSync('docs/security.md', 'utf8')
    .split(/^## Roles$/m)[1]
    ?.split(/^## /m)[0] ?? '';
const grants = readFileSync('infra/grants.bicep', 'utf8');
const topicAccess = readFileSync('infra/vault-topic-access.bicep', 'utf8');

/** The built-in roles that a template names. */
function rolesOf(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^ {2}'?([A-Z][\w ]+?)'?: '([0-9a-f-]{36})'$/gm)].map(([, name = '', guid = '']) => [name, guid]),
  );
}

const builtIn = { ...rolesOf(grants), ...rolesOf(topicAccess) };

/** What an expression of the snapshot stands for: whose principal, which scope. */
const principals: readonly (readonly [RegExp, string])[] = [
  [/userAssignedIdentities\/.*principalId\]$/, 'Keyturn'],
  [/systemTopics\/(.*?)'.*identity\.principalId\]$/, 'the topic of a vault'],
  [/^33333333-/, 'Keyturn'],
];

function who({ properties }: Resource): string {
  const principal = String(properties.principalId);
  return principals.find(([pattern]) => pattern.test(principal))?.[1] ?? principal;
}

/** An assignment as a sentence: who, which role, on what. */
function assignments(deployment: Deployed): readonly string[] {
  const custom = deployment.ofType('Microsoft.Authorization/roleDefinitions');
  const names = new Map(custom.map(({ name, properties }) => [name, String(properties.roleName)]));
  for (const [name, guid] of Object.entries(builtIn)) names.set(guid, name);
  return deployment.ofType('Microsoft.Authorization/roleAssignments').map((one) => {
    const role = String(one.properties.roleDefinitionId).split('/').at(-1) ?? '';
    return `${who(one)}: ${names.get(role)} on ${scopeOf(one)}`;
  });
}

/** The scope stands first in the name's expression; where the principal was known beforehand, the id begins with it. */
function scopeOf({ name, id }: Resource): string {
  const [, scope = ''] = /^\[guid\('(.*?)'/.exec(name) ?? /^(.*)\/providers\/Microsoft\.Authorization/.exec(id) ?? [];
  return scope
    .replace('/subscriptions/', '')
    .replace(/^0{8}-0000-0000-0000-0{12}/, 'here')
    .replace(/\/providers\/[\w.]+/, '');
}

const minimal = deployed('minimal');
const tags = deployed('tags');

describe('the built-in roles', () => {
  it('are those that their names say', () => {
    const ids = Object.fromEntries(builtInRoles.map(({ roleName, guid }) => [roleName, guid]));
    expect(builtIn).toEqual(Object.fromEntries(Object.keys(builtIn).map((name) => [name, ids[name]])));
  });

  it("are those that the security page's table names", () => {
    const listed = [...roleTable.matchAll(/^\| ([A-Z][\w ,]+) \| built in\b/gm)].flatMap(([, names = '']) =>
      names.split(', '),
    );
    expect(listed.toSorted()).toEqual(Object.keys(builtIn).toSorted());
  });
});

describe('the custom roles', () => {
  const rows = everyDeployment.flatMap(({ name: from, ofType }) =>
    ofType('Microsoft.Authorization/roleDefinitions').map(({ id, properties }) => ({ from, id, ...properties })),
  );
  const of = (role: string, kind: 'action' | 'data action') =>
    [
      ...new Set(permissions.filter((one) => one.role === role && one.kind === kind).map(({ name }) => name)),
    ].toSorted();
  /** In place of the built-in role that the table names. */
  const inPlaceOf: Readonly<Record<string, string>> = { 'Keyturn Secret Keeper': 'Key Vault Secrets Officer' };

  it.each(rows)('$roleName of $from allow exactly what the code needs, in their own subscription alone', (row) => {
    const name = String(Object(row).roleName).replace(/ \(.*\)$/, '');
    const subscription = /^\/subscriptions\/[^/]+/.exec(row.id)?.[0];
    const role = inPlaceOf[name] ?? name;
    const [allowed] = Object(row).permissions;
    // Of what Reader gives, the one action that a subscription itself must allow.
    const actions = name === 'Keyturn Discovery' ? of('Reader', 'action').slice(-1) : of(role, 'action');
    expect((allowed.actions ?? []).toSorted()).toEqual(actions);
    expect((allowed.dataActions ?? []).toSorted()).toEqual(of(role, 'data action'));
    expect(Object.keys(allowed)).toHaveLength(1);
    expect(row).toMatchObject({ type: 'CustomRole', assignableScopes: [subscription] });
  });

  it('are all in some deployment', () => {
    const names = new Set(rows.map((row) => String(Object(row).roleName).replace(/ \(.*\)$/, '')));
    expect([...names].toSorted()).toEqual([
      'Keyturn Access',
      'Keyturn App Settings Keeper',
      'Keyturn Copy Keeper',
      'Keyturn Discovery',
      'Keyturn Hardening',
      'Keyturn Key Rotator',
      'Keyturn Reference Refresher',
      'Keyturn Secret Keeper',
    ]);
  });

  it.each(everyDeployment)('of $name have names that are one of a kind in the tenant', ({ ofType }) => {
    const names = ofType('Microsoft.Authorization/roleDefinitions').map(({ properties }) => properties.roleName);
    expect(new Set(names).size).toBe(names.length);
  });

  it('that rotates keys allows what the simulated identity may do', () => {
    const allowed = defaultDefinition.customRoles?.[0]?.actions;
    expect(allowed?.toSorted()).toEqual(of('Keyturn Key Rotator', 'action'));
  });
});

describe('who gets which role on what', () => {
  const storage = 'here/resourceGroups/rg-keyturn/storageAccounts/stkeyturnzeb2ugsbcdobw';

  it('in the smallest deployment', () => {
    expect(assignments(minimal)).toEqual([
      'Keyturn: Keyturn Key Rotator (func-keyturn-contoso) on here/resourceGroups/rg-contoso-ai/accounts/ai-contoso',
      'Keyturn: Key Vault Secrets Officer on here/resourceGroups/rg-contoso-ai/vaults/kv-contoso',
      `Keyturn: Storage Table Data Contributor on ${storage}`,
      `Keyturn: Storage Queue Data Contributor on ${storage}`,
      `Keyturn: Storage Blob Data Owner on ${storage}`,
      `the topic of a vault: Storage Queue Data Message Sender on ${storage}/queueServices/default/queues/keyturn-secret-events`,
      `the topic of a vault: Storage Blob Data Contributor on ${storage}/blobServices/default/containers/keyturn-dead-letters`,
    ]);
  });

  it('in a subscription in which tags make targets', () => {
    const own = '00000001-0000-0000-0000-000000000000';
    const inIt = assignments(tags).filter((one) => one.includes(`on ${own}`));
    const role = (name: string) => `Keyturn ${name} (func-keyturn-contoso, ${own})`;
    expect(inIt.toSorted()).toEqual(
      [
        `Keyturn: Reader on ${own}`,
        `Keyturn: ${role('Key Rotator')} on ${own}`,
        `Keyturn: ${role('Secret Keeper')} on ${own}/resourceGroups/rg-contoso-ai/vaults/kv-contoso-00000001`,
        `Keyturn: ${role('Copy Keeper')} on ${own}/resourceGroups/rg-contoso-web/vaults/kv-contoso-web/secrets/ai-key`,
        `Keyturn: ${role('Hardening')} on ${own}/resourceGroups/rg-contoso-ai`,
        `Keyturn: ${role('Access')} on ${own}/resourceGroups/rg-contoso-ai`,
      ].toSorted(),
    );
  });

  it('of what is its own, once it has a log and a topic', () => {
    const own = assignments(tags).filter((one) =>
      / on here\/resourceGroups\/rg-keyturn\/(components|topics)/.test(one),
    );
    expect(own).toEqual([
      'Keyturn: Monitoring Metrics Publisher on here/resourceGroups/rg-keyturn/components/appi-func-keyturn-contoso',
      'Keyturn: EventGrid Data Sender on here/resourceGroups/rg-keyturn/topics/evgt-func-keyturn-contoso',
    ]);
  });

  it('if none may be assigned: nobody any, and no role is made', () => {
    expect(assignments(deployed('existing'))).toEqual([]);
    expect(deployed('existing').ofType('Microsoft.Authorization/roleDefinitions')).toEqual([]);
  });

  it('if the owner of another subscription grants it: of that subscription alone, each once', () => {
    const group = 'here/resourceGroups/rg-contoso-';
    const role = (name: string) => `Keyturn ${name} (func-keyturn-contoso, 00000000-0000-0000-0000-000000000000)`;
    expect(assignments(deployed('grants'))).toEqual([
      `Keyturn: ${role('Discovery')} on here`,
      `Keyturn: ${role('Key Rotator')} on ${group}ai/accounts/ai-contoso`,
      `Keyturn: ${role('Secret Keeper')} on ${group}ai/vaults/kv-contoso`,
      `Keyturn: ${role('Copy Keeper')} on ${group}web/vaults/kv-contoso-web/secrets/ai-key`,
      `Keyturn: ${role('Copy Keeper')} on ${group}web/vaults/kv-contoso-app`,
      `Keyturn: ${role('App Settings Keeper')} on ${group}web/sites/app-contoso-web`,
      `Keyturn: ${role('Reference Refresher')} on ${group}web/sites/app-contoso-direct`,
      `Keyturn: Reader on ${group}tags`,
      `Keyturn: ${role('Key Rotator')} on ${group}tags`,
      `Keyturn: ${role('Hardening')} on ${group}ai`,
      `Keyturn: ${role('Access')} on ${group}ai`,
    ]);
  });
});

describe('the assignments of', () => {
  it.each(everyDeployment)(
    '$name hold their principal in their name, so that a new one collides with none',
    (deployment) => {
      for (const { name, properties, id } of deployment.ofType('Microsoft.Authorization/roleAssignments')) {
        const principal = String(properties.principalId).replace(/^\[(.*)\]$/, '$1');
        if (principal === '33333333-3333-3333-3333-333333333333') expect(name).toMatch(/^[0-9a-f-]{36}$/);
        else expect(name, id).toContain(`, ${principal}, `);
        expect(properties.principalType).toBe('ServicePrincipal');
      }
    },
  );

  it.each(everyDeployment)('$name, and all else in it, are there once', ({ resources }) => {
    const ids = resources.map(({ id }) => id.toLowerCase());
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  const conditions = everyDeployment.flatMap(({ name, ofType }) =>
    ofType('Microsoft.Authorization/roleAssignments').flatMap(({ properties: { condition } }) =>
      typeof condition === 'string' ? [{ name, condition }] : [],
    ),
  );

  it.each(conditions)('$name that let roles be given have a condition with roles in it', ({ condition }) => {
    const lists = [...condition.matchAll(/GuidEquals \{(.*?)\}/g)].map(([, list]) => list);
    expect(lists).toHaveLength(2);
    for (const list of lists) expect(list).toMatch(/^[0-9a-f-]{36}(, [0-9a-f-]{36})*$/);
  });

  it('usgovernment, if no role may be given, let none be given', () => {
    expect(conditions.map(({ name }) => name)).toEqual(['grants', 'tags', 'tags']);
    expect(assignments(deployed('usgovernment')).filter((one) => one.includes('Access'))).toEqual([]);
  });

  it('the condition is the one that the page on security shows', () => {
    const page = /^```\n(\(\n[\s\S]*?)^```$/m.exec(readFileSync('docs/security.md', 'utf8'))?.[1] ?? '';
    const bare = (text: string) => text.replaceAll(/\s/g, '');
    expect(conditions.filter(({ name }) => name === 'tags').map(({ condition }) => bare(condition))).toEqual([
      bare(page),
      bare(page),
    ]);
  });
});
