import { keyOf } from './http/http.ts';
import type { Answer, HostRequest } from './http/http-exchange.ts';
import type { IndexedFunction } from './indexed-function.ts';
import type { Keys, NamedKey } from './keys.ts';

const json = (value: unknown): Answer => ({
  status: 200,
  headers: [['content-type', 'application/json; charset=utf-8']],
  body: JSON.stringify(value),
});

export interface AdminOptions {
  readonly functions: readonly IndexedFunction[];
  readonly keys: Keys;
  /** Where a function is invoked over HTTP, if it is. */
  readonly invokeUrl: (called: IndexedFunction) => string | undefined;
  /** Runs a function by hand with the text given; its failure is logged, not told. */
  readonly fire: (called: IndexedFunction, input: string | null) => Promise<unknown>;
  readonly status: () => { readonly id: string; readonly state: string; readonly processUptime: number };
}

/** Answers `/admin/…`: everything but the ping needs the master key (unless key checks are off). */
export function adminEndpoints({ functions, keys, invokeUrl, fire, status }: AdminOptions) {
  return async (request: HostRequest): Promise<Answer> => {
    const [, area = '', ...rest] = request.path.replace(/\/$/, '').split('/').slice(1);
    const where = [area, ...rest].join('/').toLowerCase();
    if (where === 'host/ping') return { status: 200 };
    const caller = keys.callerOf(keyOf(request));
    if (caller !== 'master' && caller !== 'everyone') return { status: 401, headers: [['www-authenticate', 'Bearer']] };

    const origin = new URL(request.url).origin;
    const listed = (list: readonly NamedKey[]) =>
      json({ keys: list, links: [{ rel: 'self', href: `${origin}${request.path}` }] });
    if (request.method === 'GET') {
      if (where === 'host/status') return json({ ...status(), version: '4.1037.0.0', versionDetails: 'local runner' });
      if (where === 'host/keys') return listed(keys.hostKeys);
      if (where === 'host/systemkeys') return listed(keys.systemKeys);
      if (where === 'functions')
        return json(functions.map((listedFunction) => describe(listedFunction, origin, invokeUrl(listedFunction))));
    }
    if (area.toLowerCase() !== 'functions') return { status: 404 };
    const called = functions.find(({ name }) => name.toLowerCase() === rest[0]?.toLowerCase());
    if (called === undefined) return { status: 404 };
    switch (`${request.method} ${rest.slice(1).join('/').toLowerCase()}`) {
      case 'GET ':
        return json(describe(called, origin, invokeUrl(called)));
      case 'GET status':
        return json({});
      case 'GET keys':
        return listed(keys.functionKeys(called.name));
      case 'POST ': {
        if (!/^application\/(.*\+)?json\b/i.test(request.headers.get('content-type') ?? '')) return { status: 415 };
        const input = inputIn((await request.body()).toString());
        if (input === undefined) return { status: 400 };
        // Answered at once: the run goes on in the background.
        void fire(called, input);
        return { status: 202 };
      }
      default:
        return { status: 404 };
    }
  };
}

/** The `input` of the body: a text, or null when it has none; undefined when body or input is of another kind. */
function inputIn(body: string): string | null | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    const { input = null } = parsed as { input?: unknown };
    return input === null || typeof input === 'string' ? input : undefined;
  } catch {
    return undefined;
  }
}

function describe({ name, metadata, isDisabled }: IndexedFunction, origin: string, invokeUrl: string | undefined) {
  return {
    name,
    script_href: `${origin}/admin/vfs/${metadata.scriptFile}`,
    href: `${origin}/admin/functions/${name}`,
    invoke_url_template: invokeUrl ?? null,
    language: 'node',
    config: {
      bindings: Object.entries(metadata.bindings).map(([bindingName, binding]) => ({ ...binding, name: bindingName })),
    },
    isDisabled,
  };
}
