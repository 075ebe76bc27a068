import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenCredential } from '@azure/core-auth';
import { DefaultAzureCredential } from '@azure/identity';
import { QueueClient } from '@azure/storage-queue';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { azureAccess } from '../../../src/azure/azure-access.ts';
import { type Cloud, clouds } from '../../../src/azure/clouds.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import { parseAccountId } from '../../../src/shared/resource-id.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import { announcement, consents } from './announce.ts';
import { AzureRefusal, accepted, askWithToken } from './arm-requests.ts';
import { keyturnChecks } from './keyturn-checks.ts';
import type { Options } from './options.ts';
import { type Place, portChecks } from './port-checks.ts';
import { recorder } from './recording.ts';
import { type Caller, namesOf, throwaway } from './throwaway.ts';
import { Stopped, waiting } from './waiting.ts';

const longestMs = 3 * 3_600_000;
/** A shell that has the variables of `npm run azure` meets the simulated Azure, which has no storage accounts: Azurite stands there. */
const { SIMULATED_AZURE_CONTROL: simulated, AzureWebJobsStorage: emulator = '' } = process.env;

const say = (line: string) => console.log(line);

/** Answers the exit code: 0 only if every check holds and nothing is left. */
export async function runCheck(options: Options): Promise<number> {
  const { subscription: subscriptionId, location, keep, record } = options;
  const cloud = clouds[options.cloud];
  const suffix = randomUUID().replaceAll('-', '').slice(0, 10);
  const names = namesOf(suffix);
  say(announcement(options, names, simulated !== undefined));
  if (!options.yes && !(await consents())) {
    say('Nothing was created.');
    return 1;
  }
  const credential = new DefaultAzureCredential({ authorityHost: `https://${cloud.authorityHost}` });
  const caller = await signedIn(credential, cloud);
  const recording = record === undefined ? null : recorder();
  const wire = recording?.wire ?? null;
  const things = throwaway({
    ask: askWithToken(credential, cloud.arm.scope, wire),
    cloud,
    subscriptionId,
    location,
    names,
    newId: randomUUID,
  });
  const removal = `To remove it:\n  ${things.removal.join('\n  ')}`;
  const stop = stopOnSignal(keep, removal);
  const waits = waiting(stop);
  await things.requireNoGroup();
  const refusal = await things.makeGroup().then(
    () => null,
    (error: unknown) => error,
  );
  // Nothing was made. After a lost answer it may have been.
  if (refusal instanceof AzureRefusal) throw refusal;
  const failures: string[] = [];
  const failed = (what: string, error: unknown) => {
    if (error instanceof Stopped) say(`stopped  ${error.message}`);
    else failures.push(what);
    if (!(error instanceof Stopped)) say(`FAILED   ${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
  try {
    const made = async <T>(what: string, making: Promise<T>): Promise<T> => {
      const value = await making;
      say(`created  ${what}`);
      return value;
    };
    if (refusal !== null) throw refusal;
    say(`created  resource group ${names.group}`);
    await made('roles on it, for you', things.grantRoles(caller, waits));
    await made(`AI account ${names.account}`, things.makeAccount(waits));
    await made(`key vault ${names.vault}`, things.makeVault(caller, waits));
    const storage =
      simulated === undefined ? await made(`storage account ${names.storage}`, things.makeStorage(waits)) : emulator;
    const account = parseAccountId(things.accountId);
    if (account === null) throw new TypeError(things.accountId);
    const access = azureAccess({
      cloud,
      credential,
      storage: { kind: 'connection-string', value: new SecretText(storage) },
      ...(wire === null ? {} : { httpClient: wire }),
    });
    const queue = new QueueClient(storage, 'advance-rotation');
    const askVault = askWithToken(credential, cloud.vault.scope, wire);
    const place: Place = {
      access,
      account,
      vaultUrl: things.vaultUrl,
      waits,
      newId: randomUUID,
      async deleteSecret(name) {
        const answer = await askVault('DELETE', `${things.vaultUrl}/secrets/${name}?api-version=7.4`);
        accepted('deleting a secret', answer);
      },
      visible: () => visible(queue),
    };
    const keyturn = keyturnChecks({
      access,
      cloud,
      accountId: things.accountId,
      vaultUrl: things.vaultUrl,
      caller,
      waits,
      newId: randomUUID,
      say,
      take: () => take(queue),
    });
    const checks: readonly (readonly [claim: string, run: () => Promise<unknown>])[] = [
      ...portChecks.map((check) => [check.claim, () => check.run(place)] as const),
      ['keyturn: the account is adopted', () => keyturn.adopt()],
      ['keyturn: a network plan is made, and nothing changed', () => keyturn.planNetwork()],
      ['keyturn: both keys are rotated', () => keyturn.rotate()],
    ];
    for (const [claim, check] of checks) {
      waits.goOn();
      try {
        const detail = await check();
        say(`ok       ${claim}${typeof detail === 'string' ? ` (${detail})` : ''}`);
      } catch (error) {
        if (error instanceof Stopped) throw error;
        failed(claim, error);
      }
    }
    say(`${checks.length - failures.length} of ${checks.length} hold.`);
  } catch (error) {
    failed('the check itself', error);
  } finally {
    if (keep) say(`\nThe resource group stays. ${removal}`);
    else {
      try {
        // Not ended by Ctrl-C: that is what it is for.
        await things.remove(waiting(new AbortController().signal), say);
      } catch (error) {
        failed('removing what was created', error);
        say(`\nSome of it may still be there, and cost. ${removal}`);
      }
    }
  }
  if (recording !== null && record !== undefined)
    try {
      const folder = join(record, 'recordings', 'azure-check');
      await mkdir(folder, { recursive: true });
      const files = recording.files({ subscriptionId, ...caller, suffix });
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.json`), text);
      say(`written  ${record}: read it before you give it away`);
    } catch (error) {
      failed(`writing ${record}`, error);
    }
  if (failures.length > 0) return 1;
  return stop.aborted ? 130 : 0;
}

