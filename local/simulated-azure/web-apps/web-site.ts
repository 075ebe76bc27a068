/** An App Service or Functions app, or one of its slots. */
export interface WebSite {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly app: string;
  /** Null: the app itself, its production slot. */
  readonly slot: string | null;
  readonly kind: 'app' | 'functionapp';
  readonly location: string;
  tags?: Record<string, string>;
  /** When its configuration last changed. */
  modifiedAtMs: number;
  settings: Record<string, string>;
  /** Of the app itself: names of settings that stay with their slot in a swap; null as long as nobody has named any. */
  stickySettings: readonly string[] | null;
  /** What Key Vault references were resolved to. */
  resolved: Record<string, ResolvedReference>;
  /** The environments that running code was given, oldest first. */
  readonly starts: { readonly atMs: number; readonly environment: Readonly<Record<string, string>> }[];
}

export interface ResolvedReference {
  readonly status: 'Resolved' | 'InvalidSyntax' | 'VaultNotFound' | 'SecretNotFound' | 'SecretVersionNotFound';
  readonly version: string | null;
  readonly value: string | null;
}

/** The apps and slots of a world; none when it names none. */
export function webSitesOf(world: { webSites?: WebSite[] }): WebSite[] {
  world.webSites ??= [];
  return world.webSites;
}

export function webSiteId({
  subscriptionId,
  resourceGroup,
  app,
  slot,
}: Pick<WebSite, 'subscriptionId' | 'resourceGroup' | 'app' | 'slot'>): string {
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Web/sites/${app}`;
  return slot === null ? id : `${id}/slots/${slot}`;
}

/** An app or slot whose code has run for ever with these settings. */
export function newWebSite(
  place: Pick<WebSite, 'subscriptionId' | 'resourceGroup' | 'app' | 'slot' | 'kind' | 'location'>,
  settings: Readonly<Record<string, string>>,
  nowMs: number,
): WebSite {
  return {
    ...place,
    modifiedAtMs: nowMs,
    settings: { ...settings },
    stickySettings: null,
    resolved: {},
    starts: [{ atMs: 0, environment: { ...settings } }],
  };
}

export interface Reference {
  readonly text: string;
  readonly vaultName: string;
  readonly secretName: string;
  readonly secretVersion: string | null;
}

/** Both forms of https://learn.microsoft.com/azure/app-service/app-service-key-vault-references; null: plain text. */
export function parsedReference(setting: string): Reference | null {
  const [, text] = /^@Microsoft\.KeyVault\((.*)\)$/i.exec(setting) ?? [];
  if (text === undefined) return null;
  const uri = /^SecretUri=https:\/\/([^./]+)\.[^/]+\/secrets\/([^/]+)(?:\/([^/]*))?\/?$/i.exec(text);
  const parts = new Map(text.split(';').map((part) => [part.split('=')[0]?.toLowerCase(), part.split('=')[1]]));
  const [, vaultName = parts.get('vaultname') ?? '', secretName = parts.get('secretname') ?? '', version] = uri ?? [];
  return { text: setting, vaultName, secretName, secretVersion: (version ?? parts.get('secretversion')) || null };
}
