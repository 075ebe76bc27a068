import { promises } from 'node:dns';
import type { NameLookup } from '../keys/ports.ts';

/** What the system answers when there is no such name, or none with an address. */
const absentCodes = ['ENOTFOUND', 'ENODATA'];

/** The worker's own name lookup, with the name servers and zones of the network that it runs in. Only IPv4: private endpoints have no other. */
export const systemNameLookup: NameLookup = {
  async lookup(host) {
    try {
      // Asked for through the object, at each call: it may be replaced where this runs.
      const found = await promises.lookup(host, { all: true, family: 4 });
      // "Every address is private" holds for no address too, and would pass for a private path.
      if (found.length === 0) return { kind: 'no-such-name' };
      return { kind: 'addresses', addresses: found.map(({ address }) => address) };
    } catch (error) {
      if (error instanceof TypeError) throw error;
      const code = error instanceof Error && 'code' in error ? error.code : null;
      return { kind: absentCodes.includes(String(code)) ? 'no-such-name' : 'unknown' };
    }
  },
};
