import { isPrivateAddress } from '../../shared/ip-range.ts';
import { publicAccess } from '../../shared/public-access.ts';
import type { DiagnosisFacts } from '../diagnosis-facts.ts';
import { type Found, ok, problem, unknown } from '../finding.ts';

/** Whether the account's name leads to its private endpoint, if it has one, from where Keyturn runs. */
export function privateName({ names, exposure, target }: DiagnosisFacts): Found {
  if (exposure.kind === 'failed' || names.account === null)
    return unknown('rules-unknown', { code: exposure.kind === 'failed' ? exposure.failure.code : 'no-endpoint' });
  const { host, found } = names.account;
  const { connections, rules } = exposure.value;
  const approved = connections.filter(({ status }) => status === 'Approved').length;
  const isExpected = approved > 0 || publicAccess(rules) === 'private';
  const evidence = { host, privateEndpoints: approved, publicNetworkAccess: rules.publicNetworkAccess };
  switch (found.kind) {
    case 'unknown':
      return unknown('name-unclear', evidence);
    case 'no-such-name':
      return problem('name-not-there', evidence, {
        text: 'Add the account’s record to the private zone of this network, or let the zone’s link redirect names that it does not have.',
        command:
          'az network private-dns link vnet update --resource-group <your-group> --zone-name <your-zone> --name <your-link> --resolution-policy NxDomainRedirect',
      });
    case 'addresses': {
      const addresses = found.addresses.join(' ');
      if (!isExpected || found.addresses.every(isPrivateAddress))
        return ok('names-lead-there', { ...evidence, addresses });
      return problem(
        'name-resolves-publicly',
        { ...evidence, addresses },
        {
          text: 'Have the private DNS zones made or linked where Keyturn and the consumers run. PUT …/network with privateEndpoint and privateDns does it; GET …/network has what stands now.',
          call: { method: 'GET', path: `/api/targets/${target.name}/network`, body: null },
          command:
            'az network private-dns link vnet create --resource-group <your-group> --zone-name <your-zone> --name <your-link> --virtual-network <your-network-id> --registration-enabled false',
        },
      );
    }
  }
}
