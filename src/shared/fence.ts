/**
 * Asked at the instant before the bytes of a write leave the process: is the lease still surely ours?
 * Adapters ask it after token, name lookup, proxy CONNECT and TLS; `false` means: send nothing, fail `not-applied` with
 * the code `fence-lost`.
 */
export type Fence = () => boolean;
