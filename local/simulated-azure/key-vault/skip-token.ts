/**
 * The vault's `$skiptoken`: where the next page starts, in the form that recorded tokens have, so that those work here
 * too. Inside two layers of base64 stands the storage row `secret/NAME` or `secret/NAME/VERSION`, in upper case.
 */
export function writeSkipToken(row: string): string {
  const key = `secret/${row.toUpperCase()}`;
  const place = `${String(key.length).padStart(6, '0')}!${key}!000028!9999-12-31T23:59:59.9999999Z!`;
  const packed = Buffer.from(place).toString('base64').replaceAll('=', '-');
  const token = { NextMarker: `2!${packed.length}!${packed}`, TargetLocation: 0 };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** The row that a token names, in lower case and without `secret/`; null when it is no such token. */
export function readSkipToken(token: string): string | null {
  const packed = /^\{"NextMarker":"2!\d+!([^"!]+)",/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  const place = Buffer.from((packed ?? '').replaceAll('-', '='), 'base64').toString();
  return /^\d{6}!secret\/([^!]+)!/.exec(place)?.[1]?.toLowerCase() ?? null;
}
