import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningAzurite, startAzurite } from '../../../local/azurite.ts';
import type { Clock } from '../../../local/runner/clock.ts';
import { manualClock } from '../../../local/simulated-azure/clock.ts';
import { abortableClock } from './abortable-clock.ts';
import { fixtureSettings, startFixture } from './start-fixture.ts';

let storage: RunningAzurite;
let service: QueueServiceClient;
let fixture: Awaited<ReturnType<typeof startFixture>>;

const queues = { maxPollingInterval: '00:00:00.2', batchSize: 4, newBatchThreshold: 1, maxDequeueCount: 3 };

beforeAll(async () => {
  storage = await startAzurite({ folder: null, ports: { blob: 0, queue: 0, table: 0 } });
  service = QueueServiceClient.fromConnectionString(storage.connectionString);
  await service.createQueue('jobs');
  fixture = await startFixture({
    host: { extensions: { queues } },
    environment: { ...fixtureSettings, AzureWebJobsStorage: storage.connectionString },
  });
});
afterAll(async () => {
  await fixture.stop();
  await storage.stop();
});

const send = (text: string, queue = 'jobs') =>
  service.getQueueClient(queue).sendMessage(Buffer.from(text).toString('base64'));
const countOf = async (queue: string) => (await service.getQueueClient(queue).getProperties()).approximateMessagesCount;

it('reports the functions that cannot be listened to, and runs the others', async () => {
  const { functions, inError } = await fixture.runner.ready;
  expect(inError.map(({ name }) => name)).toEqual([
    'bad-queue',
    'bad-schedule',
    'no-connection',
    'no-setting',
    'reserved',
  ]);
  expect(functions).toContain('job');
  const reasons = fixture.log.entries
    .map(({ message }) => message)
    .filter((message) => message.includes('is in error'));
  expect(reasons.join('\n')).toMatch(
    /The 'no-setting' function is in error: '%MISSING%' does not resolve to a value\./,
  );
  expect(reasons.join('\n')).toMatch(
    /The 'no-connection' function is in error: .*'AzureWebJobsNowhere' does not exist\./,
  );
});

describe('a message', () => {
  it.each([
    ['5', 5],
    ['true', true],
    ['null', null],
    ['"quoted"', 'quoted'],
    ['[1,2]', [1, 2]],
    ['  {"a":1} ', { a: 1 }],
    ['{broken', '{broken'],
    ['', ''],
  ])('%j reaches the handler after one JSON.parse', async (text, value) => {
    const before = fixture.log.reports('job').length;
    await send(text);
    await fixture.log.seenTimes('(Succeeded', before + 1);
    expect(fixture.log.reports('job').at(-1)).toMatchObject({ value });
  });

  it('comes with its metadata, and its properties overwrite it', async () => {
    await send('{"id":"mine","marker":"metadata"}');
    await fixture.log.seen('"marker":"metadata"');
    const { metadata } = fixture.log.reports('job').at(-1) as { metadata: Record<string, unknown> };
    expect(metadata).toMatchObject({ id: 'mine', marker: 'metadata', dequeueCount: 1, popReceipt: expect.any(String) });
    expect(metadata.expirationTime).toMatch(/^\d{4}-.*\+00:00$/);
    const visibleInMs = Date.parse(String(metadata.nextVisibleTime)) - Date.parse(String(metadata.insertionTime));
    expect(Math.round(visibleInMs / 60_000)).toBe(10);
  });

  it('that fails is redelivered up to the limit, and then lies in the poison queue with the same text', async () => {
    await send('fail-always');
    await fixture.log.seen('Message has reached MaxDequeueCount of 3.');
    const poison = service.getQueueClient('jobs-poison');
    await expect
      .poll(async () => (await poison.peekMessages()).peekedMessageItems[0]?.messageText)
      .toBe(Buffer.from('fail-always').toString('base64'));
    const counts = fixture.log.reports('job').filter(({ value }) => value === 'fail-always');
    expect(counts.map(({ metadata }) => (metadata as { dequeueCount: number }).dequeueCount)).toEqual([1, 2, 3]);
    await expect.poll(() => countOf('jobs')).toBe(0);
    await poison.clearMessages();
  });

  it('that is not base64 never reaches the handler, and ends in the poison queue', async () => {
    const before = fixture.log.reports('job').length;
    await service.getQueueClient('jobs').sendMessage('{not base64}');
    await expect.poll(() => countOf('jobs-poison')).toBe(1);
    expect(fixture.log.reports('job')).toHaveLength(before);
  });
});

it('is fired by hand with a message text, without id and pop receipt', async () => {
  expect(await fixture.runner.fire('job', 'by hand')).toMatchObject({ succeeded: true });
  const { metadata } = fixture.log.reports('job').at(-1) as { metadata: Record<string, unknown> };
  expect(metadata).toMatchObject({
    dequeueCount: 0,
    queueTrigger: 'by hand',
    expirationTime: '9999-12-31T23:59:59.9999999+00:00',
  });
  expect(metadata).not.toHaveProperty('id');
  expect(metadata).not.toHaveProperty('popReceipt');
  expect(await fixture.runner.fire('job')).toMatchObject({ succeeded: false });
});

describe('a host that finds messages waiting', () => {
  let own: Awaited<ReturnType<typeof startFixture>>;
  afterEach(() => own.stop());

  async function startOn(queue: string, texts: string[], options: { clock?: Clock } = {}) {
    await service.createQueue(queue);
    for (const text of texts) await send(text, queue);
    own = await startFixture({
      ...options,
      host: { extensions: { queues } },
      environment: {
        ...fixtureSettings,
        QUEUE_NAME: 'other',
        HELD_QUEUE: queue,
        AzureWebJobsStorage: storage.connectionString,
      },
    });
  }

  it('runs a batch in parallel, and fetches the next when no more than the threshold still run', async () => {
    await startOn('six', ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']);
    await own.log.seenTimes('saw {"value":"h', 4);
    // Four run, and the threshold is one: the others stay in the queue, visible.
    const peeked = await service.getQueueClient('six').peekMessages({ numberOfMessages: 32 });
    expect(peeked.peekedMessageItems).toHaveLength(2);
    await own.get('/api/release');
    await own.log.seenTimes('saw {"value":"h', 6);
    await own.get('/api/release');
    await expect.poll(() => countOf('six')).toBe(0);
  });

  it('renews a message every five minutes while its function runs, and still deletes it', async () => {
    const time = manualClock(Date.now());
    await startOn('long', ['long'], { clock: abortableClock(time) });
    await own.log.seen('saw {"value":"long"}');
    for (const times of [1, 2]) {
      await time.advance(5 * 60_000);
      await own.log.seenTimes("Renewed a message of 'long'", times);
    }
    await own.get('/api/release');
    await expect.poll(() => countOf('long')).toBe(0);
  });

  it('finishes and deletes a message in progress when it is stopped', async () => {
    await startOn('one', ['last']);
    await own.log.seen('saw {"value":"last"}');
    const stopped = own.runner.stop();
    await own.runner.fire('on-event', '{"id":"release-http"}');
    await stopped;
    expect(own.log.entries.some(({ message }) => message.includes("Executed 'Functions.held-job' (Succeeded"))).toBe(
      true,
    );
    expect(await countOf('one')).toBe(0);
  });
});
