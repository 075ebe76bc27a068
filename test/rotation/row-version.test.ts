import { describe, expect, it } from 'vitest';
import { accountRow, parseAccountRow, schemaVersion } from '../../src/rotation/account-row.ts';
import { buildRow } from './row-builder.ts';

describe('a row of another version', () => {
  it.each([schemaVersion + 1, schemaVersion + 7, schemaVersion - 1])(
    '%i is left alone, whatever else it holds',
    (version) => {
      expect(parseAccountRow({ schemaVersion: version, of: 'tomorrow' })).toBe('newer-schema');
    },
  );

  it.each([1.5, null, 'one'])('%s is no release of Keyturn', (version) => {
    expect(() => parseAccountRow({ ...buildRow(), schemaVersion: version })).toThrow();
  });

  it.each(Object.keys(accountRow.shape).filter((name) => name !== 'keyless' && name !== 'schemaVersion'))(
    'of this version holds %s',
    (name) => {
      const { [name]: _, ...rest } = buildRow() as Readonly<Record<string, unknown>>;
      expect(() => parseAccountRow(rest)).toThrow();
    },
  );
});

it('a field that is added without counting the version on would be lost by another release: this list is what version 1 holds', () => {
  expect(Object.keys(accountRow.shape).sort()).toMatchInlineSnapshot(`
    [
      "accountKind",
      "accountLocation",
      "adoptedAtMs",
      "armId",
      "copies",
      "directSecretName",
      "endpoint",
      "firstRotationConfirmedBy",
      "foundValidity",
      "inDoubt",
      "instance",
      "internalId",
      "keyless",
      "lastDone",
      "lastEnd",
      "lastSeen",
      "leak",
      "leakGoneAtMs",
      "leaks",
      "lease",
      "operatorRequest",
      "prefix",
      "requestRefused",
      "rotation",
      "schemaVersion",
      "settleUntilMs",
      "superseded",
      "target",
      "vaultUrl",
      "wakeAtMs",
      "wakeSeq",
    ]
  `);
});
