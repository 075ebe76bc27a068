import type { IndexedFunction } from '../indexed-function.ts';
import type { Invoke } from '../invoker.ts';
import type { Caller, Keys } from '../keys.ts';
import { toAnswer, toHttpData } from './http-data.ts';
import type { Answer, HostRequest } from './http-exchange.ts';
import { compileRoute, matchRoute, type Route } from './route.ts';

export interface HttpFunction {
  readonly called: IndexedFunction;
  readonly route: Route;
  readonly authLevel: AuthLevel;
}

type AuthLevel = 'anonymous' | 'function' | 'admin';

/** Who may call a function of each level. A wrong key never hurts where none is asked for. */
const admitted: Readonly<Record<AuthLevel, readonly Caller[]>> = {
  anonymous: ['everyone', 'nobody', 'stranger', 'function', 'host', 'system', 'master'],
  function: ['everyone', 'function', 'host', 'master'],
  admin: ['everyone', 'master'],
};

/**
 * The function's route below the prefix. Throws when the host would refuse it: routes that begin with `admin` belong to the host
 * even below a prefix (ScriptHost.ValidateHttpFunction).
 */
export function httpFunction(called: IndexedFunction, routePrefix: string): HttpFunction {
  const { route, methods, authLevel } = called.trigger;
  const own = (typeof route === 'string' && route.trim() !== '' ? route : called.name).replace(/^\/+|\/+$/g, '');
  if (/^admin/i.test(own) || (routePrefix === '' && /^runtime/i.test(own))) {
    throw new Error('The specified route conflicts with one or more built in routes.');
  }
  const template = [routePrefix, own].filter((part) => part !== '').join('/');
  const level = String(authLevel ?? 'function').toLowerCase();
  if (level !== 'anonymous' && level !== 'function' && level !== 'admin')
    throw new Error(`unknown authLevel '${authLevel}'.`);
  return { called, route: compileRoute(template, Array.isArray(methods) ? methods.map(String) : []), authLevel: level };
}

/**
 * Answers function routes: the first function in the order given, which is that of their names, whose route and methods match.
 * The host knows no precedence of literal segments: https://github.com/Azure/azure-functions-host/issues/9876.
 * Undefined if none has it: then the host answers, with its own page at the root and an empty 404 elsewhere.
 */
export function httpRoutes(functions: readonly HttpFunction[], keys: Keys, invoke: Invoke) {
  return async (request: HostRequest): Promise<Answer | undefined> => {
    for (const { called, route, authLevel } of functions) {
      if (route.methods.length > 0 && !route.methods.includes(request.method)) continue;
      const params = matchRoute(route, request.path.slice(1));
      if (params === undefined) continue;
      const caller = keys.callerOf(keyOf(request), called.name);
      if (called.isDisabled && caller !== 'master') return { status: 404 };
      if (!admitted[authLevel].includes(caller)) return { status: 401 };
      const http = await toHttpData(request, params);
      return toAnswer(
        await invoke(called, {
          data: { http },
          reason: 'This function was programmatically called via the host APIs.',
        }),
      );
    }
    return undefined;
  };
}

/** The key that the caller shows, in `?code=` or in `x-functions-key`. */
export function keyOf(request: HostRequest): string | undefined {
  return request.headers.get('x-functions-key') ?? request.query.get('code') ?? undefined;
}
