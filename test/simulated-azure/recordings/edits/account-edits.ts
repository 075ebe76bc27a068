import type { World } from '../../../../local/simulated-azure/world.ts';
import {
  ACCOUNT,
  type AccountId,
  accountSettings,
  addDeployment,
  changeAccount,
  DELETED,
  find,
  idOf,
  keyOf,
  putAccount,
  removeAccount,
  setKeys,
} from '../recorded-account.ts';
import {
  at,
  isObject,
  itemsAt,
  type Json,
  type RecordedExchange,
  type RecordedFile,
  textAt,
} from '../recorded-file.ts';
import type { WorldEdit } from './world-edit.ts';

type Standing = 'live' | 'deleted' | 'absent';

/** The AI accounts that a recording of Azure Resource Manager shows without having made them. */
export function accountEdits(file: RecordedFile): WorldEdit[] {
  const edits: WorldEdit[] = [];
  const standing = new Map<string, Standing>();

  /** What was last said of each account. */
  const settings = new Map<string, string>();
  const location = /\/locations\/([^/"?]+)\//i.exec(JSON.stringify(file.exchanges))?.[1] ?? 'eastus';

  /** Makes sure that the account stands so, and is so, when exchange `index` is answered. */
  const require = (index: number, wanted: 'live' | 'deleted', id: AccountId, shown: Json | undefined) => {
    const known = standing.get(keyOf(id));
    if (known !== wanted) {
      const before = known === undefined ? 0 : index;
      edits.push({ before, apply: (world) => putAccount(world, id, wanted, shown ?? { location }) });
    }
    standing.set(keyOf(id), wanted);
  };
  const follow = (index: number, method: string, id: AccountId, shown: Json | undefined) => {
    const before = settings.get(keyOf(id));
    const now = accountSettings(shown);
    if (method === 'GET' && before !== undefined && before !== now) {
      edits.push({ before: index, apply: (world) => changeAccount(world, id, shown) });
    }
    settings.set(keyOf(id), now);
  };

  const step = ({ request, response }: RecordedExchange, index: number): void => {
    const path = new URL(request.url).pathname;
    const done = response.status >= 200 && response.status < 300;
    const message = textAt(response.body, 'error', 'message') ?? '';
    for (const shown of [response.body, ...itemsAt(response.body, 'value')]) {
      const id = idOf(textAt(shown, 'id') ?? '');
      const type = textAt(shown, 'type')?.toLowerCase();
      if (id === null || (file.evidence === 'example' && request.method === 'PUT')) continue;
      if (type === 'microsoft.cognitiveservices/accounts' && response.status === 200 && request.method !== 'PUT') {
        require(index, 'live', id, shown);
      }
      if (type === 'microsoft.cognitiveservices/accounts') follow(index, request.method, id, shown);
      if (type === 'microsoft.cognitiveservices/deletedaccounts') require(index, 'deleted', id, shown);
    }
    const id = idOf(path);
    if (id === null) return;
    const own = shownOf(file, id);
    const child = ACCOUNT.exec(path)?.[4]?.toLowerCase();
    if (DELETED.test(path)) {
      if (request.method === 'DELETE' && done) require(index, 'deleted', id, own);
      if (request.method === 'DELETE' && done) standing.set(keyOf(id), 'absent');
      return;
    }
    if (/soft-deleted/.test(message)) {
      require(index, 'deleted', id, own);
      return;
    }
    if (/disableLocalAuth/.test(message)) {
      require(index, 'live', id, { properties: { disableLocalAuth: true } });
      return;
    }
    const subdomain = /subdomain name '([^']+)'/.exec(message)?.[1];
    if (subdomain !== undefined) {
      require(index, 'live', { ...id, group: 'rg-of-another', name: `${id.name}-of-another` }, {
        properties: { customSubDomainName: subdomain },
      });
      return;
    }
    if (
      response.status === 404 &&
      request.method === 'GET' &&
      child === undefined &&
      standing.get(keyOf(id)) === 'live'
    ) {
      edits.push({ before: index, apply: (world) => removeAccount(world, id) });
      standing.set(keyOf(id), 'absent');
    }
    if (!done) return;
    if (child !== undefined) {
      require(index, 'live', id, own);
      edits.push(...childEdits(file, index, id, child));
    } else if (request.method === 'PUT') {
      if (at(request.body, 'properties', 'restore') === true) require(index, 'deleted', id, own);
      else if (response.status === 201 && standing.get(keyOf(id)) !== undefined) {
        edits.push({ before: index, apply: (world) => removeAccount(world, id) });
      }
      standing.set(keyOf(id), 'live');
    } else if (request.method === 'DELETE' && response.status !== 204) {
      require(index, 'live', id, own);
      standing.set(keyOf(id), 'deleted');
    } else if (request.method !== 'DELETE') {
      require(index, 'live', id, own);
    }
  };
  for (const [index, exchange] of file.exchanges.entries()) step(exchange, index);
  return edits;
}

/** Keys, deployments and private endpoint connections that an answer shows before anything in the file made them. */
function childEdits(file: RecordedFile, index: number, id: AccountId, child: string): WorldEdit[] {
  const { request, response } = file.exchanges[index] ?? { request: undefined, response: undefined };
  const path = new URL(request?.url ?? 'https://x').pathname;
  const earlier = file.exchanges
    .slice(0, index)
    .filter((exchange) => new URL(exchange.request.url).pathname.toLowerCase().startsWith(path.toLowerCase()));
  const wroteBefore = earlier.some((exchange) => exchange.request.method !== 'GET');
  const items = itemsAt(response?.body, 'value').length > 0 ? itemsAt(response?.body, 'value') : [response?.body];
  switch (child) {
    case 'listkeys':
      return [{ before: 0, apply: (world) => setKeys(find(world, id), response?.body) }];
    case 'deployments':
      if (request?.method === 'PUT') return [];
      if (request?.method === 'DELETE') {
        const name = path.split('/').at(-1) ?? '';
        return [{ before: index, apply: (world: World) => addDeployment(find(world, id), name, {}) }];
      }
      if (wroteBefore) return [];
      return items.flatMap((item) => {
        const name = textAt(item, 'name');
        if (name === undefined || !isObject(item)) return [];
        const wasListedWithout = earlier.some((exchange) => exchange.response.status === 200);
        const before = wasListedWithout ? index : 0;
        return [{ before, apply: (world: World) => addDeployment(find(world, id), name, item) }];
      });
    case 'privateendpointconnections':
      if (wroteBefore || request?.method === 'PUT') return [];
      return [
        {
          before: 0,
          apply: (world) => {
            const account = find(world, id);
            if (account !== undefined) account.resource.properties.privateEndpointConnections = items.filter(isObject);
          },
        },
      ];
    default:
      return [];
  }
}

/** The account as the first answer of the file that holds it shows it. */
function shownOf(file: RecordedFile, id: AccountId): Json | undefined {
  return file.exchanges
    .flatMap(({ response }) => [response.body, ...itemsAt(response.body, 'value')])
    .find((shown) => {
      const found = idOf(textAt(shown, 'id') ?? '');
      // A child, such as a project, has a kind and a location of its own.
      const isChild = ACCOUNT.exec(textAt(shown, 'id') ?? '')?.[4] !== undefined;
      return found !== null && !isChild && keyOf(found) === keyOf(id) && at(shown, 'kind') !== undefined;
    });
}
