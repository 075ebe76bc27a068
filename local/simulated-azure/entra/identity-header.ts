/**
 * The value of `IDENTITY_HEADER`, made anew by each process: whoever starts the managed identity endpoint hands it to the
 * app in its environment, and requests must repeat it.
 */
export const identityHeader: string = crypto.randomUUID().replaceAll('-', '').toUpperCase();
