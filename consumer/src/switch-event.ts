import type { KeyPlace } from './contract.ts';

/** The secret that an event tells this consumer to read, and which version it says is there. */
export interface Hint {
  readonly version: string | null;
}

/**
 * What a CloudEvent `Keyturn.KeySwitched` says to who reads the key at `place` of the vault; null: it is none, or of others.
 * Anybody may have sent it. Never throws.
 * @param event one event, parsed from JSON
 */
export function switchHint(event: unknown, vaultUrl: string, place: KeyPlace): Hint | null {
  try {
    const { type, data } = event as { readonly type?: unknown; readonly data: SwitchData };
    if (type !== 'Keyturn.KeySwitched' || !isSame(originOf(data.vault), originOf(vaultUrl))) return null;
    const { pointer, key, direct } = data.secrets;
    const [named, read] =
      place.prefix === undefined
        ? [isSame(direct?.name, place.secretName), direct]
        : [isSame(pointer.name, `${place.prefix}-active-key`), key];
    return named ? { version: typeof read?.version === 'string' ? read.version : null } : null;
  } catch {
    // Of another shape.
    return null;
  }
}

/** As Keyturn sends it, but any of it may be something else. */
interface SwitchData {
  readonly vault: string;
  readonly secrets: { readonly pointer: Given; readonly key: Given; readonly direct: Given | null };
}

interface Given {
  readonly name: string;
  readonly version: string | null;
}

const originOf = (url: string) => new URL(url).origin;

/** Names of vaults and secrets mean the same in any case. */
const isSame = (one: string | undefined, other: string) => one?.toLowerCase() === other.toLowerCase();
