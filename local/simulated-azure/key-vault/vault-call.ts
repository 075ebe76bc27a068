import type { Exchange } from '../exchange.ts';
import type { Vault } from '../world.ts';
import type { ApiVersion } from './api-version.ts';

/** One authorised request to one vault, as the operations see it. */
export interface VaultCall {
  readonly exchange: Exchange;
  readonly vault: Vault;
  readonly apiVersion: ApiVersion;
  /** The secret in the path, as asked for; empty for a list or a restore. */
  readonly name: string;
  /** The version in the path; null for the current one. */
  readonly version: string | null;
  readonly nowMs: number;
}

/** What an operation answers; `body` null for 204. */
export interface VaultAnswer {
  readonly status: 200 | 204;
  readonly body: unknown;
}

/** `https://{vault}.vault.azure.net`, the start of every id. */
export function vaultUrl({ exchange }: Pick<VaultCall, 'exchange'>): string {
  return `https://${exchange.url.hostname}`;
}

/** The API's unit of time: whole seconds since 1970. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
