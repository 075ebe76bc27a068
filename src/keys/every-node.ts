/**
 * How an account's gateway is asked so that each of its nodes is met: rounds in a row of which every call, each on a connection of
 * its own, has the answer that is to be proved. Nodes learn of a change one after the other, and one may serve no call of a whole
 * round. How many there are is not documented: that a gateway has at most eight is assumed. One of eight is met by forty calls in
 * 199 of 200 cases (1 - (7/8)^40). Five rounds a minute apart are over in four minutes.
 */
export const everyNode = { rounds: 5, roundEveryMs: 60_000, calls: 8, spreadMs: 4_000 } as const;

/**
 * Rules and addresses reach a gateway's nodes within seconds, while a key may live on for hours: an operator who closes an account
 * waits for one minute, not four. An assumption; no source says how long it takes.
 */
export const networkRoundEveryMs = 10_000;
