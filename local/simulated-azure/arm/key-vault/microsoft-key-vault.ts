import { armAnswer } from '../arm-answer.ts';
import type { ArmCall, ArmOperation } from '../arm-call.ts';
import {
  deletedVaultsOf,
  getDeletedVault,
  getVaultOperation,
  listDeletedVaults,
  purgeDeletedVault,
} from './deleted-vaults.ts';
import { deleteVault, getVault, isVaultName, listVaults, nameTakenText, patchVault, putVault } from './vaults.ts';

const subscription = '/subscriptions/{subscription}';
const provider = 'providers/Microsoft.KeyVault';
const vaults = `${subscription}/resourceGroups/{group}/${provider}/vaults`;
const location = `${subscription}/${provider}/locations/{location}`;
const deleted = `${location}/deletedVaults/{vault}`;

const operations: readonly ArmOperation[] = [
  { method: 'GET', path: `${subscription}/${provider}/vaults`, answer: listVaults },
  { method: 'GET', path: vaults, answer: listVaults },
  { method: 'GET', path: `${vaults}/{vault}`, answer: getVault },
  { method: 'PUT', path: `${vaults}/{vault}`, answer: putVault },
  { method: 'PATCH', path: `${vaults}/{vault}`, answer: patchVault },
  { method: 'DELETE', path: `${vaults}/{vault}`, answer: deleteVault },
  { method: 'GET', path: `${subscription}/${provider}/deletedVaults`, answer: listDeletedVaults },
  // Managed HSMs are not simulated, so none was deleted; the Azure CLI lists both.
  {
    method: 'GET',
    path: `${subscription}/${provider}/deletedManagedHSMs`,
    answer: () => armAnswer(200, { value: [] }),
  },
  { method: 'GET', path: deleted, answer: getDeletedVault },
  { method: 'POST', path: `${deleted}/purge`, answer: purgeDeletedVault },
  { method: 'GET', path: `${location}/operationResults/{operation}`, answer: getVaultOperation },
  { method: 'POST', path: `${subscription}/${provider}/checkNameAvailability`, answer: checkNameAvailability },
];

/** Microsoft.KeyVault: vaults as ARM resources, and the soft-deleted ones. Secrets are read at the vault's own host. */
export const microsoftKeyVault: readonly ArmOperation[] = operations.map((operation) => ({
  ...operation,
  async answer(call: ArmCall) {
    const response = await operation.answer(call);
    // The provider's version stands on its own answers, not on the gateway's.
    if (!response.headers.has('x-ms-failure-cause')) {
      response.headers.set('x-ms-keyvault-service-version', '1.5.1361.0');
      // Recorded: it gives back the caller's id unasked, as its data plane does.
      const clientRequestId = call.exchange.request.headers.get('x-ms-client-request-id');
      if (clientRequestId !== null) response.headers.set('x-ms-client-request-id', clientRequestId);
    }
    return response;
  },
}));

/**
 * Names are taken over the whole of Azure, soft-deleted vaults included. The two reasons are those of the documented
 * model; which one stands for what is assumed, and so is the text for a bad name. The text for a taken one:
 * https://learn.microsoft.com/powershell/module/az.keyvault/test-azkeyvaultnameavailability
 */
function checkNameAvailability({ body, world, azure }: ArmCall): Response {
  const name = typeof body.name === 'string' ? body.name : '';
  if (!isVaultName(name)) {
    const message =
      'Vault name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.';
    return armAnswer(200, { nameAvailable: false, reason: 'AccountNameInvalid', message });
  }
  const taken = [...world.vaults, ...deletedVaultsOf(azure)].some(
    (vault) => vault.name.toLowerCase() === name.toLowerCase(),
  );
  if (!taken) return armAnswer(200, { nameAvailable: true });
  return armAnswer(200, {
    nameAvailable: false,
    reason: 'AlreadyExists',
    message: nameTakenText(name),
  });
}
