import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoDefinition } from '../../local/demo/demo-world.ts';
import { neededActions, readingActions } from '../../src/hardening/network/needed-actions.ts';
import { features, type Permission, permissions } from '../../src/shared/permissions.ts';

const page = join(import.meta.dirname, '../../docs/security.md');
const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8');

/** The permissions of one part of Keyturn, a row each. */
function table(part: 'rotation' | 'hardening'): string {
  const rows = permissions.flatMap((one) => {
    const own = one.features.filter((feature) => features[feature].part === part);
    const spared = (one.spared ?? []).filter((feature) => features[feature].part === part);
    if (own.length + spared.length === 0) return [];
    const uses = [own.join(', '), spared.length === 0 ? '' : `(${spared.join(', ')})`].filter((text) => text !== '');
    const silent = one.silent === true ? '; without it they are just not found' : '';
    return [`| ${one.call}${silent} | ${one.kind} \`${one.name}\` | ${one.scope} | ${uses.join(' ')} | ${one.role} |`];
  });
  return [
    `<!-- ${part} -->`,
    '| call | action or data action | scope | for | role that has it |',
    '|---|---|---|---|---|',
    ...rows,
    `<!-- /${part} -->`,
  ].join('\n');
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
    const text = read('docs/security.md').replaceAll(
      /<!-- (rotation|hardening) -->\n[\s\S]*?<!-- \/\1 -->/g,
      (_, part: 'rotation' | 'hardening') => table(part),
    );
    expect(text).toContain('<!-- rotation -->');
    expect(text).toContain('<!-- hardening -->');
    await expect(text).toMatchFileSnapshot(page);
  });
});

describe('the roles of infra/ give what the table says, and nothing more:', () => {
  const byRole = (role: Permission['role']) => names((one) => one.role === role);
  it.each<[string, readonly (readonly string[])[]]>([
    ['infra/key-rotator-role.bicep', [byRole('Keyturn Key Rotator')]],
    ['infra/secret-keeper-role.bicep', [byRole('Key Vault Secrets Officer')]],
    ['infra/hardening-role.bicep', [byRole('Keyturn Hardening'), byRole('Keyturn Access')]],
  ])('%s', (file, lists) => {
    expect(listsOf(file)).toEqual(lists);
  });

  it('and the identity of the demo has them', () => {
    const roles = Object.fromEntries(
      (demoDefinition.customRoles ?? []).map(({ name, actions = [] }) => [name, actions.toSorted()]),
    );
    expect(roles).toEqual({
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
  const named = [...Object.values(neededActions).flat(), ...readingActions];
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});
