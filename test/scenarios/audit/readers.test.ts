import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../local/simulated-azure/faults.ts';
import type { ReadersView } from '../../../src/rotation/readers/readers-view.ts';
import { minuteMs } from '../../../src/shared/time.ts';
import { adopted, rotating } from '../steered-rotation.ts';
import { consumer, readersKeyturn } from './readers-keyturn.ts';

const json = { 'content-type': 'application/json' };
/** https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format: rows up to a limit, and that there are more. */
const partial = JSON.stringify({
  tables: [{ name: 'PrimaryResult', columns: [], rows: [] }],
  error: { code: 'PartialError', message: 'There were some errors when processing your query.', details: [] },
});

const named = (readers: ReadersView | null) => ({
  unknown: readers?.unknown?.reason ?? null,
  followers: readers?.followers.map(({ name, identity }) => name ?? identity),
  stragglers: readers?.stragglers.map(({ name, identity }) => name ?? identity),
  unclear: readers?.unclear.map(({ name, identity }) => name ?? identity),
});

describe('who read which key, on the true client', () => {
  it.each([
    ['public', 'AZKVAuditLogs'],
    ['public', 'AzureDiagnostics'],
    ['usgovernment', 'AZKVAuditLogs'],
    ['china', 'AzureDiagnostics'],
  ] as const)(
    'in the cloud %s, from %s: a straggler becomes a follower when it reads the new key',
    async (cloud, table) => {
      const keyturn = await readersKeyturn({ table, cloud });
      const { clock } = keyturn;
      await keyturn.read('key1');
      expect(await keyturn.readers()).toBeNull();
      await keyturn.switchOver();
      clock.advance(40 * minuteMs);
      await keyturn.read('active-key');
      const stillOld = await keyturn.readers();
      expect(named(stillOld)).toEqual({ unknown: null, followers: [], stragglers: [consumer], unclear: [] });
      await keyturn.read('key2');
      clock.advance(1.5 * minuteMs);
      expect(named(await keyturn.readers())).toEqual({
        unknown: null,
        followers: [consumer],
        stragglers: [],
        unclear: [],
      });
    },
  );

  it('leaves out people and Keyturn itself', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs' });
    await keyturn.switchOver();
    keyturn.clock.advance(40 * minuteMs);
    await keyturn.read('key1', 'alex@contoso.com');
    expect(named(await keyturn.readers())).toEqual({
      unknown: 'no-read-seen',
      followers: [],
      stragglers: [],
      unclear: [],
    });
  });

  it('calls unclear who read the old key before the switch while the log is late', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs', delayMs: 15 * minuteMs });
    await keyturn.read('key1');
    await keyturn.switchOver();
    keyturn.clock.advance(20 * minuteMs);
    expect(named(await keyturn.readers())).toEqual({
      unknown: 'log-late',
      followers: [],
      stragglers: [],
      unclear: [consumer],
    });
  });

  it('asks once a minute, however often the rotation is read', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs' });
    await keyturn.switchOver();
    const queries = () => keyturn.azure.calls.filter(({ host }) => host.startsWith('api.loganalytics')).length;
    await Promise.all([keyturn.readers(), keyturn.readers()]);
    await keyturn.readers();
    expect(queries()).toBe(2);
    keyturn.clock.advance(minuteMs);
    await keyturn.readers();
    expect(queries()).toBe(4);
  });

  it('shows nothing without a workspace', async () => {
    const { keyturn, id } = await rotating();
    const answer = await keyturn.app.readRotation('demo', id);
    expect(answer).toMatchObject({ kind: 'found', rotation: { readers: null } });
  });
});

describe('before a first rotation, the plan shows', () => {
  it('who reads the inactive key', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs', begins: false });
    await keyturn.read('key1');
    expect(await keyturn.inactiveKeyReaders()).toMatchObject({ unknown: { reason: 'no-read-seen' }, readers: [] });
    await keyturn.read('key2');
    expect(await keyturn.inactiveKeyReaders()).toMatchObject({
      unknown: null,
      readers: [{ name: consumer, readAt: expect.any(String), activeReadAt: expect.any(String) }],
    });
  });

  it('that the log cannot be read', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs', begins: false, isReader: false });
    expect(await keyturn.inactiveKeyReaders()).toMatchObject({ unknown: { reason: 'log-access-denied' }, readers: [] });
  });

  it('nothing of it without a workspace', async () => {
    const { keyturn } = await adopted();
    const answer = await keyturn.app.previewRotation('demo', { inactiveKeyUnused: false });
    expect(answer).toMatchObject({ kind: 'previewed', plan: { inactiveKeyReaders: null } });
  });
});

describe('a log that cannot be read is called unknown, and the rotation is shown all the same:', () => {
  it('the vault sends its log nowhere', async () => {
    const keyturn = await readersKeyturn({ table: null });
    await keyturn.switchOver();
    expect((await keyturn.readers())?.unknown).toEqual({
      reason: 'log-empty',
      detail: "The workspace has no line of this vault's audit log.",
      code: null,
      missingAction: null,
      fix: null,
    });
  });

  it('Keyturn may not query the workspace', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs', isReader: false });
    await keyturn.switchOver();
    const readers = await keyturn.readers();
    expect(readers?.unknown).toMatchObject({
      reason: 'log-access-denied',
      code: 'UnauthorizedClient',
      missingAction: 'Microsoft.OperationalInsights/workspaces/query/read',
    });
    expect(readers?.unknown?.fix).toMatch(/role Log Analytics Reader, .* on the workspace/);
  });

  it('the workspace takes no queries from public networks', async () => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs' });
    await keyturn.switchOver();
    Object.assign(keyturn.azure.world.workspaces?.[0] ?? {}, { publicNetworkAccessForQuery: 'Disabled' });
    expect((await keyturn.readers())?.unknown).toMatchObject({
      reason: 'log-network-denied',
      code: 'NspValidationFailedError',
      missingAction: null,
    });
  });

  it.each<[string, Fault, string]>([
    ['is throttled', { kind: 'throttle', retryAfterSeconds: 20 }, 'TooManyRequests'],
    ['breaks off', { kind: 'lose-reply' }, 'ECONNRESET'],
    [
      'meets a page of a proxy',
      { kind: 'answer', status: 502, body: '<html>', headers: {}, applied: false },
      'http-502',
    ],
    [
      'is answered in part',
      { kind: 'answer', status: 200, body: partial, headers: json, applied: false },
      'answer-incomplete',
    ],
  ])('the query %s', async (_, fault, code) => {
    const keyturn = await readersKeyturn({ table: 'AZKVAuditLogs' });
    await keyturn.switchOver();
    keyturn.azure.faults.add({ method: 'POST', matches: /^api\.loganalytics\./, fault, times: 2 });
    const readers = await keyturn.readers();
    expect(readers?.unknown).toMatchObject({ reason: 'log-not-answered', code });
    expect(named(readers)).toMatchObject({ followers: [], stragglers: [], unclear: [] });
  });
});
