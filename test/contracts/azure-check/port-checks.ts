import type { AzureAccess } from '../../../src/azure/azure-access.ts';
import type { WakeUp } from '../../../src/durable/ports.ts';
import type { ProbeAnswer, ReadSecret, TokenAnswer } from '../../../src/keys/ports.ts';
import { type Outbox, outboxKey } from '../../../src/notifications/ports.ts';
import type { AccountRows } from '../../../src/rotation/ports.ts';
import { FailureError } from '../../../src/shared/failure.ts';
import { type AccountId, parseAccountId } from '../../../src/shared/resource-id.ts';
import { SecretText } from '../../../src/shared/secret-text.ts';
import type { Waiting } from './waiting.ts';

/** What the checks are made on: everything here is the check's own, and goes with its resource group. */
export interface Place {
  readonly access: AzureAccess;
  readonly account: AccountId;
  readonly vaultUrl: string;
  readonly waits: Waiting;
  readonly newId: () => string;
  /** Deletes a secret as a person would. */
  readonly deleteSecret: (name: string) => Promise<void>;
  /** The messages that a consumer of the queue would be given now. */
  readonly visible: () => Promise<readonly WakeUp[]>;
}

/** One claim about Azure that Keyturn rests on. */
export interface Check {
  readonly claim: string;
  /** Throws where it does not hold; answers a text if something else is worth telling. */
  readonly run: (place: Place) => Promise<unknown>;
}

const minuteMs = 60_000;
const open = () => true;
const closed = () => false;

