import { itemsAt, type Json, textAt } from '../recorded-file.ts';
import { vaultOf } from '../starting-vault.ts';
import type { WorldEdit } from './world-edit.ts';

/** Without `maxresults` a page of Key Vault's lists walks 25 names. */
const USUAL_PAGE = 25;

/**
 * A page of Key Vault's lists can hold fewer items than asked for, even none, and still have a next one: it also walks
 * names that the list does not show. Where a recorded page does so, secrets of the other list fill it up.
 */
export class ListFillers {
  readonly #among: 'secrets' | 'deletedSecrets';
  readonly #rowsOfItem: number;
  readonly #seen = new Set<string>();
  #lastShown = '0';
  #count = 0;

  /** @param among where the secrets stand that fill the pages: those that the list does not show */
  constructor(among: 'secrets' | 'deletedSecrets') {
    this.#among = among;
    // A list of deleted secrets walks a row for the name and one for each version.
    this.#rowsOfItem = among === 'secrets' ? 2 : 1;
  }

  /** @param later the links that the recording asks for */
  after(vault: string, page: URL, answer: Json | undefined, later: readonly string[]): WorldEdit[] {
    const items = itemsAt(answer, 'value');
    this.#lastShown = textAt(items.at(-1), 'id')?.split('/')[4] ?? this.#lastShown;
    if (textAt(answer, 'nextLink') === undefined || this.#seen.has(page.href)) return [];
    this.#seen.add(page.href);
    const size = Number(page.searchParams.get('maxresults') ?? USUAL_PAGE);
    // One name more for the next page to begin with, where the recording does not show that page.
    const wanted = Math.max(size - items.length * this.#rowsOfItem, 0) + (hasUnseenPage(answer, later) ? 1 : 0);
    const names = Array.from({ length: wanted }, () => this.#nextName());
    return [
      {
        before: 0,
        apply: (world, nowMs) => {
          for (const name of names) {
            const deletedAtMs = this.#among === 'secrets' ? null : nowMs;
            vaultOf(world, vault)[this.#among].push({ name, versions: [], deletedAtMs, busyUntilMs: 0 });
          }
        },
      },
    ];
  }

  /** Sorts right after the last item shown: names begin with letters or digits, and `-` comes before them. */
  #nextName(): string {
    this.#count += 1;
    return `${this.#lastShown}---${String(this.#count).padStart(4, '0')}`;
  }
}

/** Whether a page has a next one that the recording does not show. */
export function hasUnseenPage(answer: Json | undefined, later: readonly string[]): boolean {
  const link = textAt(answer, 'nextLink');
  if (link === undefined) return false;
  const token = new URL(link).searchParams.get('$skiptoken');
  return !later.some((followed) => new URL(followed).searchParams.get('$skiptoken') === token);
}
