import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** A source file, comments taken out. `path` is relative to the repository, with forward slashes. */
interface Source {
  readonly path: string;
  readonly code: string;
}

interface Rule {
  readonly rule: string;
  /** What to do instead: shown with every offence. */
  readonly instead: string;
  /** What in this file breaks the rule, as it stands there. */
  readonly offences: (source: Source) => readonly string[];
  /** A file that breaks the rule: shows that the rule can catch something. */
  readonly example: Source;
}

/** Which rooms of `src` a room may import; a room that is not named here is a feature. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  shared: [],
  keys: ['shared'],
  // One lease, fence, settle time and loop, for whatever must go on after a crash.
  durable: ['shared'],
  // What every setting means is said by the rooms that it is for.
  settings: ['azure', 'keys', 'rotation', 'targets', 'notifications', 'shared'],
  app: ['keys', 'rotation', 'targets', 'notifications', 'hardening', 'diagnosis', 'durable', 'shared'],
  api: ['app', 'shared'],
  triggers: ['api', 'app', 'shared'],
};
const featureMayImport = ['keys', 'hardening', 'durable', 'shared'];

/** What accounts are by their kind: data that adapters act on, so that it stands once. */
const kindsTable: readonly string[] = ['account-hosts.ts', 'account-kinds.ts', 'account-probe.ts', 'probe-calls.ts'];

