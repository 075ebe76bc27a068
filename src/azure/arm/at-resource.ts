import { parseArmId } from '../../shared/arm-id.ts';
import { FailureError } from '../../shared/failure.ts';

/**
 * A request about one resource, for `armRead`, `armFind` or `azureWrite`, with the client of the resource's own subscription.
 * @param id an ARM id that was checked when it came in
 * @param client gives the SDK client of a subscription
 * @param ask is given the resource group and the names in the id: of `…/virtualNetworks/a/subnets/b` these are `a` and `b`
 */
export function atResource<Client, T>(
  id: string,
  client: (subscriptionId: string) => Promise<Client>,
  ask: (client: Client, group: string, name: string, child: string) => PromiseLike<T>,
): () => Promise<T> {
  const parts = parseArmId(id);
  if (parts === null) throw new FailureError({ kind: 'refused', reason: 'bad-request', code: 'not-an-arm-id' });
  const { subscriptionId, resourceGroup, names } = parts;
  const [name = '', child = ''] = names;
  return async () => await ask(await client(subscriptionId), resourceGroup, name, child);
}
