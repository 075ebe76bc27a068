/**
 * How long one request to Azure may take, from the name lookup to the last byte of the answer, in milliseconds. After
 * that nothing more of it leaves the process: `src/azure` keeps to it, and the rotation's settle time counts with it.
 */
export const requestTimeoutMs = 30_000;
