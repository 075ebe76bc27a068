import type { HttpMethod } from '@azure/functions';
import { functions } from '../../../src/triggers/registrations.ts';
import { fakeContext, fakeRequest, toAnswer } from '../../api/fake-request.ts';
import { hardeningKeyturn, operator } from '../../scenarios/hardening/hardening-keyturn.ts';
import { currentKey } from '../../scenarios/simulated-keyturn.ts';

export interface PrintedCall {
  readonly method: string;
  /** From `/api/` on; whatever name or id stands in it, it is sent about the one target and its rotation. */
  readonly path: string;
  /** A text is sent as it is, undefined as no body. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const unused = async (): Promise<never> => {
  throw new TypeError('no call of the API');
};

const http = functionsOf(unused).map(({ route, method }) => ({ route, method }));

/** Keyturn's HTTP functions on the simulated Azure, with an adopted target and a rotation under way. */
export async function printedApp() {
  const keyturn = hardeningKeyturn();
  await keyturn.app.adopt('demo', { activeSlot: 'key1' }, operator);
  const asked = { inactiveKeyUnused: true, reason: null, idempotencyKey: null };
  const started = await keyturn.app.startRotation('demo', asked, operator);
  const rotationId = started.kind === 'started' ? started.rotation.id : '';
  const served = functionsOf(async () => keyturn.app);
  return {
    keyturn,
    key: currentKey(keyturn.account, 'key2'),
    /** Status and reason of the answer; 404 without a reason is what the host answers where no function takes the call. */
    async send({ method, path, body, headers = {} }: PrintedCall) {
      const { pathname } = new URL(path, 'https://keyturn.contoso.example');
      const found = served.find((one) => one.method === method && patternOf(one.route).test(pathname));
      if (found === undefined) return { status: 404, reason: null };
      const request = fakeRequest({
        method: method as HttpMethod,
        path,
        params: { name: 'demo', id: rotationId },
        headers,
        ...(body === undefined ? {} : { body }),
      });
      const answer = toAnswer(await found.handler(request, fakeContext(found.name)));
      const problem = answer.body as { reason?: string } | null;
      return { status: answer.status, reason: answer.status < 400 ? null : (problem?.reason ?? null) };
    },
  };
}

/** The calls that a mention means, such as `PUT …/network`: every operation whose path ends so. A segment `x` stands for any. */
export function callsMeant(method: string, mention: string): readonly { method: string; path: string }[] {
  const [asked = '', query] = mention.replaceAll(/\{\w+\}/g, 'x').split('?');
  const isWhole = !mention.startsWith('…');
  const ends = asked.replace(/^…/, '').replaceAll('…', 'x').split('/');
  return http
    .filter((one) => one.method === method)
    .map(({ route }) => `/${route}`.replaceAll(/\{\w+\}/g, 'x'))
    .filter((path) => {
      const segments = path.split('/');
      if (isWhole && segments.length !== ends.length) return false;
      // A whole path may hold somebody's name or id where the route has a parameter.
      return ends.toReversed().every((part, at) => {
        const segment = segments.at(-1 - at);
        return part === '' || part === segment || part === 'x' || (isWhole && segment === 'x');
      });
    })
    .map((path) => ({ method, path: query === undefined ? path : `${path}?${query}` }));
}

function functionsOf(app: Parameters<typeof functions>[0]['app']) {
  const edge = { app, authorise: async () => operator, log: () => {}, newId: () => 'new-id' };
  return functions(edge, { sweepSchedule: '0 */5 * * * *', eventsQueue: 'events' }, async () => ({})).flatMap((one) => {
    const { name } = one;
    // The dashboard answers every other path, which no call means.
    if (one.trigger !== 'http' || name === 'web-page') return [];
    const { route = '', methods = [], handler } = one.options;
    return methods.map((method) => ({ name, route, method: String(method), handler }));
  });
}

function patternOf(route: string): RegExp {
  return new RegExp(`^/${route.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