/** In this order: the first ones wait until a new account, and new roles, are known everywhere. */
export const portChecks: readonly Check[] = [
  {
    claim: 'accounts: an account shows its kind, its address and an internal id',
    async run({ access, account }) {
      const facts = await access.accounts(closed).get(account);
      holds(facts.kind === 'TextAnalytics', `its kind is ${facts.kind}`);
      holds(facts.endpointIsAzure, 'its endpoint is not an address of this cloud');
      holds(/./.test(facts.internalId), 'it has no internal id');
      holds(!facts.localAuthDisabled, 'local authentication is off');
    },
  },
  {
    claim: 'accounts: both keys are listed, and differ',
    async run({ access, account }) {
      const { key1, key2 } = await access.accounts(closed).listKeys(account);
      holds(!key1.equals(key2), 'the two keys are one');
    },
  },
  {
    claim: 'key probe: a listed key is accepted',
    async run(place) {
      const { key1 } = await place.access.accounts(closed).listKeys(place.account);
      return await acceptedAfter(place, key1);
    },
  },
  {
    claim: 'key probe: anything else is refused',
    async run(place) {
      const answer = await probed(place, new SecretText('0'.repeat(32)));
      holds(answer.kind === 'refused', `the answer is ${inWords(answer)}`);
    },
  },
  {
    claim: 'token probe: a token is accepted once its role is known',
    async run({ access, account, waits }) {
      const facts = await access.accounts(closed).get(account);
      let last: TokenAnswer | null = null;
      await waits
        .until('the token is accepted', 15 * minuteMs, 5_000, async () => {
          last = await access.tokenProbe.call(facts);
          return last.kind === 'accepted' ? true : null;
        })
        .catch(withLast(() => last));
    },
  },
  {
    claim: 'accounts: nothing is regenerated without the lease’s fence',
    async run({ access, account }) {
      const before = await access.accounts(closed).listKeys(account);
      await refusedByFence(() => access.accounts(closed).regenerate(account, 'key2'));
      const after = await access.accounts(closed).listKeys(account);
      holds(before.key1.equals(after.key1) && before.key2.equals(after.key2), 'a key has changed');
    },
  },
  {
    claim: 'accounts: regenerating answers a new key2, leaves key1, and the new key is soon accepted',
    async run(place) {
      const accounts = place.access.accounts(open);
      const before = await accounts.listKeys(place.account);
      const after = await accounts.regenerate(place.account, 'key2');
      holds(before.key1.equals(after.key1), 'key1 has changed');
      holds(!before.key2.equals(after.key2), 'key2 has not changed');
      await place.waits.until('the new key is listed', 2 * minuteMs, 1_000, async () =>
        (await accounts.listKeys(place.account)).key2.equals(after.key2) ? true : null,
      );
      return await acceptedAfter(place, after.key2);
    },
  },
  {
    claim: 'secrets: a name that nobody used is absent, once the role on the vault is known',
    async run({ access, vaultUrl, waits, newId }) {
      const secrets = access.secrets(vaultUrl, closed);
      const name = secretName(newId);
      const read = await waits.until('the vault lets its reader in', 15 * minuteMs, 5_000, () =>
        secrets.read(name).catch((error: unknown) => {
          // A name that is minutes old, or a role that is.
          if (error instanceof FailureError && ['ENOTFOUND', 'EAI_AGAIN'].includes(error.failure.code)) return null;
          if (error instanceof FailureError && isStillDenied(error)) return null;
          throw error;
        }),
      );
      holds(read.secret.kind === 'absent', `it is ${read.secret.kind}`);
      holds((await secrets.listVersions(name)).length === 0, 'it has versions');
      holds((await secrets.deletedTags(name)) === null, 'it lies deleted');
    },
  },
  {
    claim: 'secrets: what is stored is read back, with type, tags and end',
    async run({ access, vaultUrl, newId }) {
      const secrets = access.secrets(vaultUrl, open);
      const [name, value] = [secretName(newId), newId()];
      const endMs = (Math.floor(Date.now() / 1_000) + 90 * 86_400) * 1_000;
      const tags = { purpose: 'azure-check' };
      const { stored, vaultNowMs } = await secrets.store({
        name,
        value: new SecretText(value),
        contentType: 'text/plain',
        tags,
        expiresAtMs: endMs + 999,
      });
      const read = await secrets.read(name);
      holds(textOf(read) === value, 'another value is read');
      holds(stored.contentType === 'text/plain' && stored.tags.purpose === tags.purpose, 'type or tags are lost');
      holds(stored.expiresAtMs === endMs, 'the end is not kept to the second');
      holds(Math.abs(vaultNowMs - stored.createdAtMs) < minuteMs, 'the vault’s clock is not its secrets’');
    },
  },
  {
    claim: 'secrets: older versions stay readable, and a disabled one is not',
    async run({ access, vaultUrl, newId }) {
      const secrets = access.secrets(vaultUrl, open);
      const name = secretName(newId);
      const first = await secrets.store(plain(name, 'one'));
      await secrets.store(plain(name, 'two'));
      holds(textOf(await secrets.read(name)) === 'two', 'the newer value is not read');
      holds(textOf(await secrets.readVersion(name, first.stored.version)) === 'one', 'the older one is not read');
      await secrets.disableVersion(name, first.stored.version);
      const { secret } = await secrets.readVersion(name, first.stored.version);
      holds(secret.kind === 'disabled', `the disabled one is ${secret.kind}`);
      const versions = await secrets.listVersions(name);
      holds(versions.length === 2, `${versions.length} versions are listed`);
      holds(versions.filter(({ enabled }) => enabled).length === 1, 'not just one is enabled');
    },
  },
  {
    claim: 'secrets: tags are replaced without a new version',
    async run({ access, vaultUrl, newId }) {
      const secrets = access.secrets(vaultUrl, open);
      const name = secretName(newId);
      const { stored } = await secrets.store({ ...plain(name, 'v'), tags: { one: 'tag', other: 'tag' } });
      await secrets.setTags(name, stored.version, { other: 'tag' });
      const [version, ...more] = await secrets.listVersions(name);
      holds(more.length === 0, 'there is a new version');
      holds(JSON.stringify(version?.tags) === '{"other":"tag"}', 'the tags are others');
    },
  },
  {
    claim: 'secrets: nothing is stored without the lease’s fence',
    async run({ access, vaultUrl, newId }) {
      const name = secretName(newId);
      await refusedByFence(() => access.secrets(vaultUrl, closed).store(plain(name, 'v')));
      const { secret } = await access.secrets(vaultUrl, closed).read(name);
      holds(secret.kind === 'absent', `it is ${secret.kind}`);
    },
  },
  {
    claim: 'secrets: a deleted one keeps its name, and is recovered',
    async run({ access, vaultUrl, waits, newId, deleteSecret }) {
      const secrets = access.secrets(vaultUrl, open);
      const name = secretName(newId);
      await secrets.store({ ...plain(name, 'v'), tags: { purpose: 'azure-check' } });
      await deleteSecret(name);
      const tags = await waits.until('the secret lies deleted', 5 * minuteMs, 2_000, () => secrets.deletedTags(name));
      holds(tags.purpose === 'azure-check', 'it has lost its tags');
      const refusal = await secrets.store(plain(name, 'w')).then(
        () => null,
        (error: unknown) => error,
      );
      holds(refusal instanceof FailureError && refusal.failure.kind === 'not-applied', 'its name can be used');
      await waits.until('the secret is recovered', 5 * minuteMs, 2_000, async () => {
        await secrets.recover(name);
        return textOf(await secrets.read(name)) === 'v' ? true : null;
      });
    },
  },
  {
    claim: 'journal: a row is inserted once, and its conflict changes nothing',
    async run({ access, newId }) {
      const rows: AccountRows<unknown> = access.rows;
      const account = someAccount(newId);
      holds((await rows.load(account)) === null, 'there is a row already');
      const fields = { text: 'ä 😀 "quoted"', list: [1, null, true] };
      holds((await rows.save(account, fields, null, [])).kind === 'saved', 'it was not inserted');
      const second = await rows.save(account, { n: 2 }, null, [{ key: 'end-1', fields: {} }]);
      holds(second.kind === 'conflict', 'it was inserted twice');
      holds(same((await rows.load(account))?.fields, fields), 'the row has changed');
      holds((await rows.readHistory(account, 'end-1')) === null, 'the conflict has left history');
    },
  },
  {
    claim: 'journal: only the etag of the last save saves again, history with it',
    async run({ access, newId }) {
      const rows: AccountRows<unknown> = access.rows;
      const account = someAccount(newId);
      const first = await rows.save(account, { n: 1 }, null, []);
      if (first.kind === 'conflict') throw new Error('the first save is a conflict');
      const history = [{ key: 'end-1', fields: { n: 2 } }];
      const second = await rows.save(account, { n: 2 }, first.etag, history);
      holds(second.kind === 'saved', 'the second save is a conflict');
      holds((await rows.save(account, { n: 3 }, first.etag, [])).kind === 'conflict', 'an old etag saves');
      const row = await rows.load(account);
      holds(row !== null && same(row.fields, { n: 2 }), 'another row is loaded');
      holds(Math.abs((row?.storageNowMs ?? 0) - (row?.savedAtMs ?? 0)) < minuteMs, 'the storage’s clocks disagree');
      holds(same(await rows.pageHistory(account, 'end', null, 10), history), 'another history is read');
      holds((await rows.remove(account, first.etag)) === 'conflict', 'an old etag removes');
      holds((await rows.remove(account, row?.etag ?? '')) === 'removed', 'the last etag does not remove');
    },
  },
  {
    claim: 'journal: rows of several accounts are read together, one by one or all',
    async run({ access, newId }) {
      const rows: AccountRows<unknown> = access.rows;
      const accounts = Array.from({ length: 3 }, () => someAccount(newId));
      for (const [n, account] of accounts.entries()) await rows.save(account, { n }, null, []);
      for (const isWhole of [false, true]) {
        const read = await access.visitInBulk(
          accounts,
          (account) => account,
          isWhole,
          async (account, journal) => (await journal.rows.load(account))?.fields,
        );
        holds(same(read, [{ n: 0 }, { n: 1 }, { n: 2 }]), 'other rows are read');
      }
    },
  },
  {
    claim: 'outbox: a message waits until it is delivered, and is known from then on',
    async run({ access, newId }) {
      const outbox: Outbox = access.outbox;
      const account = someAccount(newId);
      const rows: AccountRows<unknown> = access.rows;
      await rows.save(account, {}, null, [{ key: outboxKey('r1'), fields: { n: 1 } }]);
      const row = { id: 'r1', fields: { n: 1 } };
      holds(same((await outbox.waiting(account)).rows, [row]), 'it does not wait');
      await outbox.settle(account, row);
      holds((await outbox.waiting(account)).rows.length === 0, 'it still waits');
      holds((await outbox.add(account, row)) === 'known', 'it is added again');
    },
  },
  {
    claim: 'queue: a wake-up comes at once, and a delayed one does not',
    async run({ access, waits, newId, visible }) {
      const [now, later] = [`now-${newId()}`, `later-${newId()}`];
      await access.wakeUps.enqueue({ target: later, wakeSeq: 1 }, 7 * 24 * 60 * minuteMs);
      await access.wakeUps.enqueue({ target: now, wakeSeq: 7 }, 0);
      const seen = await waits.until('the wake-up comes', minuteMs, 1_000, async () => {
        const messages = await visible();
        return messages.some(({ target }) => target === now) ? messages : null;
      });
      holds(seen.find(({ target }) => target === now)?.wakeSeq === 7, 'it says something else');
      holds(!seen.some(({ target }) => target === later), 'the delayed one is there too');
    },
  },
];

