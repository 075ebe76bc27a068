import type { WakeUp } from '../durable/ports.ts';
import { allowedCalls } from '../keys/endpoint-calls.ts';
import type { Target } from '../keys/target.ts';
import { readAccountRow } from '../rotation/account-row.ts';
import type { FleetLimits } from '../rotation/schedule/fleet-limits.ts';
import { FailureError } from '../shared/failure.ts';
import type { AccountId } from '../shared/resource-id.ts';
import type { Slot } from '../shared/slot.ts';
import type { TargetSource } from '../targets/target-source.ts';
import { advancePosture } from './advance-posture.ts';
import { type InvocationPorts, inInvocation } from './in-invocation.ts';
import type { NetworkPorts } from './network-posture.ts';
import type { PosturePorts } from './posture-ports.ts';
import { rotationStanding } from './rotation-standing.ts';
import { sweepPostures } from './sweep-postures.ts';

/** What postures and diagnosis need beside the engine's ports; left out where only keys are looked after. */
export interface PostureParts extends InvocationPorts {
  readonly targets: TargetSource;
  /** Without them the schedule is bounded by nothing. */
  readonly fleet?: FleetLimits;
  readonly network?: NetworkPorts;
  readonly posture?: PosturePorts;
}

/** A change of posture whose message came in. */
type PostureWakeUp = WakeUp & { readonly posture: NonNullable<WakeUp['posture']> };

/** Brings the postures' ports to their features. What is heavy is loaded when it is first asked for. */
export function postureWiring(parts: PostureParts) {
  const { targets } = parts;
  const network = async () => {
    if (parts.network === undefined) throw withoutPorts('network');
    const { networkPosture } = await import('./network-posture.ts');
    return networkPosture({ ...parts, ...parts.network, postures: ofPosture().postures });
  };
  const postureFor = (target: Target): PosturePorts => {
    const posture = ofPosture();
    return { ...posture, tokenProbe: allowedCalls(target, posture.tokenProbe) };
  };
  const ofPosture = (): PosturePorts => {
    if (parts.posture === undefined) throw withoutPorts('posture');
    return parts.posture;
  };
  return {
    network,
    rows: () => ofPosture().postures,
    /** The ports of access and keyless for one invocation. */
    withPosture: (own: InvocationPorts, target: Target) => ({ ...own, posture: postureFor(target), targets }),

    async diagnose(target: Target) {
      if (parts.network === undefined) throw withoutPorts('network');
      const { diagnoseTarget } = await import('./diagnose-target.ts');
      const { networkLook, names: nameLookup } = parts.network;
      return await diagnoseTarget(
        {
          ...parts,
          ...postureFor(target),
          probe: allowedCalls(target, parts.probe),
          doors: networkLook.account,
          nameLookup,
          leaked: (account) => leakedSlots(parts, account),
          standing: (one) => rotationStanding(parts, one),
        },
        target,
      );
    },

    /** Goes on with a change. Never throws an expected failure: the sweep comes again. */
    async advance(target: Target, { posture: which, wakeSeq }: PostureWakeUp): Promise<void> {
      const goOn = async () => {
        if (which === 'network') return await (await network()).advanceNetwork(target, wakeSeq);
        const posture = postureFor(target);
        return await inInvocation(parts, target, (own) =>
          advancePosture({ ...own, posture, targets }, target, which, wakeSeq),
        );
      };
      try {
        const why = await goOn();
        if (why !== 'held') parts.log({ event: 'wake-up-dropped', target: target.name, why });
      } catch (error) {
        if (!(error instanceof FailureError)) throw error;
        parts.log({ event: 'storage-failed', target: target.name, code: error.failure.code });
      }
    },

    /** Wakes the changes of one target whose messages were lost; answers whether one makes no progress. */
    async sweep(target: Target, awakeSinceMs: number): Promise<boolean> {
      if (parts.posture === undefined) return false;
      return await sweepPostures({ ...parts, postures: parts.posture.postures }, target, awakeSinceMs);
    },
  };
}

/** Slots whose key was reported as leaked, until two looks show it gone. */
async function leakedSlots({ rows }: Pick<PostureParts, 'rows'>, account: AccountId): Promise<readonly Slot[]> {
  return (await readAccountRow(rows, account))?.leaks.map(({ slot }) => slot) ?? [];
}

function withoutPorts(which: string): TypeError {
  return new TypeError(`this app was made without the ports of ${which}`);
}
