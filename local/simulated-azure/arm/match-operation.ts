import type { ArmOperation } from './arm-call.ts';

/** The operation that answers this method and path (decoded, no slash at the end), with what its template names. */
export function matchOperation(
  operations: readonly ArmOperation[],
  method: string,
  path: string,
): { readonly operation: ArmOperation; readonly params: Readonly<Record<string, string>> } | null {
  for (const operation of operations) {
    if (operation.method !== method) continue;
    const groups = pattern(operation.path).exec(path)?.groups;
    if (groups !== undefined) return { operation, params: groups };
  }
  return null;
}

const patterns = new Map<string, RegExp>();

/** `{name}` is one segment, `{+name}` any number of them, none included. An unnamed group makes `groups` exist always. */
function pattern(template: string): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const source = template
    .replaceAll('.', '\\.')
    .replaceAll(/\{\+(\w+)\}/g, '(?<$1>.*)')
    .replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const made = new RegExp(`^(?<whole>${source})$`, 'i');
  patterns.set(template, made);
  return made;
}
