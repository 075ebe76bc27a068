import type { Exchange } from '../exchange.ts';
import { cloudOf } from '../simulated-clouds.ts';
import type { Account } from '../world.ts';

/** Whom a host name means: one account by its custom subdomain, or all accounts of a region, told apart by their keys. */
export type Addressed =
  | { readonly kind: 'custom'; readonly account: Account }
  | { readonly kind: 'regional'; readonly accounts: readonly Account[] };

/** Null when no account has that subdomain: in Azure such a name does not exist. */
export function addressedAccount({ url, azure }: Exchange): Addressed | null {
  const [label = ''] = url.hostname.split('.');
  const { accounts } = azure.world;
  if (url.hostname.endsWith(`.${cloudOf(azure.world).cognitive.regional}`)) {
    return { kind: 'regional', accounts: accounts.filter((each) => regionOf(each) === label) };
  }
  const account = accounts.find((each) => subdomainOf(each) === label);
  return account === undefined ? null : { kind: 'custom', account };
}

function subdomainOf({ resource }: Account): string | null {
  const { customSubDomainName } = resource.properties;
  return typeof customSubDomainName === 'string' ? customSubDomainName.toLowerCase() : null;
}

/** ARM keeps a location as it was written (`West US`); host names write it `westus`. */
function regionOf({ resource }: Account): string {
  return resource.location.toLowerCase().replaceAll(' ', '');
}
