/** What a target may be called: it stands in routes, in messages and as the key of rows. */
export const targetName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
