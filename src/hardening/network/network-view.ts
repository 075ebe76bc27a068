import * as z from 'zod';
import { withCode } from '../../shared/failure.ts';
import { type MissingPermission, missingPermission, viewLacked, withMissing } from '../../shared/missing-permission.ts';
import { publicAccess } from '../../shared/public-access.ts';
import { iso } from '../../shared/time.ts';
import { azureCode, instantOrNull, lackedView, list, textOrNull, view } from '../../shared/view-parts.ts';
import { hardeningRefusals } from '../hardening-refusals.ts';
import { conditions, neededActions } from './needed-actions.ts';
import type { NetworkDifference } from './network-change.ts';
import { networkEnds, networkWaits } from './network-reasons.ts';
import { networkModes } from './network-request.ts';
import type { EndedNetworkChange, NetworkChangeState } from './network-state.ts';
import type { AccountNetwork } from './ports.ts';

const instant = z.string().describe('ISO 8601, UTC.');

const stepView = z.object({
  what: z.string(),
  kind: z.string().describe('The kind of change.'),
  state: z.enum(['done', 'doing', 'to-do']),
  at: instantOrNull,
});

export const networkChangeView = view("One change of an account's network, under way or ended.", {
  id: z.string(),
  state: z.enum(['running', 'applied', 'restored', 'failed']),
  reason: z.string().describe('One word of the closed lists.'),
  detail: z.string(),
  code: azureCode,
  ...lackedView,
  askedBy: z.string().describe('Object id.'),
  askedAt: instant,
  endedAt: instantOrNull,
  steps: list(stepView),
});

export const networkView = view("An account's network, as Azure shows it, and what became of the last change.", {
  mode: z
    .enum([...networkModes, 'secured-by-perimeter', 'unknown'])
    .describe(
      '`secured-by-perimeter`: a network security perimeter decides; `unknown`: Azure says what Keyturn does not know.',
    ),
  publicNetworkAccess: z.string().describe('As Azure says it: `Enabled`, `Disabled`, `SecuredByPerimeter`.'),
  defaultAction: z.string().describe('As Azure says it: `Allow`, `Deny`.'),
  ipRules: list(z.string()),
  subnets: list(z.string()),
  bypass: textOrNull,
  customSubdomain: textOrNull,
  connections: list(
    z.object({
      name: z.string(),
      endpointId: z.string(),
      status: z.string().describe('As Azure says it: `Pending`, `Approved`, `Rejected`, `Disconnected`.'),
    }),
  ),
  names: list(
    z.object({
      host: z.string(),
      found: z.enum(['addresses', 'no-such-name', 'unknown']),
      addresses: list(z.string()),
    }),
  ).describe('What each host of the account means where Keyturn runs.'),
  change: networkChangeView.nullable().describe('The change that is under way, or the last one.'),
});

export type NetworkView = z.infer<typeof networkView>;
export type NetworkChangeView = z.infer<typeof networkChangeView>;
type StepView = z.infer<typeof stepView>;

export function viewNetwork(
  account: AccountNetwork,
  names: NetworkView['names'],
  change: NetworkChangeView | null,
): NetworkView {
  const { publicNetworkAccess, defaultAction, ipRules, subnets, bypass } = account.rules;
  return {
    mode: publicAccess(account.rules),
    publicNetworkAccess,
    defaultAction,
    ipRules,
    subnets: subnets.map(({ id }) => id),
    bypass,
    customSubdomain: account.subdomain,
    connections: [...account.connections],
    names,
    change,
  };
}

/** @param left what a plan made now would still do; null if none was made */
export function viewChange(
  { id, askedBy, askedAtMs, phase, done, waitingFor }: NetworkChangeState,
  left: readonly NetworkDifference[] | null,
): NetworkChangeView {
  const reason = waitingFor?.reason ?? (phase.kind === 'working' ? 'azure-working' : 'public-access-changing');
  const code = waitingFor?.code ?? null;
  const missing = missingPermission(waitingFor?.action);
  const isNow = (what: string) => phase.kind === 'working' && phase.first?.what === what;
  const finished = phase.kind === 'working' ? done.filter(({ what }) => !isNow(what)) : done;
  return {
    id,
    state: 'running',
    reason,
    detail: withMissing(code === null ? networkWaits[reason] : `${networkWaits[reason]} Code: ${code}.`, missing),
    code,
    ...viewLacked(missing),
    askedBy,
    askedAt: iso(askedAtMs),
    endedAt: null,
    steps: [
      ...finished.map(({ what, kind, atMs }): StepView => ({ what, kind, state: 'done', at: iso(atMs) })),
      ...(left ?? [])
        .filter(({ what }) => !finished.some((one) => one.what === what))
        .map(
          ({ what, change }, index): StepView => ({
            what,
            kind: change.kind,
            state: index === 0 ? 'doing' : 'to-do',
            at: null,
          }),
        ),
    ],
  };
}

export function viewEndedChange(ended: EndedNetworkChange): NetworkChangeView {
  const { id, askedBy, askedAtMs, endedAtMs, end, done } = ended;
  const missing = missingPermission(ended.action);
  return {
    id,
    state: end === 'applied' ? 'applied' : isRestored(ended) ? 'restored' : 'failed',
    reason: end,
    detail: endSentence(ended, missing),
    code: ended.code,
    ...viewLacked(missing),
    askedBy,
    askedAt: iso(askedAtMs),
    endedAt: iso(endedAtMs),
    steps: done.map(({ what, kind, atMs }) => ({ what, kind, state: 'done', at: iso(atMs) })),
  };
}

/** The new rules had been sent, and could not be proved. */
function isRestored({ end, at }: EndedNetworkChange): boolean {
  if (end === 'shut-out') return true;
  return at === 'set-network-rules' && (end === 'quota-used-up' || end === 'endpoint-unclear');
}

function endSentence({ end, at, code }: EndedNetworkChange, missing: MissingPermission | null): string {
  const sentence = withCode({ ...networkEnds, ...hardeningRefusals }[end], end, code);
  if (missing !== null) return withMissing(sentence, missing);
  const needed = Object.entries(neededActions).find(([kind]) => kind === at)?.[1];
  if (end !== 'account-access-denied' || needed === undefined) return sentence;
  const actions = needed.map((one) => (conditions[one] === undefined ? one : `${one} (${conditions[one]})`));
  return `${sentence} ${at} needs ${actions.join(', ')}.`;
}