/** Throws unless the claim is true. @param otherwise what was found instead */
export function holds(isTrue: boolean, otherwise: string): asserts isTrue {
  if (!isTrue) throw new Error(otherwise);
}

async function probed({ access, account }: Place, key: SecretText): Promise<ProbeAnswer> {
  return await access.probe.call(await access.accounts(closed).get(account), key);
}

async function acceptedAfter(place: Place, key: SecretText): Promise<string> {
  const facts = await place.access.accounts(closed).get(place.account);
  const sinceMs = Date.now();
  let last: ProbeAnswer | null = null;
  await place.waits
    .until('the key is accepted', 15 * minuteMs, 5_000, async () => {
      last = await place.access.probe.call(facts, key);
      return last.kind === 'accepted' ? true : null;
    })
    .catch(withLast(() => last));
  return `after ${Math.round((Date.now() - sinceMs) / 1_000)} s`;
}

/** Adds to what was waited for in vain what the last answer was. */
function withLast(last: () => ProbeAnswer | TokenAnswer | null): (error: unknown) => never {
  return (error) => {
    const answer = last();
    if (error instanceof Error && error.message.includes('not within') && answer !== null)
      throw new Error(`${error.message}; the last answer was ${inWords(answer)}`);
    throw error;
  };
}

function inWords(answer: ProbeAnswer | TokenAnswer): string {
  return answer.kind === 'unknown' ? `unknown (${answer.code})` : answer.kind;
}

async function refusedByFence(write: () => Promise<unknown>): Promise<void> {
  const refusal = await write().then(
    () => null,
    (error: unknown) => error,
  );
  holds(refusal instanceof FailureError && refusal.failure.code === 'fence-lost', 'the write was made');
}

function isStillDenied({ failure }: FailureError): boolean {
  return failure.kind === 'refused' && failure.reason === 'vault-access-denied';
}

function someAccount(newId: () => string): AccountId {
  const armId = `/subscriptions/${newId()}/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/ai-contoso`;
  const account = parseAccountId(armId);
  if (account === null) throw new TypeError(armId);
  return account;
}

const secretName = (newId: () => string) => `azure-check-${newId()}`;

function plain(name: string, value: string) {
  return { name, value: new SecretText(value), contentType: null, tags: {}, expiresAtMs: null };
}

function textOf({ secret }: ReadSecret): string {
  return secret.kind === 'stored' ? secret.value.reveal() : secret.kind;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
