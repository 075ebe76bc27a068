import type { Account } from '../../world.ts';
import { systemData } from './new-account.ts';

export interface ModelReference {
  readonly format: string;
  readonly name: string;
  readonly version: string;
}

/** A model deployment as its account keeps it. */
export function newDeployment(
  request: {
    readonly model: ModelReference;
    readonly sku?: unknown;
    /** What versions before 2023-05-01 have in place of a sku, and show again. */
    readonly scaleSettings?: unknown;
    readonly createdBy: { readonly name: string; readonly isUser: boolean };
  },
  nowMs: number,
): Account['deployments'][string] {
  const { model, createdBy } = request;
  const { scaleSettings } = request;
  const sku = request.sku ?? { name: 'Standard', capacity: capacityIn(scaleSettings) };
  const isEmbedding = model.name.includes('embedding');
  return {
    model: model.name,
    resource: {
      sku,
      properties: {
        model,
        ...(scaleSettings === undefined ? {} : { scaleSettings }),
        versionUpgradeOption: 'OnceNewDefaultVersionAvailable',
        currentCapacity: capacityIn(sku),
        capabilities: isEmbedding
          ? { embeddings: 'true' }
          : { area: 'US', chatCompletion: 'true', jsonObjectResponse: 'true' },
        raiPolicyName: 'Microsoft.DefaultV2',
        provisioningState: 'Succeeded',
        rateLimits: [
          { key: 'request', renewalPeriod: 60, count: 10 },
          { key: 'token', renewalPeriod: 60, count: 1000 },
        ],
      },
      systemData: systemData(createdBy, nowMs),
      etag: `"${crypto.randomUUID()}"`,
    },
  };
}

function capacityIn(sku: unknown): number {
  const isSized = typeof sku === 'object' && sku !== null && 'capacity' in sku && typeof sku.capacity === 'number';
  return isSized ? Number(sku.capacity) : 1;
}
