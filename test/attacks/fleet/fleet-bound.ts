import { instancesAtATime, messagesPerInstance, scalesEveryMs } from './function-host.ts';

/** ARM's bucket of writes, as the simulated Azure keeps it. */
const bucket = { size: 200, perSecond: 10 } as const;
/** A vault's windows, as the simulated vault keeps them. */
const vaultWindow = { seconds: 10, creations: 300, others: 4_000 } as const;

/** Requests and time of a worker that one rotation takes until some instant of its life. */
interface Spent {
  readonly armWrites: number;
  readonly vaultSets: number;
  readonly otherVaultCalls: number;
  /** How long an instance was at it: its message was being handled. */
  readonly busySeconds: number;
}

/** One rotation that has all of Azure and the host to itself. */
export interface RotationAlone {
  /** From the sweep that starts it to its end. */
  readonly seconds: number;
  readonly spent: Spent;
  /** Until its overlap begins, which passes whatever else there is to do. */
  readonly beforeOverlap: Spent & { readonly seconds: number };
}

export interface FleetBound {
  readonly seconds: number;
  /** What each of them would need by itself, the last rotation's overlap and end included. */
  readonly parts: Readonly<Record<'alone' | 'arm' | 'vault' | 'host', number>>;
  /** What the fullest vault needs for its requests by themselves, at 30 sets and 400 other calls a second. */
  readonly vaultAloneSeconds: number;
  readonly formula: string;
}

/**
 * No schedule is faster, if each rotation costs what a single one does. Each of three things lets through only so much by
 * an instant: a subscription's bucket of ARM writes, a vault's windows, and the instances that the host has by then. The last
 * rotation to reach its overlap still has the rest of its life before it.
 */
export function fleetBound(
  fleet: {
    readonly accounts: number;
    readonly subscriptions: number;
    readonly vaults: number;
    readonly instances: number;
  },
  { seconds, spent, beforeOverlap }: RotationAlone,
): FleetBound {
  const inSubscription = Math.ceil(fleet.accounts / fleet.subscriptions);
  const inVault = Math.ceil(fleet.accounts / fleet.vaults);
  const restSeconds = seconds - beforeOverlap.seconds;
  const slowest = (secondsFor: (each: Spent) => number) =>
    Math.max(secondsFor(spent), secondsFor(beforeOverlap) + restSeconds);
  const parts = {
    alone: seconds,
    arm: slowest(({ armWrites }) => Math.max(0, (armWrites * inSubscription - bucket.size) / bucket.perSecond)),
    vault: slowest(({ vaultSets, otherVaultCalls }) =>
      Math.max(
        windowsBefore(vaultSets * inVault, vaultWindow.creations),
        windowsBefore(otherVaultCalls * inVault, vaultWindow.others),
      ),
    ),
    host: slowest(({ busySeconds }) => hostSeconds(busySeconds * fleet.accounts, fleet.instances)),
  };
  return {
    seconds: Math.max(...Object.values(parts)),
    parts,
    vaultAloneSeconds: Math.max((spent.vaultSets * inVault) / 30, (spent.otherVaultCalls * inVault) / 400),
    formula:
      `bound = the largest of: ${round(seconds)} s, one rotation alone (${round(beforeOverlap.seconds)} s of it before its overlap); ` +
      `${round(parts.arm)} s for the writes of ${inSubscription} accounts in the fullest subscription ` +
      `(${spent.armWrites} ARM writes a rotation, ${beforeOverlap.armWrites} before its overlap; a bucket of 200 that gains 10 a second); ` +
      `${round(parts.vault)} s for the secrets of ${inVault} accounts in the fullest vault ` +
      `(${spent.vaultSets} sets and ${spent.otherVaultCalls} other calls, ${beforeOverlap.vaultSets} and ${beforeOverlap.otherVaultCalls} before; 300 and 4,000 in 10 seconds); ` +
      `${round(parts.host)} s for the host (${round(spent.busySeconds)} s of a worker, ${round(beforeOverlap.busySeconds)} s before; ` +
      `${messagesPerInstance} rotations an instance, ${instancesAtATime} more of them every ${scalesEveryMs / 1000} s)`,
  };
}

/** How long the last of so many requests waits for a window that lets `most` in. */
function windowsBefore(requests: number, most: number): number {
  return Math.max(0, Math.ceil(requests / most) - 1) * vaultWindow.seconds;
}

/** When instances that come as fast as the host lets them have worked for so many seconds. */
function hostSeconds(busySeconds: number, mostInstances: number): number {
  const stepSeconds = scalesEveryMs / 1000;
  let left = busySeconds / messagesPerInstance;
  for (let instances = 1, atSeconds = 0; ; atSeconds += stepSeconds) {
    if (left <= instances * stepSeconds) return atSeconds + left / instances;
    left -= instances * stepSeconds;
    instances = Math.min(mostInstances, instances + instancesAtATime);
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
