import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import { type CommandLine, help, readFleetOptions } from './fleet-options.ts';
import { type FleetProgress, runFleet } from './run-fleet.ts';

const options = readFleetOptions(process.argv.slice(2));
if (typeof options === 'string') {
  const isHelp = options === help;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? help : `${options}\n`);
  process.exitCode = isHelp ? 0 : 2;
} else {
  process.exitCode = await fleet(options);
}

/** Answers the exit code. */
async function fleet(command: CommandLine): Promise<number> {
  const { accounts, subscriptions, vaults, instances, overlapMs } = command;
  const startedAtMs = performance.now();
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(
    `${accounts} accounts in ${subscriptions} subscriptions and ${vaults} vaults of one region fall due at one instant; overlap ${overlapMs / 1000} s, ` +
      `no bound on rotations in flight, at most ${instances} instances. Simulated time.`,
  );
  const run = await runFleet({ ...command, progress: progressShown() });
  const { completed, makespanSeconds, bound, counts, peakMemoryMb } = run;
  const ratio = Math.round((makespanSeconds / bound.seconds) * 1000) / 1000;
  say(`The ${bound.formula}`);
  const vaultRatio = Math.round((makespanSeconds / bound.vaultAloneSeconds) * 1000) / 1000;
  say(
    `  = ${bound.seconds} s; the fullest vault alone would need ${bound.vaultAloneSeconds} s for its requests, at 30 sets and 400 other calls a second`,
  );
  say(
    `The fleet took ${makespanSeconds} s, ${ratio} times the bound and ${vaultRatio} times the time of the vault alone: ${completed} completed, ${run.suspended} suspended, ` +
      `${counts.throttled} answers of 429, ${counts.armWrites} ARM writes, ${counts.vaultSets} vault sets, longest sweep ${run.longestSweepSeconds} s, ` +
      `at most ${run.mostInstances} instances`,
  );
  say(
    `${counts.consumerRequests} consumer requests, ${counts.consumerFailures} failed; ${peakMemoryMb} MB at most, ` +
      `${Math.round((performance.now() - startedAtMs) / 1000)} s of real time`,
  );
  const { throttled, consumerFailures } = counts;
  say(
    JSON.stringify({
      accounts,
      subscriptions,
      vaults,
      completed,
      makespanSeconds,
      boundSeconds: bound.seconds,
      ratio,
      vaultRatio,
      throttled,
      consumerFailures,
      peakMemoryMb,
    }),
  );
  return completed === accounts && consumerFailures === 0 && run.handlersThrown === 0 && ratio <= 1.1 ? 0 : 1;
}

/** A live table on a terminal; elsewhere a line whenever much has happened. */
function progressShown(): (now: FleetProgress) => void {
  const screen = process.stderr.isTTY ? createLogUpdate(process.stderr) : null;
  let shown = -1;
  return (now) => {
    const { accounts, atSeconds, states, instances, waiting, throttled, memoryMb } = now;
    const completed = states.completed ?? 0;
    if (screen !== null) {
      const table = new Table({ head: ['state', 'rotations'] });
      table.push(...Object.entries(states).map(([state, count]) => [state, count]));
      screen(
        `${table}\n${atSeconds} s, ${instances} instances, ${waiting} waiting, ${throttled} × 429, ${memoryMb} MB`,
      );
      if (completed === accounts) screen.done();
      return;
    }
    const inFlight = accounts - completed - (states.due ?? 0);
    const mark = Math.floor((10 * (inFlight + 2 * completed)) / accounts);
    if (mark === shown) return;
    shown = mark;
    process.stderr.write(
      `${atSeconds} s: ${states.due ?? 0} due, ${inFlight} in flight, ${completed} completed, ${instances} instances, ${throttled} × 429, ${memoryMb} MB\n`,
    );
  };
}
