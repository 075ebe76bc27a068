import { isObject, type Json, textAt } from './recorded-file.ts';

/**
 * Which live value stands for a recorded one: ids, versions, links and blobs that an earlier answer made up. Later
 * requests of the recording are asked with the live ones.
 */
export class LiveNames {
  readonly #live = new Map<string, string>();

  /** Notes every text that differs between a recorded answer and the live one. */
  learn(recorded: Json | undefined, live: Json | undefined): void {
    if (typeof recorded === 'string' && typeof live === 'string') this.#learnText(recorded, live);
    if (Array.isArray(recorded) && Array.isArray(live)) {
      const counterparts = recorded.map((item: Json) => this.#counterpart(item, live));
      const unclaimed = live.filter((item) => !counterparts.includes(item));
      for (const [index, item] of recorded.entries()) this.learn(item, counterparts[index] ?? unclaimed.shift());
    }
    if (isObject(recorded) && isObject(live)) {
      for (const [member, value] of Object.entries(recorded)) this.learn(value, live[member]);
    }
  }

  /** A recorded link as the live side knows it. */
  url(recorded: string): string {
    const whole = recorded.startsWith('https:') ? this.#live.get(linkKey(recorded)) : undefined;
    if (whole !== undefined) return whole;
    return recorded.replaceAll(/[^/?&=#]+/g, (segment) => this.#live.get(segment) ?? segment);
  }

  /** The value of a recorded request's header: an etag is ours, a link leads to us. */
  header(recorded: string): string {
    return this.#text(recorded);
  }

  /** A recorded body as the live side knows it. */
  body(recorded: Json | undefined): Json | undefined {
    if (typeof recorded === 'string') return this.#text(recorded);
    if (Array.isArray(recorded)) return recorded.map((item: Json) => this.body(item) ?? null);
    if (!isObject(recorded)) return recorded;
    return Object.fromEntries(Object.entries(recorded).map(([member, value]) => [member, this.body(value) ?? null]));
  }

  #text(recorded: string): string {
    const known = this.#live.get(recorded);
    if (known !== undefined) return known;
    return /^(https:\/)?\//.test(recorded) ? this.url(recorded) : recorded;
  }

  #learnText(recorded: string, live: string): void {
    if (recorded === live || !isName(recorded) || recorded === ZEROS) return;
    if (/^https?:/.test(recorded) && /^https?:/.test(live)) {
      this.#live.set(linkKey(recorded), live);
      const [from, to] = [new URL(recorded).pathname.split('/'), new URL(live).pathname.split('/')];
      if (from.length !== to.length) return;
      for (const [index, segment] of from.entries()) this.#learnText(segment, to[index] ?? segment);
      return;
    }
    this.#live.set(recorded, live);
    // Some services write one id in capitals here and in small letters there.
    if (/^[0-9A-F-]{36}$/.test(recorded)) this.#live.set(recorded.toLowerCase(), live.toLowerCase());
  }

  #counterpart(item: Json, candidates: readonly Json[]): Json | undefined {
    const shown = textAt(item, 'id') ?? textAt(item, 'name');
    const id = shown === undefined ? undefined : this.#text(shown);
    return candidates.find(
      (candidate) => id !== undefined && (textAt(candidate, 'id') ?? textAt(candidate, 'name')) === id,
    );
  }
}

/** What recorders write over any id, the tenant's and the subscription's alike: it is no name of either. */
const ZEROS = '00000000-0000-0000-0000-000000000000';

/** Links are the same link whatever their port and the order of their parameters. */
function linkKey(link: string): string {
  const url = new URL(link);
  return `${url.hostname}${url.pathname}?${[...url.searchParams]
    .map((pair) => pair.join('='))
    .sort()
    .join('&')}`;
}

/** Made-up names are long; `true`, `S0` or `Succeeded` never stand for one another. */
function isName(text: string): boolean {
  return (
    /^https?:/.test(text) ||
    /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text) ||
    /^[0-9a-f]{32}$/i.test(text) ||
    /^(W\/)?"[0-9a-f-]{36}"$/i.test(text) ||
    (text.length > 60 && !text.includes(' '))
  );
}