const claims = z.object({ tid: z.string(), oid: z.string(), idtyp: z.string().optional() });

async function signedIn(credential: TokenCredential, cloud: Cloud): Promise<Caller> {
  const token = await credential.getToken(cloud.arm.scope).catch((error: unknown) => {
    const [says] = String(error instanceof Error ? error.message : error).split('\n');
    throw new Error(`No sign-in to Azure was found; az login makes one. Nothing was created. ${says}`);
  });
  const { tid, oid, idtyp } = claims.parse(decodeJwt(token?.token ?? ''));
  return { tenantId: tid, objectId: oid, isApplication: idtyp === 'app' };
}

/** Aborted by the first Ctrl-C, or after too long; a second one leaves everything as it is. */
function stopOnSignal(keep: boolean, removal: string): AbortSignal {
  const stop = new AbortController();
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // npm hands on the signal that the terminal has sent here already.
      if (firstMs > 0 && Date.now() - firstMs < 2_000) return;
      if (stop.signal.aborted) {
        say(`\nSome of it may still be there, and cost. ${removal}`);
        process.exit(130);
      }
      say(
        `Stopping.${keep ? '' : ' What was created is removed now, which takes minutes; another Ctrl-C leaves it there.'}`,
      );
      firstMs = Date.now();
      stop.abort(signal);
    });
  setTimeout(() => stop.abort('after three hours'), longestMs).unref();
  return stop.signal;
}

function wakeUpIn(messageText: string): WakeUp {
  return JSON.parse(Buffer.from(messageText, 'base64').toString());
}

async function visible(queue: QueueClient): Promise<readonly WakeUp[]> {
  const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map(({ messageText }) => wakeUpIn(messageText));
}

async function take(queue: QueueClient): Promise<readonly WakeUp[]> {
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  for (const { messageId, popReceipt } of receivedMessageItems) await queue.deleteMessage(messageId, popReceipt);
  return receivedMessageItems.map(({ messageText }) => wakeUpIn(messageText));
}
