import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import { namedInCli } from '../../../src/diagnosis/finding.ts';
import { permissions } from '../../../src/shared/permissions.ts';
import { declaredTargets } from '../../../src/targets/declared-targets.ts';
import { buildTarget } from '../../memory-world/target-builder.ts';
import { azCommandsIn, azFaultsIn, azVerbs, otherVerbs, placeholders, roleGuids, roleNames } from './az-commands.ts';

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

describe('a line of shell in the pages on deploying', () => {
  const deploying = [
    'docs/deploy.md',
    'docs/upgrade.md',
    'docs/settings.md',
    'docs/targets-document.md',
    'infra/README.md',
  ];
  const lines = deploying.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].flatMap(([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => ({ page, line })),
    ),
  );
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  const azdReads = new Set([
    ...[...readFileSync('infra/azd.bicepparam', 'utf8').matchAll(/readEnvironmentVariable\(\s*'(\w+)'/g)].map(
      ([, name = '']) => name,
    ),
    // azd's own: https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables
    'AZURE_RESOURCE_GROUP',
  ]);

  /** What is wrong with a line; null: nothing, or nobody here can tell. */
  function faultOf(line: string): string | null {
    // What is put into a variable, or defined for the lines after it, is a command too.
    const command = line.replace(/^\w+=\$\((.*)\)$/, '$1').replace(/^\w+\(\) \{ (.*); \}$/, '$1');
    const [tool = ''] = command.split(' ');
    if (/^[A-Z]+=https:\S+$/.test(command) || command === 'outputs grants > grants.parameters.json') return null;
    const missing = [...command.matchAll(/\b(?:infra|docs|src)\/[\w./-]+/g)].filter(([path]) => !existsSync(path));
    if (missing.length > 0) return `no file ${missing[0]}`;
    switch (tool) {
      case 'az':
        return azFaultsIn(command)[0] ?? null;
      // Run by test/infra/register.test.ts, and sent by calls.test.ts.
      case 'sh':
      case 'curl':
        return null;
      case 'npm': {
        const [, script = ''] = /^npm run (\S+)$/.exec(command) ?? [];
        return script in scripts ? null : `no script ${command}`;
      }
      default: {
        const verb = Object.keys(otherVerbs).find((one) => command.startsWith(`${one} `) || command === one);
        if (verb === undefined) return `not known: ${command}`;
        const options = [...command.matchAll(/ (--[a-z-]+)/g)].map(([, option = '']) => option);
        const [unknown] = options.filter((option) => !otherVerbs[verb]?.split(' ').includes(option));
        if (unknown !== undefined) return `${verb} ${unknown}`;
        const [, name] = /^azd env set (\w+) \S+$/.exec(command) ?? [];
        return verb === 'azd env set' && !azdReads.has(name ?? '') ? `azd reads no ${name}` : null;
      }
    }
  }

  it.each(lines)('is one that its tool takes, with files that are there: $page $line', ({ line }) => {
    expect(faultOf(line)).toBeNull();
  });

  it('is found', () => {
    expect(lines.length).toBeGreaterThan(15);
    const printed = lines.map(({ line }) => line);
    const unused = Object.keys(otherVerbs).filter((verb) => !printed.some((line) => line.startsWith(verb)));
    expect(unused).toEqual([]);
  });

  it.each([
    ['azd upp', 'not known: azd upp'],
    ['azd up --no-promt', 'azd up --no-promt'],
    ['azd env set KEYTURN_TARGET []', 'azd reads no KEYTURN_TARGET'],
    ['npm run pakage', 'no script npm run pakage'],
    ['sh infra/app-registration/regster.sh', 'no file infra/app-registration/regster.sh'],
    ['api=$(az acount show --query id)', 'az acount show'],
    ['gh release downlod v1', 'not known: gh release downlod v1'],
  ])('is refused as it should be: %s', (line, fault) => {
    expect(faultOf(line)).toBe(fault);
  });

  it('reads the outputs of the deployment that it has made, under the name that it gave it', () => {
    const names = lines.flatMap(({ line }) => / deployment group (?:create|show) .*--name (\S+)/.exec(line)?.[1] ?? []);
    expect(names.length).toBe(2);
    expect(new Set(names).size).toBe(1);
    const { outputs } = JSON.parse(readFileSync('infra/azuredeploy.json', 'utf8'));
    const read = lines.flatMap(({ line }) => [...line.matchAll(/\boutputs (\w+)/g)].map(([, name = '']) => name));
    expect(read.toSorted()).toEqual(['grants', 'vaultTopicPrincipalIds']);
    expect(read.filter((name) => !(name in outputs))).toEqual([]);
  });

  it('names the app of main.bicepparam, its package, and the container of the targets document', () => {
    const text = lines.map(({ line }) => line).join('\n');
    const parameters = readFileSync('infra/main.bicepparam', 'utf8');
    const [, app = ''] = /^param name = '(.*)'$/m.exec(parameters) ?? [];
    expect(text).toContain(`--name ${app} --src artifacts/keyturn.zip`);
    expect(text).toContain(`KEYTURN=https://${app}.azurewebsites.net`);
    const [, place = ''] = /such as `([\w./-]+)`/.exec(readFileSync('docs/targets-document.md', 'utf8')) ?? [];
    const [container = '', ...blob] = place.split('/');
    expect(text).toContain(`--container-name ${container} --name ${blob.join('/')}`);
    const [target = ''] = /targets\/([\w-]+)\/adopt/.exec(text)?.slice(1) ?? [];
    expect(parameters).toContain(`name: '${target}'`);
  });
});

describe('the targets that a page shows', () => {
  it('are ones that the app takes', () => {
    const [, json = ''] = /^```json\n(\[[\s\S]*?)^```$/m.exec(readFileSync('docs/settings.md', 'utf8')) ?? [];
    const whole = json.replaceAll('/subscriptions/…/', '/subscriptions/00000000-0000-0000-0000-000000000000/');
    const { problems, targets } = declaredTargets(JSON.parse(whole), 'vault.azure.net', 'targets');
    expect(problems).toEqual([]);
    expect(targets).toHaveLength(1);
  });
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
