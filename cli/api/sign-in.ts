import type { TokenCredential } from '@azure/identity';
import { exitCodes, Stop, usage } from '../outcome.ts';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const signInWays = ['azure-cli', 'managed-identity', 'environment'] as const;

export type SignInWay = (typeof signInWays)[number];

/**
 * As whom the command line signs in: as asked; else as the app that the environment names with a secret, a certificate or a
 * federated token; else as the managed identity of a platform that offers one there; else as the Azure CLI. One of them, and no
 * other if that fails: whose rights are used never depends on what happens to work.
 */
export function signInWay(asked: string | undefined, environment: Environment): SignInWay {
  if (asked !== undefined) {
    const way = signInWays.find((one) => one === asked);
    if (way === undefined) throw usage(`--sign-in ${JSON.stringify(asked)}: accepted is ${signInWays.join(', ')}.`);
    return way;
  }
  const { AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH } = environment;
  const proof = AZURE_CLIENT_SECRET || AZURE_CLIENT_CERTIFICATE_PATH || environment.AZURE_FEDERATED_TOKEN_FILE;
  if (AZURE_CLIENT_ID && AZURE_TENANT_ID && proof) return 'environment';
  return environment.IDENTITY_ENDPOINT || environment.MSI_ENDPOINT ? 'managed-identity' : 'azure-cli';
}

const afterFailure: Readonly<Record<SignInWay, string>> = {
  'azure-cli': 'Run "az login", or choose another way with --sign-in.',
  'managed-identity':
    'Does this machine have a managed identity? AZURE_CLIENT_ID names a user-assigned one; --sign-in chooses another way.',
  environment:
    'Check AZURE_TENANT_ID, AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE.',
};

/** The access tokens of one way, kept for as long as the process runs. */
export interface Tokens {
  readonly way: SignInWay;
  /** @throws Stop `unreachable`, if nobody is signed in or Entra ID does not answer */
  token(): Promise<string>;
}

/** Longer than the Azure CLI takes on a slow machine. */
const mostWaitMs = 60_000;
/** A token that ends sooner is not used again. */
const renewalMs = 120_000;

/** @param apiClientId client id of the admin API's app registration */
export function tokensFor(way: SignInWay, apiClientId: string, environment: Environment): Tokens {
  let credential: Promise<TokenCredential> | undefined;
  let held: { readonly token: string; readonly expiresOnTimestamp: number } | null = null;
  return {
    way,
    async token() {
      if (held !== null && held.expiresOnTimestamp - renewalMs > Date.now()) return held.token;
      try {
        credential ??= credentialOf(way, environment);
        const abortSignal = AbortSignal.timeout(mostWaitMs);
        const got = await (await credential).getToken(`api://${apiClientId}/.default`, { abortSignal });
        if (got === null) throw new TypeError('there is no token');
        held = got;
        return got.token;
      } catch (error) {
        const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
        throw new Stop(exitCodes.unreachable, `Signing in (${way}) failed: ${reason}\n${afterFailure[way]}`);
      }
    },
  };
}

// Loaded when a token is asked for: help and completion do without.
async function credentialOf(way: SignInWay, environment: Environment): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const { AZURE_CLIENT_ID: clientId, AZURE_FEDERATED_TOKEN_FILE: federated } = environment;
  switch (way) {
    case 'azure-cli':
      return new identity.AzureCliCredential({ processTimeoutInMs: mostWaitMs });
    case 'managed-identity':
      return clientId ? new identity.ManagedIdentityCredential({ clientId }) : new identity.ManagedIdentityCredential();
    case 'environment':
      return federated ? new identity.WorkloadIdentityCredential() : new identity.EnvironmentCredential();
  }
}
