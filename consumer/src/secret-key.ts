import type { HiddenKey } from './contract.ts';

/** What the inspector of Node looks for: https://nodejs.org/api/util.html#utilinspectcustom */
const inspected = Symbol.for('nodejs.util.inspect.custom');
const placeholder = '[key]';

/** Holds a key in a field that nothing outside can read or list. */
export class SecretKey implements HiddenKey {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  equals(other: HiddenKey): boolean {
    return this.#value === other.reveal();
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspected](): string {
    return placeholder;
  }
}

/** A `KeyCredential` that reads its key for each request. Its getter is on the prototype, so that no listing calls it. */
export class LiveCredential {
  readonly #read: () => HiddenKey;

  constructor(read: () => HiddenKey) {
    this.#read = read;
  }

  get key(): string {
    return this.#read().reveal();
  }

  toJSON(): string {
    return placeholder;
  }

  [inspected](): string {
    return placeholder;
  }
}
