/** The fence of who holds no lease: whatever it opens may read, and sends no write. */
export const readOnlyFence: Fence = () => false;

/**
 * How long one request to Azure may take, from the name lookup to the last byte of the answer, in milliseconds. After
 * that nothing more of it leaves the process: `src/azure` keeps to it, and the rotation's settle time counts with it.
 */
export const requestTimeoutMs = 30_000;

/**
 * Asked at the instant before the bytes of a write leave the process: is the lease still surely ours?
 * Adapters ask it after token, name lookup, proxy CONNECT and TLS; `false` means: send nothing, fail `not-applied` with
 * the code `fence-lost`.
 */
export type Fence = () => boolean;