const rules: readonly Rule[] = [
  {
    rule: 'imports follow the arrows triggers → api → app → features → durable, keys → shared',
    instead:
      'move what both need down into keys or shared, or hand it in as an argument from src/app/create-app.ts: features never import each other, nor what lies above them',
    offences: (source) =>
      roomImports(source)
        .filter(({ from, to }) => from !== 'azure' && !(mayImport[from] ?? featureMayImport).includes(to))
        .map(({ text }) => text),
    example: { path: 'src/rotation/advance.ts', code: "import { adopt } from '../targets/adopt.ts';" },
  },
  {
    rule: 'the areas of hardening never import each other',
    instead: 'move what both need up into src/hardening, or hand it in as an argument from src/app/hardening',
    offences: (source) => {
      const area = /^src\/hardening\/([^/]+)\//.exec(source.path)?.[1];
      return area === undefined ? [] : imported(source).filter((name) => /^\.\.\/[^./]+\//.test(name));
    },
    example: {
      path: 'src/hardening/access/role.ts',
      code: "import { close } from '../network/public-access-change.ts';",
    },
  },
  {
    rule: "adapters import the features' ports, shared and the table of account kinds, nothing else of ours",
    instead:
      "let the port in the feature's ports.ts say what it wants, with types of shared, and let the adapter answer in them",
    offences: (source) =>
      roomImports(source)
        .filter(({ from, to, file }) => from === 'azure' && to !== 'shared' && !/(?:^|\/)ports\.ts$/.test(file))
        .filter(({ to, file }) => !(to === 'keys' && kindsTable.includes(file)))
        .map(({ text }) => text),
    example: { path: 'src/azure/key-vault/secrets.ts', code: "import { gate } from '../../keys/gate.ts';" },
  },
  {
    rule: 'Azure SDK packages are imported in src/azure alone',
    instead: "add what you need to a port of the feature, and the call to that port's adapter in src/azure",
    offences: (source) =>
      inSrc(source) && !source.path.startsWith('src/azure/')
        ? imported(source).filter((name) => name.startsWith('@azure/') && name !== '@azure/functions')
        : [],
    example: {
      path: 'src/keys/key-fingerprints.ts',
      code: "const { SecretClient } = await import('@azure/keyvault-secrets');",
    },
  },
  {
    rule: '@azure/functions is imported in src/api, src/triggers and src/main.ts, for more than types in src/main.ts alone',
    instead:
      'write a plain function that answers a handler, list it in src/triggers/registrations.ts, and let src/main.ts register it',
    offences: ({ path: file, code }) => {
      if (!file.startsWith('src/') || file === 'src/main.ts') return [];
      const imports = code.match(/import [^;]*?'@azure\/functions'/g) ?? [];
      return imports.filter((text) => !/^src\/(?:api|triggers)\//.test(file) || !text.startsWith('import type'));
    },
    example: { path: 'src/triggers/sweep.timer.ts', code: "import { app } from '@azure/functions';" },
  },
  {
    rule: 'HTTP requests are made by one stack, in src/azure/http-stack.ts',
    instead:
      "give the SDK client `httpClient`, or send over `plainPipeline()`: Node's own fetch and https go round HTTPS_PROXY",
    offences: only(
      /\bfetch\(|createRemoteJWKSet|createEmptyPipeline|createDefaultHttpClient|\bhttps?\.(?:request|get)\(|from 'undici'/g,
      'src/azure/http-stack.ts',
    ),
    example: { path: 'src/azure/webhook.ts', code: 'await fetch(url);' },
  },
  {
    rule: 'the environment is read in src/settings/settings.ts alone',
    instead:
      'add the variable to the schema in src/settings/settings.ts, with its default and bound, and hand the value on',
    offences: only(/process\.env|import\.meta\.env/g, 'src/settings/settings.ts'),
    example: { path: 'src/azure/entra/credential.ts', code: "const id = process.env['AZURE_CLIENT_ID'];" },
  },
  {
    rule: 'time is read in src/azure/system-clock.ts alone',
    instead: 'take a Clock (src/shared/clock.ts) or the instant as an argument, so that a test can move time',
    offences: only(
      /Date\.now|new Date\(\)|performance\.now|setTimeout\(|setInterval\(|node:timers/g,
      'src/azure/system-clock.ts',
    ),
    example: { path: 'src/rotation/schedule/due.ts', code: 'const dueInMs = dueAtMs - Date.now();' },
  },
  {
    rule: 'chance comes in from src/main.ts',
    instead: 'take `random` as an argument, so that a test can say what it draws',
    offences: only(/Math\.random/g, 'src/main.ts'),
    example: { path: 'src/shared/retry-pace.ts', code: 'return pauseMs * Math.random();' },
  },
  {
    rule: 'src throws no bare Error',
    instead:
      'throw FailureError (src/shared/failure.ts), which says what to do next, or answer with a member of a union',
    // The fenced agent fails as Node's own sockets do, and to-failure.ts reads the code.
    offences: only(/\bnew Error\(|throw Error\(/g, 'src/azure/fenced-agent.ts'),
    example: { path: 'src/keys/gate.ts', code: "throw new Error('not adopted');" },
  },
  {
    rule: 'the console is written by the log and by src/main.ts alone',
    instead:
      'add a member to LogEvent (src/shared/log-event.ts) and log that: it has no free-form field that a key could slip into',
    offences: only(/\bconsole\b/g, 'src/main.ts', 'src/api/invocation-log.ts'),
    example: { path: 'src/azure/arm/accounts.ts', code: 'console.log(keys);' },
  },
  {
    rule: 'zod is imported as a namespace',
    instead:
      "write `import * as z from 'zod'`: with `import { z }` the bundle holds all of zod, in every language, at each cold start",
    offences: only(/import (?:type )?\{[^}]*\} from 'zod'/g),
    example: { path: 'src/rotation/state.ts', code: "import { z } from 'zod';" },
  },
  {
    rule: 'nothing is exported a second time',
    instead:
      'import from the file that defines it; src/triggers/registrations.ts is the one list, and it lists functions',
    offences: only(/export (?:type )?(?:\*|\{[^}]*\}) (?:as \w+ )?from/g),
    example: { path: 'src/keys/index.ts', code: "export * from './gate.ts';" },
  },
  {
    rule: 'what is shipped knows nothing of what is local',
    instead: 'reach everything at the address that it has in Azure; the local proxy answers there',
    offences: (source) =>
      inSrc(source)
        ? [
            ...imported(source).filter((name) => /\/(?:local|test|bench|tools)\//.test(name)),
            ...(source.code.match(/simulated/gi) ?? []),
          ]
        : [],
    example: { path: 'src/azure/arm/accounts.ts', code: "import { clock } from '../../local/clock.ts';" },
  },
  {
    rule: 'the consumer kit imports its own files and its peer alone',
    instead:
      'write what it needs into consumer/src, by its shape: applications install the kit without Keyturn, and its declarations import nothing',
    offences: (source) =>
      source.path.startsWith('consumer/')
        ? imported(source).filter((name) => !/^\.\/[\w-]+\.ts$/.test(name) && name !== '@azure/keyvault-secrets')
        : [],
    example: { path: 'consumer/src/kept-key.ts', code: "import type { Clock } from '../../src/shared/clock.ts';" },
  },
  {
    rule: 'neither the app nor what is local imports the consumer kit',
    instead: 'keep them apart: what both need stands in each of them, and a test holds the two against each other',
    offences: (source) =>
      source.path.startsWith('consumer/')
        ? []
        : imported(source).filter((name) => /(?:^|\/)consumer\/(?:src|dist)\/|^@keyturn\//.test(name)),
    example: { path: 'src/main.ts', code: "import { rotatingKey } from '@keyturn/consumer';" },
  },
  {
    rule: 'the command line imports of src the rows of the API, the shapes of its answers, and shared',
    instead:
      "ask the instance over its API: what the command line must know stands in an operation's row, or is answered",
    offences: (source) =>
      source.path.startsWith('cli/')
        ? imported(source).filter(
            (name) => /\/src\//.test(name) && !/\/src\/(?:api|shared)\/|\/src\/app\/api-views\.ts$/.test(name),
          )
        : [],
    example: { path: 'cli/commands/leak.ts', code: "import { leak } from '../../src/rotation/leak/leak.ts';" },
  },
  {
    rule: "the demo's picture of a rotation, in cli/screen, imports its own files and packages alone",
    instead: 'hand in what it shows as an argument: the command line and what is local both draw with it',
    offences: (source) =>
      source.path.startsWith('cli/screen/') ? imported(source).filter((name) => name.startsWith('..')) : [],
    example: { path: 'cli/screen/phases.ts', code: "import { lifecycle } from '../../src/rotation/lifecycle.ts';" },
  },
  {
    rule: 'of the command line only cli/screen is imported elsewhere, and only by what is local',
    instead: 'move what both need down into src/shared, or let it be asked over the API',
    offences: (source) =>
      source.path.startsWith('cli/')
        ? []
        : imported(source).filter(
            (name) =>
              /(?:^|\/)cli\//.test(name) && !(source.path.startsWith('local/') && name.includes('/cli/screen/')),
          ),
    example: { path: 'src/api/edge.ts', code: "import { exitCodes } from '../../cli/outcome.ts';" },
  },
  {
    rule: 'the dashboard runs in browsers, and nothing but its entry page leads there',
    instead:
      'let the page ask the admin API: browsers have neither Node nor the Azure clients, and download whatever the page imports',
    offences: (source) =>
      imported(source).filter((name) =>
        source.path.startsWith('dashboard/')
          ? /^(?:node:|@azure\/)|(?:^|\/)(?:local|test|tools|consumer)\//.test(name)
          : path.posix.join(path.posix.dirname(source.path), name).startsWith('dashboard/'),
      ),
    example: { path: 'dashboard/main.tsx', code: "import { readFile } from 'node:fs/promises';" },
  },
  {
    rule: 'what is local knows nothing of what is shipped',
    instead:
      'write it after the official documents and recordings, or drive the built bundle: two sides that share code agree on their mistakes',
    offences: (source) =>
      source.path.startsWith('local/') ? imported(source).filter((name) => /(?:^|\/)src\//.test(name)) : [],
    example: { path: 'local/simulated-azure/azure.ts', code: "import { slots } from '../../src/shared/slot.ts';" },
  },
];

const sources: readonly Source[] = globSync('{src,local,cli,dashboard,consumer/src}/**/*.{ts,tsx}', {
  exclude: ['**/node_modules/**'],
}).map((file) => ({
  path: file.replaceAll('\\', '/'),
  code: withoutComments(readFileSync(file, 'utf8')),
}));

describe('each rule', () => {
  it.each(rules)('holds: $rule', ({ offences, instead }) => {
    const broken = sources.flatMap((source) => offences(source).map((text) => `${source.path}: ${text}`));
    expect(broken, `${broken.join('\n')}\nInstead: ${instead}.`).toEqual([]);
  });

  it.each(rules)('catches its example: $rule', ({ offences, example }) => {
    expect(offences(example)).toHaveLength(1);
  });
});

it('the files are found', () => {
  expect(sources.map((source) => source.path)).toEqual(
    expect.arrayContaining([
      'src/main.ts',
      'src/keys/ports.ts',
      'local/simulated-azure/azure.ts',
      'consumer/src/kept-key.ts',
      'cli/program.ts',
    ]),
  );
});

it('no file imports itself through others, not even for a type', () => {
  const circles = importCircles(sources);
  expect(
    circles,
    `${circles.join('\n')}\nInstead: move what both sides need into a file of its own, which imports neither.`,
  ).toEqual([]);
});

it('an import circle is found, with its way', () => {
  const circle = importCircles([
    { path: 'src/a.ts', code: "import type { B } from './b.ts';" },
    { path: 'src/b.ts', code: "import { c } from './c/c.ts';" },
    { path: 'src/c/c.ts', code: "await import('../a.ts');" },
    { path: 'src/d.ts', code: "import { a } from './a.ts';" },
  ]);
  expect(circle).toEqual(['src/a.ts → src/b.ts → src/c/c.ts → src/a.ts']);
});

it('no folder of src, cli, dashboard, consumer, local, test or the docs holds more than 30 entries', () => {
  const full = fullFolders(
    globSync('{src,cli,dashboard,consumer/src,local,test,infra,docs,tools}/**/*.*', { exclude: ['**/dist/**'] }).map(
      (file) => file.replaceAll('\\', '/'),
    ),
  );
  expect(
    full,
    `${full.join('\n')}\nInstead: group its files by subject or service in folders, or let a small file with one caller join it.`,
  ).toEqual([]);
});

it('a folder that is too full is found; a folder in it counts as one entry', () => {
  const files = Array.from({ length: 30 }, (_, number) => `src/keys/${number}.ts`);
  expect(fullFolders([...files, 'src/main.ts'])).toEqual([]);
  expect(fullFolders([...files, 'src/keys/more/a.ts', 'src/keys/more/b.ts'])).toEqual(['src/keys: 31 entries']);
});

/** Folders in which nobody finds anything at a glance, with how many entries each has. */
function fullFolders(files: readonly string[]): string[] {
  const entries = new Map<string, Set<string>>();
  for (const file of files) {
    const parts = file.split('/');
    for (const [index, part] of parts.entries()) {
      const folder = parts.slice(0, index).join('/');
      entries.set(folder, (entries.get(folder) ?? new Set()).add(part));
    }
  }
  return [...entries].filter(([, { size }]) => size > 30).map(([folder, { size }]) => `${folder}: ${size} entries`);
}

/** Each circle of imports, by a way round it. */
function importCircles(files: readonly Source[]): string[] {
  const importsOf = new Map(
    files.map((source) => [
      source.path,
      imported(source)
        .filter((name) => name.startsWith('.'))
        .map((name) => path.posix.join(path.posix.dirname(source.path), name)),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]) => {
    const start = way.indexOf(file);
    if (start >= 0) circles.push([...way.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const next of importsOf.get(file) ?? []) follow(next, [...way, file]);
    done.add(file);
  };
  for (const file of importsOf.keys()) follow(file, []);
  return circles;
}

function inSrc(source: Source): boolean {
  return source.path.startsWith('src/');
}

/** Offences anywhere in src but in the files that are its home. */
function only(pattern: RegExp, ...homes: readonly string[]): Rule['offences'] {
  return (source) => (inSrc(source) && !homes.includes(source.path) ? (source.code.match(pattern) ?? []) : []);
}

/** Every module that the file imports, statically, on demand or as a type. */
function imported({ code }: Source): string[] {
  return [...code.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*'([^']+)'/g)].map(([, name = '']) => name);
}

/** Imports from one room of src into another. Files beside the rooms, such as src/main.ts, wire and may import anything. */
function roomImports(source: Source) {
  const from = /^src\/([^/]+)\//.exec(source.path)?.[1];
  if (from === undefined) return [];
  return imported(source).flatMap((name) => {
    if (!name.startsWith('.')) return [];
    const target = path.posix.join(path.posix.dirname(source.path), name);
    const [, to = 'a file above the rooms', file = ''] = /^src\/([^/]+)\/(.+)$/.exec(target) ?? [];
    return to === from ? [] : [{ from, to, file, text: name }];
  });
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}
