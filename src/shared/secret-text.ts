/** `inspect.custom` of node:util, which takes a cold start some milliseconds to load. https://nodejs.org/api/util.html#utilinspectcustom */
const inspectCustom: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * A key, token or connection string that cannot be logged by accident: text conversion, JSON and the inspector
 * all give the mask. Only `reveal()` gives the value; call it where the bytes leave for Azure, nowhere else.
 */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  equals(other: SecretText): boolean {
    return this.#value === other.#value;
  }

  /** `****` and the last four characters; only `****` for a text so short that four characters would tell much of it. */
  masked(): string {
    return this.#value.length >= 16 ? `****${this.#value.slice(-4)}` : '****';
  }

  toString(): string {
    return this.masked();
  }

  toJSON(): string {
    return this.masked();
  }

  [inspectCustom](): string {
    return this.masked();
  }
}
