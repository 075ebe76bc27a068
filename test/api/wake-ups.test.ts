import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Edge, refusingEdge } from '../../src/api/edge.ts';
import { inInvocation, invocationLog } from '../../src/api/invocation-log.ts';
import type { App } from '../../src/app/contract.ts';
import type { WakeUp } from '../../src/durable/ports.ts';
import { SettingsError } from '../../src/settings/settings-error.ts';
import { FailureError } from '../../src/shared/failure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { advanceRotation, sweep } from '../../src/triggers/wake-ups.ts';
import { fakeContext } from './fake-request.ts';

const timer = {
  isPastDue: false,
  schedule: { adjustForDST: true },
  scheduleStatus: { last: '', next: '', lastUpdated: '' },
};

function edgeOf(app: Pick<App, 'advance' | 'sweep'>, events: LogEvent[] = []): Edge {
  const refuse = () => Promise.reject(new TypeError('no HTTP here'));
  return { app: async () => app as App, authorise: refuse, log: (event) => events.push(event), newId: () => 'new-id' };
}

async function deliver(message: unknown) {
  const woken: WakeUp[] = [];
  const events: LogEvent[] = [];
  const app = { advance: async (wakeUp: WakeUp) => void woken.push(wakeUp), sweep: async () => undefined };
  await advanceRotation(edgeOf(app, events))(message, fakeContext('advance-rotation'));
  return { woken, events };
}

describe('a queue message', () => {
  it.each<[string, unknown]>([
    ['that names target and wake-up', { target: 'demo', wakeSeq: 4 }],
    ['with members of a newer version', { target: 'demo', wakeSeq: 4, hurry: true }],
  ])('%s advances the account', async (_, message) => {
    expect(await deliver(message)).toEqual({ woken: [{ target: 'demo', wakeSeq: 4 }], events: [] });
  });

  it.each(['network', 'access', 'keyless'] as const)('of a change of %s advances that', async (area) => {
    const message = { target: 'demo', wakeSeq: 4, area };
    expect(await deliver(message)).toEqual({ woken: [message], events: [] });
  });

  it.each<[string, unknown, string[]]>([
    ['a text', 'demo', ['message']],
    ['a number, as the host parses "5"', 5, ['message']],
    ['null', null, ['message']],
    ['an empty text', '', ['message']],
    ['no target', { wakeSeq: 4 }, ['message.target']],
    ['neither', {}, ['message.target', 'message.wakeSeq']],
    ['a broken number', { target: 'demo', wakeSeq: 4.5 }, ['message.wakeSeq']],
    ['a change of what there is not', { target: 'demo', wakeSeq: 4, area: 'tags' }, ['message.area']],
  ])('that is no wake-up (%s) is logged and acknowledged', async (_, message, fields) => {
    expect(await deliver(message)).toEqual({ woken: [], events: [{ event: 'wake-up-malformed', fields }] });
  });

  it.each<[string, Error, string]>([
    [
      'storage fails',
      new FailureError({ kind: 'not-applied', code: 'ServerBusy', retryAfterMs: null }),
      'FailureError: not-applied: ServerBusy',
    ],
    ['Keyturn has a fault of its own', new TypeError('key 0123456789abcdef'), 'UnexpectedError: unexpected-error'],
  ])('of which the advance breaks comes back, since the handler throws: %s', async (_, error, text) => {
    const broken = { advance: () => Promise.reject(error), sweep: async () => undefined };
    const thrown: unknown = await Promise.resolve(
      advanceRotation(edgeOf(broken))({ target: 'demo', wakeSeq: 1 }, fakeContext('advance-rotation')),
    ).catch((caught: unknown) => caught);
    expect(String(thrown)).toContain(text);
    // The host logs what is thrown, with its stack and its cause.
    expect(inspect(thrown)).not.toContain('0123456789abcdef');
  });
});

describe('the timer', () => {
  it('sweeps', async () => {
    const sweeps: string[] = [];
    const app = { advance: async () => undefined, sweep: async () => void sweeps.push('one') };
    await sweep(edgeOf(app))(timer, fakeContext('sweep'));
    expect(sweeps).toEqual(['one']);
  });

  it('fails while the settings are refused, so that an alert sees it', async () => {
    const error = new SettingsError([{ field: 'KEYTURN_TENANT_ID', found: 'nothing', accepted: 'a GUID' }]);
    await expect(sweep(refusingEdge(error))(timer, fakeContext('sweep'))).rejects.toBe(error);
  });
});

describe('a log event', () => {
  it('is one line of JSON in the invocation that it belongs to', async () => {
    const [first, second]: [string[], string[]] = [[], []];
    const write = async (errorName: string) => {
      await Promise.resolve();
      invocationLog({ event: 'unexpected-error', function: 'sweep', errorName, stack: [] });
    };
    await Promise.all([
      inInvocation(fakeContext('one', first), () => write('First')),
      inInvocation(fakeContext('two', second), () => write('Second')),
    ]);
    expect([first, second].map((lines) => lines.map((line) => JSON.parse(line)))).toMatchObject([
      [{ errorName: 'First' }],
      [{ errorName: 'Second' }],
    ]);
  });
});
