/** The value of `IDENTITY_HEADER` that this process makes; one kept in a folder takes its place there. */
export const identityHeader: string = crypto.randomUUID().replaceAll('-', '').toUpperCase();
