/** Closes a `switch` on a union: a member that is not handled fails to compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled: ${JSON.stringify(value)}`);
}
