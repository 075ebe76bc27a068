import { defaultDefinition } from '../../../local/simulated-azure/default-world.ts';
import { issueToken } from '../../../local/simulated-azure/entra/issue-token.ts';
import { workspaceId } from '../../../local/simulated-azure/log-analytics/workspace-id.ts';
import type { CloudName } from '../../../src/azure/clouds.ts';
import type { ReadersView } from '../../../src/rotation/readers/readers-view.ts';
import type { buildTarget } from '../../memory-world/target-builder.ts';
import { simulatedKeyturn } from '../simulated-keyturn.ts';
import { deliverUntil, operator, rotationOf } from '../steered-rotation.ts';

const auditWorkspace = 'b7a1c1de-5c1f-4c3c-9d55-2f1f6a0b9c10';

export const consumer = 'id-demo-consumer';

interface ReadersOptions {
  /** Where the vault's audit log lies; null: it is sent nowhere. */
  readonly table: 'AZKVAuditLogs' | 'AzureDiagnostics' | null;
  readonly cloud?: CloudName;
  /** How late a line of the log is. */
  readonly delayMs?: number;
  readonly isReader?: boolean;
  /** Whether a first rotation is begun. */
  readonly begins?: boolean;
  readonly change?: Parameters<typeof buildTarget>[0];
  readonly notifier?: NonNullable<Parameters<typeof simulatedKeyturn>[1]>['notifier'];
}

/** Keyturn with a workspace that takes the vault's audit log, its target adopted, by default the first rotation begun. */
export async function readersKeyturn({
  table,
  cloud,
  delayMs = 0,
  isReader = true,
  begins = true,
  change = {},
  notifier = () => null,
}: ReadersOptions) {
  const at = { name: 'log-contoso', resourceGroup: 'rg-ai102-challenge09' };
  const reads = [
    { principal: consumer, role: 'Key Vault Secrets User', on: 'kv-ai102-secure' },
    { principal: 'alex@contoso.com', role: 'Key Vault Secrets User', on: 'kv-ai102-secure' },
    ...(isReader ? [{ principal: 'func-keyturn', role: 'Log Analytics Reader', on: at.name }] : []),
  ];
  const keyturn = simulatedKeyturn(change, {
    ...(cloud === undefined ? {} : { cloud }),
    auditWorkspace,
    notifier,
    world: {
      workspaces: [{ ...at, customerId: auditWorkspace, vaults: table === null ? {} : { 'kv-ai102-secure': table } }],
      roleAssignments: [...(defaultDefinition.roleAssignments ?? []), ...reads],
      pace: { ...defaultDefinition.pace, logIngestionMs: delayMs },
    },
  });
  const { app, azure, clock, journal, target } = keyturn;
  await app.adopt('demo', { activeSlot: 'key1' }, operator);
  clock.advance(target.policy.overlapMs + 2_000);
  const started = begins ? await app.startRotation('demo', { inactiveKeyUnused: true }, operator) : null;
  if (started !== null && started.kind !== 'started') throw new TypeError(`not started: ${started.kind}`);
  const id = started?.rotation.id ?? 'none';

  /** Somebody reads the current version of a secret of the target. */
  const read = async (part: 'key1' | 'key2' | 'active-key', by = consumer) => {
    const { host } = new URL(target.vaultUrl);
    const principal = azure.world.principals.find(({ name }) => name === by);
    if (principal === undefined) throw new TypeError(`the world has no ${by}`);
    const { token } = await issueToken(azure, { principal, audience: `https://${host.replace(/^[^.]+\./, '')}` });
    const url = `${target.vaultUrl}/secrets/${target.prefix}-${part}?api-version=7.4`;
    const request = new Request(url, { headers: { authorization: `Bearer ${token}` } });
    const { status } = await azure.handle(request, { callerAddress: '203.0.113.20', connectionId: by });
    if (status !== 200) throw new TypeError(`${by} was refused: ${status}`);
  };

  return Object.assign(keyturn, {
    id,
    read,
    workspaceId: workspaceId({ ...at, subscriptionId: keyturn.account.subscriptionId }),
    /** Goes on until consumers are led to key2. */
    switchOver: () => deliverUntil(keyturn, () => rotationOf(journal)?.kind === 'overlapping'),
    /** As the dry run of a first rotation shows them. */
    inactiveKeyReaders: async () => {
      const answer = await app.previewRotation('demo', { inactiveKeyUnused: false });
      if (answer.kind !== 'previewed') throw new TypeError(answer.kind);
      return answer.plan.inactiveKeyReaders;
    },
    /** As `GET …/rotations/{id}` shows them. */
    readers: async (): Promise<ReadersView | null> => {
      const answer = await app.readRotation('demo', id);
      if (answer.kind !== 'found') throw new TypeError(answer.kind);
      return answer.rotation.readers;
    },
  });
}
