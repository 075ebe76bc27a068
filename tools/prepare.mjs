// Runs before every script of package.json, on whatever Node is there: checks its version, and installs what is missing.
// Plain JavaScript of old syntax, so that an old Node reads far enough to say that it is too old. All that it says goes to
// stderr: what the script itself prints may be read by another program.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const oldest = [20, 20];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `Keyturn needs Node ${oldest.join('.')} or newer; this is Node ${process.versions.node}. Get one at https://nodejs.org.`,
  );
  process.exit(1);
}

const missing = whatIsMissing();
if (missing !== null) {
  console.error(
    `Installing what package-lock.json names with "npm ci", since ${missing}: 660 MB on disk, of which 190 are Node 24.`,
  );
  const options = { stdio: ['inherit', 2, 2] };
  const npm = process.env.npm_execpath;
  const { status } = npm
    ? spawnSync(process.execPath, [npm, 'ci'], options)
    : spawnSync('npm ci', { ...options, shell: true });
  if (status !== 0)
    console.error('"npm ci" failed, see above. Run it by hand once it can reach the package registry, then try again.');
  process.exit(status === null ? 1 : status);
}

/** Compares what npm noted when it installed with what is to be installed; file times say little after a checkout. */
function whatIsMissing() {
  const installedNote = 'node_modules/.package-lock.json';
  if (!existsSync('node_modules')) return 'node_modules is missing';
  if (!existsSync(installedNote)) return 'the last installation did not end';
  const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedNote, 'utf8')).packages;
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    // Optional ones may be for another system.
    if (path === '' || optional) continue;
    if (!installed[path] || installed[path].version !== version)
      return `${path}${version ? ` ${version}` : ''} is not there`;
  }
  return null;
}
