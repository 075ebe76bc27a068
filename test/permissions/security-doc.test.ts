import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoDefinition } from '../../local/demo/demo-world.ts';
import { neededActions } from '../../src/hardening/network/needed-actions.ts';
import { type Permission, permissions } from '../../src/shared/permissions.ts';

const page = join(import.meta.dirname, '../../docs/security.md');
const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

const ownTables = [
  'Keyturn Key Rotator',
  'Key Vault Secrets Officer',
  'Keyturn Copy Keeper',
  'Keyturn App Settings Keeper',
  'Keyturn Reference Refresher',
  'Keyturn Hardening',
  'Keyturn Access',
];

/** The permissions that a role gives, a row each; `others` are the roles of a row or two. */
function table(part: string): string {
  const isOthers = part === 'others';
  const rows = permissions
    .filter(({ role }) => (isOthers ? !ownTables.includes(role) : role === part))
    .map((one) => {
      const spared = (one.spared ?? []).length === 0 ? '' : `(${one.spared?.join(', ')})`;
      const uses = [one.features.join(', '), spared].filter((text) => text !== '').join(' ');
      const silent = one.silent === true ? '; without it they are just not found' : '';
      const name = isOthers ? `${one.role}: ${one.kind} \`${one.name}\`` : `\`${one.name}\``;
      return `| ${name} | ${one.call}${silent} | ${one.scope} | ${uses} |`;
    });
  return ['| name | to | scope | for |', '|---|---|---|---|', ...rows].join('\n');
}

function names(which: (one: Permission) => boolean): readonly string[] {
  return [...new Set(permissions.filter(which).map(({ name }) => name))].sort();
}

/** The lists of actions of a template, in its order. */
function listsOf(file: string): readonly (readonly string[])[] {
  const lists = [...read(file).matchAll(/(?:dataA|a)ctions: \[\n([\s\S]*?)\]/g)];
  return lists.map(([, text = '']) => [...text.matchAll(/'(.+?)'/g)].map(([, name = '']) => name).sort());
}

describe('docs/security.md', () => {
  it('lists the permissions that the code does', async () => {
    const parts = [...ownTables, 'others'];
    const text = parts.reduce((made, part) => {
      const [before = '', rest = ''] = made.split(`<!-- ${part} -->\n`);
      const after = rest.slice(rest.indexOf('<!-- / -->'));
      expect(after).not.toBe('');
      return `${before}<!-- ${part} -->\n${table(part)}\n${after}`;
    }, read('docs/security.md'));
    await expect(text).toMatchFileSnapshot(page);
  });
});

describe('the roles of infra/ give what the table says, and nothing more:', () => {
  const byRole = (role: Permission['role']) => names((one) => one.role === role);
  it.each<[string, readonly (readonly string[])[]]>([
    ['infra/key-rotator-role.bicep', [byRole('Keyturn Key Rotator')]],
    ['infra/secret-keeper-role.bicep', [byRole('Key Vault Secrets Officer')]],
    [
      'infra/copy-keeper-role.bicep',
      [byRole('Keyturn Copy Keeper'), byRole('Keyturn App Settings Keeper'), byRole('Keyturn Reference Refresher')],
    ],
    ['infra/hardening-role.bicep', [byRole('Keyturn Hardening'), byRole('Keyturn Access')]],
  ])('%s', (file, lists) => {
    expect(listsOf(file)).toEqual(lists);
  });

  it('and the identity of the demo has them', () => {
    const roles = Object.fromEntries(
      (demoDefinition.customRoles ?? []).map(({ name, actions = [], dataActions = [] }) => [
        name,
        [...actions, ...dataActions].toSorted(),
      ]),
    );
    expect(roles).toEqual({
      'Keyturn Copy Keeper': byRole('Keyturn Copy Keeper'),
      'Keyturn Key Rotator': byRole('Keyturn Key Rotator'),
      'Keyturn Hardening': byRole('Keyturn Hardening'),
      'Keyturn Access': byRole('Keyturn Access'),
    });
    const held = demoDefinition.roleAssignments?.filter(({ principal }) => principal === 'func-keyturn');
    expect(held?.map(({ role }) => role)).toEqual(expect.arrayContaining(Object.keys(roles)));
  });
});

it('a plan of a network names actions of the table', () => {
  const known = names(({ features: uses }) => uses.includes('network'));
  const named = Object.values(neededActions).flat();
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});
