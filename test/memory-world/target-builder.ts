import type { Copy, ReferenceCopy, SecretCopy, SettingCopy } from '../../src/keys/copies/copy.ts';
import type { Target, TargetPolicy } from '../../src/keys/target.ts';
import { parseAccountId } from '../../src/shared/resource-id.ts';

const hourMs = 3_600_000;
const accountId =
  '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-ai102-challenge09/providers/Microsoft.CognitiveServices/accounts/ai-secure-demo';

/** A target as the default world has it; a test names only what matters to it. */
export function buildTarget(
  change: Partial<Omit<Target, 'policy'>> & { readonly policy?: Partial<TargetPolicy> } = {},
): Target {
  const account = parseAccountId(accountId);
  if (account === null) throw new TypeError('the test account id does not parse');
  return {
    name: 'demo',
    account,
    vaultUrl: 'https://kv-ai102-secure.vault.azure.net',
    prefix: 'ai-services',
    layout: { kind: 'pointer' },
    copies: [],
    ...change,
    policy: {
      rotateEveryMs: 60 * 24 * hourMs,
      overlapMs: 2 * hourMs,
      pointerCacheMs: hourMs / 2,
      keyCacheMs: hourMs / 2,
      longestRequestMs: 600_000,
      newKeyProof: { acceptances: 20, spreadMs: 40_000 },
      probe: 'data-plane',
      firstRotation: 'on-request',
      driftEveryMs: hourMs,
      secretExpiry: 'keys',
      maxValidityMs: null,
      stragglers: { holdMs: 0, after: 'continue' },
      calendar: { windows: [], blackouts: [] },
      canary: false,
      ...change.policy,
    },
  };
}

/** A copy of the active key in a secret of another vault, which its readers keep for an hour. */
export function buildCopy(name: string, change: Partial<CommonCopy & SecretCopy> = {}): CommonCopy & SecretCopy {
  return {
    name,
    kind: 'key-vault-secret',
    vaultUrl: 'https://kv-contoso-web.vault.azure.net',
    secretName: `copy-${name}`,
    cacheMs: hourMs,
    create: false,
    ...change,
  };
}

/** A copy in a setting of an app that has the setting's name. */
export function buildSettingCopy(
  name: string,
  change: Partial<CommonCopy & SettingCopy> = {},
): CommonCopy & SettingCopy {
  const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-contoso-web';
  const appId = `${group}/providers/Microsoft.Web/sites/copy-${name}`;
  const place = { kind: 'app-setting', appId, slot: null, setting: `copy-${name}` } as const;
  return { name, ...place, cacheMs: hourMs, create: false, ...change };
}

/** A setting of an app that refers to the direct-value secret. */
export function buildReferenceCopy(name: string, change: Partial<Omit<ReferenceCopy, 'kind'>> = {}): Copy {
  const place = { ...buildSettingCopy(name), kind: 'reference-refresh', setting: 'AI_KEY' } as const;
  return { ...place, ...change };
}

type CommonCopy = Pick<Copy, 'name' | 'cacheMs' | 'create'>;

/** The name under which the memory worlds keep a copy. */
export function copyName(copy: Copy): string {
  return copy.kind === 'key-vault-secret' ? copy.secretName : copy.setting;
}
