/** A small app with one function for each behaviour of the host that the tests look at. */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';

const waiting: (() => void)[] = [];
const methods = ['GET' as const, 'POST' as const];

app.http('request', { methods, route: 'request/{id}', handler: describeRequest });
app.http('request-literal', { methods: ['GET'], route: 'request/literal', handler: () => ({ body: 'literal' }) });
app.http('literal-first', { methods: ['GET'], route: 'word/literal', handler: () => ({ body: 'literal' }) });
app.http('word', { methods: ['GET'], route: 'word/{id}', handler: ({ params }) => ({ jsonBody: params }) });
app.http('typed', { route: 'typed/{n:int}', handler: ({ params }) => ({ jsonBody: params }) });
app.http('optional', { route: 'maybe/{x?}', handler: ({ params }) => ({ jsonBody: params }) });
app.http('files', { route: 'files/{*rest}', handler: ({ params }) => ({ jsonBody: params }) });
app.http('percent', { route: 'percent/%NAME%', handler: () => ({ body: 'taken literally' }) });
app.http('plain', { route: '', handler: () => ({ body: 'named by the function' }) });
app.http('reserved', { route: 'admin/anything', handler: () => ({ body: 'never reached' }) });
app.http('respond', {
  route: 'respond/{kind}',
  handler: ({ params }) => respond(params.kind ?? '') as HttpResponseInit,
});
app.http('open', { authLevel: 'anonymous', handler: () => ({ body: 'ran' }) });
app.http('guarded', { authLevel: 'function', handler: () => ({ body: 'ran' }) });
app.http('neighbour', { authLevel: 'function', handler: () => ({ body: 'ran' }) });
app.http('operator', { authLevel: 'admin', handler: () => ({ body: 'ran' }) });
app.http('switched-off', { handler: () => ({ body: 'never reached' }) });

app.http('environment', { handler: () => ({ jsonBody: { name: process.env.NAME, folder: process.cwd() } }) });
app.http('process', { handler: () => ({ jsonBody: process.pid }) });
app.http('occupy', {
  handler: () => {
    setInterval(() => {}, 60_000);
    return {};
  },
});
app.http('crash', {
  handler: () => {
    void Promise.reject(new Error('nobody catches this'));
    return new Promise(() => {});
  },
});
app.http('quit', { handler: () => process.exit(3) });
app.http('wait', {
  async handler(_request, context) {
    context.log('waiting');
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { body: 'waited' };
  },
});
app.http('release', {
  handler: () => {
    for (const release of waiting.splice(0)) release();
    return {};
  },
});
app.http('late', {
  handler: (_request, context) => {
    setImmediate(() => context.warn('after the end'));
    return {};
  },
});
app.http('speak', {
  handler: (_request, context) => {
    context.trace('t');
    context.debug('d');
    context.log('i');
    context.warn('w');
    context.error('e');
    console.log('said on the console');
    console.error('said on stderr');
    return {};
  },
});
app.http('hooked', {
  handler: async (request) => ({ body: `${await (request as unknown as { text: string }).text}` }),
});

app.timer('hourly', {
  schedule: '%TIMER_SCHEDULE%',
  handler: (timer, context) => context.log(said({ timer, ...around(context) })),
});
app.timer('retried', {
  schedule: '0 0 0 1 1 *',
  retry: { strategy: 'fixedDelay', delayInterval: 0, maxRetryCount: 2 },
  handler(_timer, context) {
    context.log(said(around(context)));
    throw new Error(`attempt ${context.retryContext?.retryCount}`);
  },
});
app.timer('bad-schedule', { schedule: 'every now and then', handler: () => {} });
app.timer('no-setting', { schedule: '%MISSING%', handler: () => {} });

app.storageQueue('job', {
  queueName: '%QUEUE_NAME%',
  connection: '',
  handler(value: unknown, context) {
    context.log(said({ value, ...around(context) }));
    if (JSON.stringify(value).includes('fail')) throw new Error('the job fails');
  },
});
app.storageQueue('held-job', {
  queueName: '%HELD_QUEUE%',
  connection: '',
  async handler(value: unknown, context) {
    context.log(said({ value }));
    await new Promise<void>((resolve) => waiting.push(resolve));
  },
});
app.storageQueue('bad-queue', { queueName: 'No', connection: '', handler: () => {} });
app.storageQueue('no-connection', { queueName: 'lost', connection: 'Nowhere', handler: () => {} });

app.eventGrid('on-event', {
  handler(event: unknown, context) {
    context.log(said({ event, ...around(context) }));
    if (JSON.stringify(event).includes('release-http')) for (const release of waiting.splice(0)) release();
    if (JSON.stringify(event).includes('fail')) throw new Error('secret words of the handler');
  },
});

app.hook.appStart((context) => console.log(`appStart with hookData ${JSON.stringify(context.hookData)}`));
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName === 'hooked') context.inputs = [{ text: 'input from the hook' }];
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName !== 'hooked') return;
  context.result = { body: `${(context.result as { body: string }).body}, result too` };
});
app.hook.appTerminate(() => console.log('appTerminate ran'));

async function describeRequest(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return {
    jsonBody: {
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      query: Object.fromEntries(request.query),
      params: request.params,
      body: await request.text(),
      user: request.user,
      ...around(context),
    },
  };
}

function around(context: InvocationContext) {
  return {
    metadata: context.triggerMetadata ?? 'undefined',
    traceParent: context.traceContext?.traceParent,
    retry: context.retryContext ?? 'undefined',
  };
}

function said(value: unknown): string {
  return `saw ${JSON.stringify(value)}`;
}

function respond(kind: string): unknown {
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'null':
      return null;
    case 'empty':
      return {};
    case 'array':
      return [];
    case 'text':
      return { body: 's' };
    case 'bytes':
      return { body: Buffer.from([1, 2, 3]) };
    case 'json':
      return { jsonBody: { a: 1 } };
    case 'problem':
      return { status: 409, jsonBody: { a: 1 }, headers: { 'content-type': 'application/problem+json' } };
    case 'null-json':
      return { jsonBody: null };
    case 'cookie':
      return { cookies: [{ name: 'c', value: 'v', maxAge: 60 }] };
    case 'status':
      return { status: 202, headers: { location: '/api/elsewhere' } };
    case 'no-content':
      return { status: 204, body: 'dropped' };
    case 'string':
      return 'just text';
    case 'number':
      return 5;
    default:
      throw new Error('secret words of the handler');
  }
}
