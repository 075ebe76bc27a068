import { join } from 'node:path';
import { type AzuriteOptions, type RunningAzurite, startAzurite } from './azurite.ts';
import { claimFolder, requireFreeFolder } from './claim-folder.ts';
import { type EventDeliveryPaths, eventDeliveryPaths } from './event-delivery-paths.ts';
import { type RunningAzure, type StartOptions, startSimulatedAzure } from './simulated-azure/start.ts';

/** The simulated Azure together with storage: all that Keyturn, or any client, meets on a laptop. */
export interface LocalAzure extends RunningAzure {
  readonly azurite: RunningAzurite;
  /** Where Event Grid finds function apps and storage. */
  readonly paths: EventDeliveryPaths;
}

export interface LocalAzureOptions extends Omit<StartOptions, 'outlets'> {
  readonly storagePorts?: AzuriteOptions['ports'];
  /** Default: kept in `folder` between starts. */
  readonly storage?: 'kept' | 'in-memory';
  /** Arguments for Azurite's Node, such as `--import ./preload.ts`. */
  readonly storageNodeArguments?: readonly string[];
}

/**
 * Starts both on `folder`. Throws `PortTaken` or `FolderTaken`, whose messages are for the user; then nothing is left
 * running.
 */
export async function startLocalAzure(options: LocalAzureOptions): Promise<LocalAzure> {
  const { folder, storagePorts, storage = 'kept', storageNodeArguments = [] } = options;
  // Asked first, since the ports of the one that runs are busy too, which says less.
  await requireFreeFolder(folder);
  const paths = eventDeliveryPaths();
  const simulated = await startSimulatedAzure({ ...options, outlets: paths.outlets });
  let release = async () => {};
  try {
    release = await claimFolder(folder, simulated.controlUrl);
    const ports = storagePorts === undefined ? {} : { ports: storagePorts };
    const azurite = await startAzurite({
      folder: storage === 'kept' ? join(folder, 'azurite') : null,
      ...ports,
      nodeArguments: storageNodeArguments,
    });
    paths.leadToStorage(azurite.connectionString);
    return {
      ...simulated,
      azurite,
      paths,
      environment: { ...simulated.environment, AzureWebJobsStorage: azurite.connectionString },
      async stop() {
        await simulated.stop();
        await azurite.stop();
        await release();
      },
    };
  } catch (error) {
    await simulated.stop();
    await release();
    throw error;
  }
}
