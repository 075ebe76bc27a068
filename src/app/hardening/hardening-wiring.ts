import type { WakeUp } from '../../durable/ports.ts';
import type { HardeningRows } from '../../hardening/ports.ts';
import { allowedCalls } from '../../keys/endpoint-calls.ts';
import type { Target } from '../../keys/target.ts';
import { readAccountRow } from '../../rotation/account-row.ts';
import { readPause } from '../../rotation/run/pause.ts';
import type { FleetLimits } from '../../rotation/schedule/fleet-facts.ts';
import { FailureError } from '../../shared/failure.ts';
import type { AccountId } from '../../shared/resource-id.ts';
import type { Slot } from '../../shared/slot.ts';
import type { TargetSource } from '../../targets/target-source.ts';
import { type InvocationPorts, inInvocation } from '../in-invocation.ts';
import { rotationStatus } from '../rotations/rotation-status.ts';
import { noChanges, type SweptChanges, sweepHardening } from '../sweep/sweep-hardening.ts';
import { advanceAccess } from './change-access.ts';
import { advanceKeyless } from './change-keyless.ts';
import type { HardeningPorts } from './hardening-ports.ts';
import type { NetworkPorts } from './network-hardening.ts';

const go = { access: advanceAccess, keyless: advanceKeyless } as const;

/** What hardening and diagnosis need beside the engine's ports; left out if only keys are looked after. */
export interface HardeningParts extends InvocationPorts {
  readonly targets: TargetSource;
  /** Without them the schedule is bounded by nothing. */
  readonly fleet?: FleetLimits;
  readonly network?: NetworkPorts;
  readonly hardening?: HardeningPorts;
}

/** Brings the ports of hardening to their features. What is heavy is loaded when it is first asked for. */
export function hardeningWiring(parts: HardeningParts) {
  const { targets } = parts;
  const network = async () => {
    if (parts.network === undefined) throw withoutPorts('network');
    const { networkHardening } = await import('./network-hardening.ts');
    return networkHardening({ ...parts, ...parts.network, hardeningRows: ofHardening().hardeningRows });
  };
  const hardeningFor = (target: Target): HardeningPorts => {
    const hardening = ofHardening();
    return { ...hardening, tokenProbe: allowedCalls(target, hardening.tokenProbe) };
  };
  const ofHardening = (): HardeningPorts => {
    if (parts.hardening === undefined) throw withoutPorts('hardening');
    return parts.hardening;
  };
  /** The ports of access and keyless for one invocation. */
  const withHardening = (own: InvocationPorts, target: Target) => ({
    ...own,
    hardening: hardeningFor(target),
    targets,
  });
  return {
    network,
    rows: () => ofHardening().hardeningRows,
    withHardening,

    async diagnose(target: Target) {
      if (parts.network === undefined) throw withoutPorts('network');
      const { diagnoseTarget } = await import('../targets/diagnose-target.ts');
      const { networkReader, names: nameLookup } = parts.network;
      return await diagnoseTarget(
        {
          ...parts,
          ...hardeningFor(target),
          probe: allowedCalls(target, parts.probe),
          exposure: networkReader.account,
          nameLookup,
          leaked: (account) => leakedSlots(parts, account),
          status: (one) => rotationStatus(parts, one),
        },
        target,
      );
    },

    /** Goes on with a change. Never throws an expected failure: the sweep comes again. */
    async advance(target: Target, { area, wakeSeq }: Required<Pick<WakeUp, 'area' | 'wakeSeq'>>): Promise<void> {
      const goOn = async () => {
        if (area === 'network') return await (await network()).advanceNetwork(target, wakeSeq);
        return await inInvocation(parts, target, async (own) => {
          const pause = await readPause(own);
          // Keys that were turned off are proved, or turned on again, whatever the switch says: that change asks it itself.
          if (area !== 'keyless' && pause.paused) return 'paused';
          return await go[area](withHardening(own, target), target, wakeSeq, pause.paused ? 0 : pause.sinceMs);
        });
      };
      try {
        const reason = await goOn();
        if (reason !== 'held') parts.log({ event: 'wake-up-dropped', target: target.name, reason });
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
        parts.log({ event: 'storage-failed', target: target.name, code: error.failure.code });
      }
    },

    /** Wakes the changes of one target whose messages were lost, and answers how its changes are. */
    async sweep(target: Target, hardeningRows: HardeningRows | null, awakeSinceMs: number): Promise<SweptChanges> {
      if (hardeningRows === null) return noChanges;
      return await sweepHardening({ ...parts, hardeningRows }, target, awakeSinceMs);
    },
  };
}

/** Slots whose key was reported as leaked, until two looks show it gone. */
async function leakedSlots({ rows }: Pick<HardeningParts, 'rows'>, account: AccountId): Promise<readonly Slot[]> {
  return (await readAccountRow(rows, account))?.leaks.map(({ slot }) => slot) ?? [];
}

function withoutPorts(which: string): TypeError {
  return new TypeError(`this app was made without the ports of ${which}`);
}
