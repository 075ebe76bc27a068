import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import { namedInCli } from '../../../src/diagnosis/finding.ts';
import { permissions } from '../../../src/shared/permissions.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { azCommandsIn, azFaultsIn, azVerbs, placeholders, roleGuids, roleNames } from './az-commands.ts';

const pages = globSync(['README.md', 'docs/*.md', 'local/README.md', 'infra/README.md']);
/** What prints commands, or runs them. */
const sources = globSync(['src/**/*.ts', 'infra/app-registration/register.sh', 'azure.yaml']);
/** As it is printed, but for what is put in at run time. */
const textOf = (file: string) =>
  readFileSync(file, 'utf8')
    .replaceAll(/\$\{namedInCli\([^)]*\)\}/g, namedInCli(buildTarget().account))
    .replaceAll(/\$\{[^}]*\}/g, 'x');

describe('a command of the Azure CLI', () => {
  it.each([...pages, ...sources].filter((file) => textOf(file).includes('az ')))(
    'is one that it takes, with a role that there is, in %s',
    (file) => {
      expect(azFaultsIn(textOf(file)).filter((fault) => fault !== '--role x')).toEqual([]);
    },
  );

  it('stands in the list for a reason', () => {
    const printed = [...pages, ...sources].flatMap((file) => azCommandsIn(textOf(file)));
    const used = printed.map(({ verb, options }) => [verb, ...options]);
    expect(
      Object.entries(azVerbs).flatMap(([verb, options]) => {
        const seen = used.filter(([one]) => one === verb).flat();
        return [verb, ...options.split(' ')]
          .filter((one) => one !== '' && !seen.includes(one))
          .map((one) => [verb, one]);
      }),
    ).toEqual([]);
  });

  it.each([
    ['az keyvault sekret show --name x', 'az keyvault sekret show'],
    ['az tag list --resource x', 'az tag list --resource'],
    ['`az role assignment create --role "Keyturn Rotator" --scope x`', '--role Keyturn Rotator'],
    ['X=$(az tag list \\\n  --scope x)', 'az tag list --scope'],
  ])('is refused as it should be: %s', (text, fault) => {
    expect(azFaultsIn(text)).toEqual([fault]);
  });
});

it('a script that a page runs is there, and takes the options that are printed', () => {
  const run = pages.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\bsh (\S+\.sh)((?: --[a-z]+)*)/g)]);
  const faults = run.filter(([, script = '', options = '']) => {
    if (!existsSync(script)) return true;
    const text = readFileSync(script, 'utf8');
    return options.split(' ').some((option) => option !== '' && !text.includes(`    ${option})`));
  });
  expect(run.map(([command]) => command)).toContain('sh infra/app-registration/register.sh --admin');
  expect(faults.map(([command]) => command)).toEqual([]);
});

describe('what is to be filled in', () => {
  /** In shell lines, and in code that goes with a sentence. */
  const shell = pages.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ *```sh\n([\s\S]*?)^ *```$|`((?:az|curl) [^`]*)`/gm)].map(
      ([, block, span]) => block ?? span ?? '',
    ),
  );
  const named = (texts: readonly string[]) =>
    texts.flatMap((text) => [...text.matchAll(/<([a-z][^<>\n]*)>/g)].map(([, name = '']) => name));

  it('is one of a closed list', () => {
    expect(named(shell).filter((name) => !placeholders.includes(name))).toEqual([]);
  });

  it('is listed in the runbook, and used', () => {
    const listed = /A command runs as it is printed[\s\S]*?\n\n/.exec(readFileSync('docs/operations.md', 'utf8'));
    expect([...new Set(named([listed?.[0] ?? '']))].sort()).toEqual([...placeholders].sort());
    const used = [...named(shell), ...named(sources.map(textOf))];
    expect(placeholders.filter((name) => !used.includes(name))).toEqual([]);
  });
});

describe('a role', () => {
  const known = new Set([...roleNames, ...builtInRoles.map(({ roleName }) => roleName)]);

  it('that gives a permission is one that infra/ makes or gives, or one for calls without keys', () => {
    expect(permissions.map(({ role }) => role).filter((role) => !roleNames.has(role))).toEqual([]);
  });

  it('that a page or a sentence names is called as there', () => {
    const named = [...pages, ...sources].flatMap((file) =>
      [
        ...textOf(file)
          .replaceAll(/formerNames: \[[^\]]*\]/g, '')
          .matchAll(
            /\b(?:Cognitive Services|Key Vault|EventGrid|Keyturn)(?: [A-Z][A-Za-z]+)* (?:Reader|User|Contributor|Officer|Sender|Rotator|Hardening|Access|Keeper|Recognizer|Deployment|Writer)\b(?: \(Preview\))?/g,
          ),
      ].map(([name]) => name),
    );
    expect(named).toContain('Keyturn Key Rotator');
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('that the condition on giving roles allows is one for calls without keys', () => {
    const page = readFileSync('docs/security.md', 'utf8');
    const guids = [...page.matchAll(/^ +\{([0-9a-f, -]{36,})\}$/gm)].flatMap(([, list = '']) => list.split(', '));
    expect(guids).toHaveLength(4);
    expect(guids.filter((guid) => !roleGuids.has(guid))).toEqual([]);
  });
});
