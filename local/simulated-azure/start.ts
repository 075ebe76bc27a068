import { clientEnvironment } from '../environment.ts';
import { createSimulatedAzure } from './azure.ts';
import { realClock, type SimulatedClock } from './clock.ts';
import { keptSecrets } from './entra/tenant-secrets.ts';
import { deliverEvents } from './event-grid/deliver-events.ts';
import type { EventOutlets } from './event-grid/outlets.ts';
import { certificateAuthority } from './proxy/certificate-authority.ts';
import { startLoopback } from './proxy/loopback.ts';
import { startProxy } from './proxy/proxy.ts';
import { services } from './services.ts';
import type { SimulatedAzure } from './simulated-azure.ts';
import { loginHostOf } from './simulated-clouds.ts';
import type { World } from './world.ts';

/** A simulated Azure that other processes can reach. */
export interface RunningAzure {
  readonly azure: SimulatedAzure;
  /** The variables under which any process takes it for Azure. */
  readonly environment: Record<string, string>;
  /** Where `control.ts` answers. */
  readonly controlUrl: string;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly world: World;
  /** Default: the machine's own. */
  readonly clock?: SimulatedClock;
  /** Default: no event leaves. */
  readonly outlets?: EventOutlets;
  /** Where the certificate authority and the tenant's secrets are kept between starts. */
  readonly folder: string;
  /** Of the proxy; default: a free one. */
  readonly port?: number;
  /** Of the managed identity endpoint and the control; default: a free one. */
  readonly identityPort?: number;
  /** Where calls through the proxy seem to come from; default 203.0.113.10, of the documentation's range. */
  readonly callerAddress?: string;
}

/** Starts the simulated Azure behind its proxy. Throws `PortTaken` when the port is busy; then nothing is left running. */
export async function startSimulatedAzure(options: StartOptions): Promise<RunningAzure> {
  const { world, clock = realClock(), folder, port = 0, identityPort = 0 } = options;
  const { outlets, callerAddress = '203.0.113.10' } = options;
  const secrets = await keptSecrets(folder);
  const azure = createSimulatedAzure({
    world,
    clock,
    services,
    secrets,
    ...(outlets === undefined ? {} : { outlets }),
  });
  const authority = await certificateAuthority(folder);
  const proxy = await startProxy({ azure, authority, callerAddress, port });
  const loopback = await startLoopback(azure, identityPort).catch(async (error: unknown) => {
    await proxy.stop();
    throw error;
  });
  // Looks at the simulated clock, no matter who moves it.
  const events = setInterval(() => void deliverEvents(azure), 1_000).unref();
  const controlUrl = `${loopback.url}/_azure`;
  const environment = clientEnvironment({
    proxyUrl: proxy.url,
    certificateFile: authority.certificateFile,
    bundleFile: authority.bundleFile,
    identityEndpoint: `${loopback.url}/msi/token`,
    identityHeader: secrets.identityHeader,
    controlUrl,
    tenantId: world.tenantId,
    subscriptionId: world.subscriptions[0]?.id ?? null,
    aiEndpoint: endpointOf(world),
    authorityUrl: (world.cloud ?? 'public') === 'public' ? null : `https://${loginHostOf(world)}`,
  });
  return {
    azure,
    environment,
    controlUrl,
    async stop() {
      clearInterval(events);
      await Promise.all([proxy.stop(), loopback.stop()]);
    },
  };
}

/** Of the world's first account. */
function endpointOf({ accounts }: World): string | null {
  const endpoint = accounts[0]?.resource.properties.endpoint;
  return typeof endpoint === 'string' ? endpoint : null;
}
