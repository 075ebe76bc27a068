import { SecretClient } from '@azure/keyvault-secrets';
import type { KeyFailure, ReadFailure, RotatingKey, RotatingKeyOptions, Time } from './contract.ts';
import { declarationOf } from './declaration.ts';
import { keepKey } from './kept-key.ts';
import { readKey, readSecret, type Secrets } from './read-vault.ts';
import { LiveCredential } from './secret-key.ts';
import { keyFetch, keyPolicy } from './send-with-key.ts';
import { switchHint } from './switch-event.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** What to do about each failure. */
const remedies: Readonly<Record<KeyFailure, string>> = {
  'vault-unavailable': 'The vault did not answer, or not in time. Check its address, and the network from here to it.',
  'token-unavailable': 'The credential gave no token. Check the identity that this process runs with.',
  'access-denied':
    'The vault refused the read. Give this identity the role Key Vault Secrets User on the secret or its vault, and check the firewall of the vault.',
  'secret-missing': 'There is no such secret. Check prefix or secretName, and that the target is adopted.',
  'secret-disabled': 'The secret is disabled. Enable it, or let Keyturn repair the target.',
  'secret-empty': 'The secret holds nothing. Let Keyturn repair the target.',
  'pointer-unusable': 'The pointer names neither key1 nor key2. Let Keyturn repair the target.',
};

/** No key may be used: none could be read at the start, or the vault has failed for longer than `lastGoodForMs`. */
export class KeyUnavailable extends Error {
  override readonly name = 'KeyUnavailable';
  readonly reason: KeyFailure;
  readonly secret: string | null;
  /** The HTTP status of the vault's answer, if there was one. */
  readonly status: number | null;

  constructor({ reason, secret, status }: ReadFailure) {
    super(`${reason}${secret === null ? '' : ` (${secret})`}: ${remedies[reason]}`);
    this.reason = reason;
    this.secret = secret;
    this.status = status;
  }
}

/**
 * A key that Keyturn rotates, read from its vault and kept up to date.
 * @throws {KeyUnavailable} if no first key can be read
 * @throws {RangeError} for an option out of its range, and without one of prefix and secretName
 */
export async function rotatingKey(options: RotatingKeyOptions): Promise<RotatingKey> {
  const cacheMs = within('cacheMs', options.cacheMs ?? 30 * minuteMs, 10_000, 24 * hourMs);
  const lastGoodForMs = within('lastGoodForMs', options.lastGoodForMs ?? hourMs, 0, 24 * hourMs);
  const longestRequestMs = within('longestRequestMs', options.longestRequestMs ?? 10 * minuteMs, 1, 24 * hourMs);
  if ((options.prefix === undefined) === (options.secretName === undefined))
    throw new RangeError('prefix and secretName: exactly one of them is accepted');
  const secrets: Secrets = new SecretClient(options.vaultUrl, options.credential, {
    // What the SDK still retries must end within one read; the cache itself tries again later.
    retryOptions: { maxRetries: 2, retryDelayInMs: 500, maxRetryDelayInMs: 2_000 },
    ...options.clientOptions,
  });
  const kept = await keepKey({
    read: (signal) => readKey(secrets, options, signal),
    cacheMs,
    lastGoodForMs,
    time: options.time ?? systemTime,
    onEvent: options.onEvent ?? (() => {}),
    unavailable: (failure) => new KeyUnavailable(failure),
  });

  async function readEndpoint(): Promise<string> {
    const name = options.prefix === undefined ? null : `${options.prefix}-endpoint`;
    if (name === null) throw new KeyUnavailable({ reason: 'secret-missing', secret: null, status: null });
    const answer = await readSecret(secrets, name, AbortSignal.timeout(10_000));
    if (answer.kind === 'failed') throw new KeyUnavailable(answer.failure);
    return answer.value.text;
  }
  let endpoint: Promise<string> | null = null;

  return {
    current: () => kept.current(),
    credential: new LiveCredential(() => kept.now()),
    apiKey: async () => (await kept.current()).reveal(),
    policy: (header) => keyPolicy(kept, header),
    fetch: (ways) => keyFetch(kept, ways),
    refused: (key) => kept.refused(key),
    keySwitched(event) {
      const hint = switchHint(event, options.vaultUrl, options);
      return hint !== null && kept.hinted(hint.version);
    },
    endpoint() {
      endpoint ??= readEndpoint().catch((error) => {
        endpoint = null;
        throw error;
      });
      return endpoint;
    },
    declaration: declarationOf(cacheMs, longestRequestMs),
    close: () => kept.close(),
  };
}

function within(name: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new RangeError(`${name} is ${value}; a number of milliseconds from ${least} to ${most} is accepted`);
}

const systemTime: Time = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  random: () => Math.random(),
  schedule(afterMs, act) {
    const timer = setTimeout(act, afterMs).unref();
    return () => clearTimeout(timer);
  },
};
