import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogUpdate } from 'log-update';
import { runSoak, type SoakFailure } from './run-soak.ts';
import { help, readSoakOptions } from './soak-options.ts';
import { type SoakTally, whySoakFailed } from './soak-tally.ts';

const options = readSoakOptions(process.argv.slice(2));
if (typeof options === 'string') {
  const isHelp = options === help;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? help : `${options}\n`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  const { rotations, seed, kills } = options;
  const survived = kills === 0 || killWorkers(kills, seed);
  process.exitCode = Math.max(await soak(rotations, seed), survived ? 0 : 1);
}

/** Kills real workers as the tests do, but more of them; whether nobody noticed. */
function killWorkers(kills: number, seed: number): boolean {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/attacks/crashes/killed-rotations.test.ts'], {
    cwd: root,
    env: { ...process.env, KEYTURN_KILLS: String(kills), KEYTURN_SEED: String(seed) },
    // What it says is told beside the soak's own progress: the last line of the output is the soak's.
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.stderr.write('The soak fails: workers that were killed left something behind.\n');
  return status === 0;
}

/** Answers the exit code. */
async function soak(rotations: number, seed: number): Promise<number> {
  const startedAtMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedAtMs) / 100) / 10;
  const screen = process.stderr.isTTY ? createLogUpdate(process.stderr) : null;
  let shownPercent = 0;
  const progress = (tally: SoakTally) => {
    const percent = Math.floor((tally.rotations / rotations) * 100);
    if (percent === shownPercent) return;
    shownPercent = percent;
    const { completed, suspended, rolledBack, cancelled } = tally.ends;
    const line =
      `${percent} %: ${tally.rotations} rotations in ${seconds()} s, ${completed} completed, ${suspended} suspended, ` +
      `${rolledBack} rolled back, ${cancelled} cancelled; ${tally.consumerRequests} requests, ${tally.consumerFailures} failed`;
    if (screen === null) process.stderr.write(`${line}\n`);
    else screen(line);
  };
  const { tally, failure } = await runSoak({ rotations, seed, progress });
  screen?.done();
  const byPeople = Object.entries(tally.causedByPeople);
  if (byPeople.length > 0) {
    process.stderr.write('Requests with a key that a person had killed:\n');
    for (const [act, times] of byPeople) process.stderr.write(`  ${act}: ${times}\n`);
  }
  if (failure !== null) showFailure(failure, seed);
  const reasons = whySoakFailed(tally);
  for (const reason of reasons) process.stderr.write(`The soak fails: ${reason}.\n`);
  const result = {
    rotations: tally.rotations,
    seed,
    ...tally.ends,
    faults: tally.faults,
    crashes: tally.faults.crash ?? 0,
    consumerRequests: tally.consumerRequests,
    consumerFailures: tally.consumerFailures,
    failuresCausedByPeople: byPeople.reduce((sum, [, times]) => sum + times, 0),
    violations: tally.violations,
    doubleRegenerates: tally.doubleRegenerates,
    secretLeaks: tally.secretLeaks,
    seconds: seconds(),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return reasons.length === 0 ? 0 : 1;
}

function showFailure({ rotation, plan, breaks, trace }: SoakFailure, seed: number): void {
  process.stderr.write(`Seed ${seed}, rotation ${rotation}. The shortest trace found:\n`);
  for (const line of trace) process.stderr.write(`  ${line}\n`);
  process.stderr.write(`It breaks:\n${[...new Set(breaks)].map((text) => `  ${text}\n`).join('')}`);
  process.stderr.write(`Its plan: ${JSON.stringify(plan)}\n`);
}
