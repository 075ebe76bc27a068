import { inspect } from 'node:util';
import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import { describe, expect, it } from 'vitest';
import { issueToken } from '../../local/simulated-azure/entra/issue-token.ts';
import { simulatedHttpClient } from '../../local/simulated-azure/http-client.ts';
import { issuedSecrets } from '../../local/simulated-azure/issued-secrets.ts';
import type { Principal } from '../../local/simulated-azure/world.ts';
import { firstPage } from '../../src/app/targets/target-query.ts';
import { deliverAll } from '../memory-world/deliver-all.ts';
import { currentKey, type SimulatedKeyturn, simulatedKeyturn } from '../scenarios/simulated-keyturn.ts';
import { findSecrets, type Place } from './find-secrets.ts';

const operator = { objectId: 'operator-1' };
const asText = (value: unknown) => inspect(value, { depth: null, showHidden: true, maxStringLength: null });

/** The next regenerate is applied and answered 202, as no document says and the service does; the keys are in the body. */
function answers202({ azure, account }: SimulatedKeyturn): void {
  const [key1, key2] = [currentKey(account, 'key1'), currentKey(account, 'key2')];
  azure.faults.add({
    method: 'POST',
    matches: /\/regenerateKey$/,
    times: 1,
    fault: {
      kind: 'answer',
      applied: true,
      status: 202,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key1, key2 }),
    },
  });
}

function functionApp({ azure }: SimulatedKeyturn): Principal {
  const found = azure.world.principals.find(({ name }) => name === 'func-keyturn');
  if (found === undefined) throw new TypeError('there is no func-keyturn');
  return found;
}

/** Everything that a run has left behind or answered. */
function produced({ log, journal }: SimulatedKeyturn, answers: readonly unknown[]): Place[] {
  return [
    { where: 'the log', text: asText(log) },
    { where: 'the account row', text: asText(journal.journal.row) },
    { where: 'the history', text: asText([...journal.journal.history]) },
    { where: 'the queue', text: asText(journal.queue) },
    { where: 'the answers', text: asText(answers) },
  ];
}

async function rotate(keyturn: SimulatedKeyturn): Promise<unknown[]> {
  const { app, clock, target, journal } = keyturn;
  const answers: unknown[] = [await app.adopt('demo', { activeSlot: null }, operator)];
  clock.advance(target.policy.overlapMs + 2_000);
  const started = await app.startRotation('demo', { inactiveKeyUnused: true }, operator);
  answers.push(started);
  await deliverAll(journal, app);
  if (started.kind === 'started') answers.push(await app.readRotation('demo', started.rotation.id));
  answers.push(await app.readTarget('demo'), await app.listTargets(firstPage));
  return answers;
}

describe('a regenerate that is answered 202', () => {
  it('makes the SDK throw an error that tells both keys, and the scan sees it', async () => {
    const keyturn = simulatedKeyturn();
    const { azure, account } = keyturn;
    answers202(keyturn);
    const client = new CognitiveServicesManagementClient(
      {
        getToken: async (scopes) => {
          const audience = String(scopes).replace(/\/\.default$/, '');
          const { token } = await issueToken(azure, { principal: functionApp(keyturn), audience });
          return { token, expiresOnTimestamp: Date.now() + 1_000 };
        },
      },
      account.subscriptionId,
      { httpClient: simulatedHttpClient(azure), retryOptions: { maxRetries: 0 } },
    );
    const thrown = await client.accounts
      .regenerateKey(account.resourceGroup, account.name, 'Key2')
      .catch((error: unknown) => error);
    const text = thrown instanceof Error ? thrown.message : '';
    expect(findSecrets(issuedSecrets(azure), [{ where: 'the error', text }])).not.toEqual([]);
  });

  it('leaves no key and no token in anything that Keyturn produces', async () => {
    const keyturn = simulatedKeyturn();
    answers202(keyturn);
    const places = produced(keyturn, await rotate(keyturn));
    expect(keyturn.azure.faults.pending).toEqual([]);
    expect(JSON.stringify(keyturn.log)).toContain('"outcome-unknown"');
    expect(places.at(-1)?.text).toContain("state: 'completed'");
    expect(keyturn.azure.issuedTokens.size).toBeGreaterThan(0);
    expect(findSecrets(issuedSecrets(keyturn.azure), places)).toEqual([]);
  });
});

describe('a leak made on purpose', () => {
  const leaks: readonly (readonly [where: string, leak: (keyturn: SimulatedKeyturn, secret: string) => void])[] = [
    ['the log', ({ log }, secret) => log.push(JSON.parse(JSON.stringify({ event: 'call-failed', code: secret })))],
    [
      'the account row',
      ({ journal }, secret) => journal.journal.restore({ note: Buffer.from(secret).toString('base64') }),
    ],
    ['the history', ({ journal }, secret) => journal.journal.history.set('x', { note: secret.slice(-20, -6) })],
    ['the queue', ({ journal }, secret) => journal.queue.push({ wakeUp: { target: secret, wakeSeq: 1 }, dueAtMs: 0 })],
  ];
  for (const [where, leak] of leaks)
    it.each(['key', 'token'])(`into ${where} is found: a %s`, async (what) => {
      const keyturn = simulatedKeyturn();
      const answers = await rotate(keyturn);
      const [token = ''] = keyturn.azure.issuedTokens;
      leak(keyturn, what === 'key' ? currentKey(keyturn.account, 'key1') : token);
      const found = findSecrets(issuedSecrets(keyturn.azure), produced(keyturn, answers));
      expect(new Set(found.map((finding) => finding.where))).toEqual(new Set([where]));
    });
});
