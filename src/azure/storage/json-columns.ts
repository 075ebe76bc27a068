import { memberOf } from '../../shared/json.ts';

/**
 * A table column holds at most 64 KiB, which is 32 Ki UTF-16 units.
 * https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
 */
const columnUnits = 32_000;
/** A row holds at most 1 MiB. Fifteen full columns and the names stay below it. */
const mostColumns = 15;

/** `fields` as JSON in columns `json00`, `json01`, …, beside `schemaVersion` for people; null when it is too big. */
export function toColumns(fields: unknown): Record<string, string | number> | null {
  const columns: Record<string, string | number> = {};
  const schemaVersion = memberOf(fields, 'schemaVersion');
  if (typeof schemaVersion === 'number') columns.schemaVersion = schemaVersion;
  let rest = JSON.stringify(fields) ?? 'null';
  for (let index = 0; rest !== ''; index += 1) {
    if (index === mostColumns) return null;
    // A pair of surrogates is one character: cut in two, neither half survives as UTF-8.
    const end = /[\uD800-\uDBFF]/.test(rest.charAt(columnUnits - 1)) ? columnUnits - 1 : columnUnits;
    columns[columnName(index)] = rest.slice(0, end);
    rest = rest.slice(end);
  }
  return columns;
}

/** What `toColumns` was given, as JSON gives it back; undefined when the columns are not its own. */
export function fromColumns(row: object): unknown {
  const texts: string[] = [];
  for (let index = 0; ; index += 1) {
    const text = memberOf(row, columnName(index));
    if (typeof text !== 'string') break;
    texts.push(text);
  }
  try {
    return JSON.parse(texts.join(''));
  } catch {
    return undefined;
  }
}

function columnName(index: number): string {
  return `json${String(index).padStart(2, '0')}`;
}
