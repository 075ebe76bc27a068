import type { World } from '../world.ts';
import { registrationsOf } from './graph-applications.ts';

/** Client ids that a page may sign in to, each with the addresses of its pages. */
function pagesOf(world: World): readonly (readonly [clientId: string, uris: readonly string[]])[] {
  const registered = registrationsOf(world).map(({ appId, spa }) => [appId, spa.redirectUris] as const);
  return [...Object.entries(world.pages ?? {}), ...registered];
}

/** Whether the directory knows the app. */
export function isPagesApp(world: World, clientId: string): boolean {
  return pagesOf(world).some(([id]) => id === clientId.toLowerCase());
}

/**
 * Whether `uri` is one of the app's addresses for pages (platform `spa`), letter by letter; of localhost the port does not count:
 * https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
 * @param clientId null: of any app's
 */
export function isRedirectUri(world: World, clientId: string | null, uri: string): boolean {
  const withoutPort = uri.replace(/^http:\/\/localhost:\d+(?=\/|$)/, 'http://localhost');
  return pagesOf(world)
    .filter(([id]) => clientId === null || id === clientId.toLowerCase())
    .some(([, uris]) => uris.includes(uri) || uris.includes(withoutPort));
}
