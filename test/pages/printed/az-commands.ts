import { globSync, readFileSync } from 'node:fs';
import { accountKinds } from '../../../src/keys/account-kinds.ts';

/** What is to be filled in; docs/operations.md lists the same. */
export const placeholders: readonly string[] = [
  ...['your-consumer', 'your-etag', 'your-function-app', 'your-group', 'your-identity-id', 'your-identity-object-id'],
  ...['your-link', 'your-network-id', 'your-old-subscription', 'your-perimeter', 'your-profile', 'your-role'],
  ...['your-scope-id', 'your-subdomain', 'your-subnet-id', 'your-subscription-id', 'your-tenant-id', 'your-zone'],
];

/** Commands of the Azure CLI with their parameters: https://learn.microsoft.com/cli/azure/reference-index, each on its group's page. */
export const azVerbs: Readonly<Record<string, string>> = {
  'account get-access-token': '--output --query --scope',
  'account show': '--output --query --subscription',
  'cloud show': '--output --query',
  'cognitiveservices account keys list': '--name --output --query --resource-group',
  'cognitiveservices account keys regenerate': '--key-name --name --output --query --resource-group',
  'cognitiveservices account list-deleted': '--subscription',
  'cognitiveservices account network-rule add': '--ip-address --name --resource-group --subscription',
  'cognitiveservices account show': '--name --output --query --resource-group --subscription',
  'cognitiveservices account update': '--custom-domain --name --resource-group --subscription',
  'deployment group create': '--name --parameters --resource-group',
  'deployment group show': '--name --output --query --resource-group',
  'deployment sub create': '--location --parameters --subscription --template-file',
  'eventgrid event-subscription create':
    '--advanced-filter --endpoint --endpoint-type --event-delivery-schema --included-event-types --name --source-resource-id',
  'eventgrid event-subscription delete': '--name --source-resource-id',
  'eventgrid event-subscription list': '--query --source-resource-id',
  'storage blob upload': '--account-name --auth-mode --container-name --file --name --overwrite',
  'functionapp deployment source config-zip': '--build-remote --name --resource-group --src',
  'functionapp identity assign': '--identities --name --resource-group',
  'functionapp start': '--name --resource-group',
  'functionapp stop': '--name --resource-group',
  'group create': '--location --name',
  'keyvault network-rule add': '--name --subnet',
  'keyvault recover': '--name',
  'keyvault secret set': '--name --output --value --vault-name',
  'keyvault secret show': '--name --output --query --vault-name',
  'keyvault set-policy': '--name --object-id --secret-permissions',
  'keyvault show': '--name --output --query -n',
  'keyvault update': '--name --set',
  'lock delete': '--ids',
  'lock list': '--resource',
  login: '--service-principal --tenant -p -u',
  'network perimeter profile access-rule create':
    '--name --perimeter-name --profile-name --resource-group --subscriptions',
  'network private-dns link vnet create':
    '--name --registration-enabled --resource-group --virtual-network --zone-name',
  'network private-dns link vnet update': '--name --resolution-policy --resource-group --zone-name',
  'network private-endpoint create':
    '--connection-name --group-id --name --private-connection-resource-id --resource-group --subnet',
  'policy state list': '--resource',
  'provider register': '--namespace --subscription',
  rest: '--body --method --output --query --url --url-parameters',
  'role assignment create': '--assignee-object-id --assignee-principal-type --role --scope',
  'tag list': '--resource-id',
  'tag update': '--operation --resource-id --tags',
  'webapp restart': '--name --resource-group',
};

/**
 * Commands of other tools that pages print, with their parameters, each on its tool's own page of reference:
 * https://learn.microsoft.com/azure/developer/azure-developer-cli/reference, https://cli.github.com/manual
 */
export const otherVerbs: Readonly<Record<string, string>> = {
  'azd env new': '--location --subscription',
  'azd env set': '',
  'azd up': '--no-prompt',
  'gh attestation verify': '--repo',
  'gh release download': '--repo',
  sha256sum: '--check',
};

export interface AzCommand {
  readonly verb: string;
  readonly options: readonly string[];
}

/** The commands in a text, those inside others too; a text may be prose in which a command ends at a mark. */
export function azCommandsIn(text: string): readonly AzCommand[] {
  const outer = text.replaceAll(/\\\n\s*/g, '');
  const inner = [...outer.matchAll(/\$\((az [^()]+)\)/g)].map(([, one = '']) => one);
  return [outer.replaceAll(/\$\(az [^()]+\)/g, 'inner'), ...inner].flatMap((one) =>
    [...one.matchAll(/\baz ([a-z]+(?:[ -][a-z]+)*)(?= --?[a-z]|[`.'"\s]|$)([^\n`]*)/gm)].flatMap(
      ([, verb = '', rest = '']) => {
        const options = [...rest.matchAll(/ (--?[a-z]+(?:-[a-z]+)*)/g)].map(([, option = '']) => option);
        // A sentence about the CLI is no command: "az makes of them".
        return options.length > 0 || verb in azVerbs ? { verb, options } : [];
      },
    ),
  );
}

/** What the Azure CLI would not take of a text's commands, and what of them is to be filled in but is not listed. */
export function azFaultsIn(text: string): readonly string[] {
  const commands = azCommandsIn(text);
  return [
    ...commands.flatMap(({ verb, options }) => {
      const known = azVerbs[verb]?.split(' ');
      return known === undefined
        ? `az ${verb}`
        : options.filter((option) => !known.includes(option)).map((option) => `az ${verb} ${option}`);
    }),
    ...[...text.matchAll(/--role ("[^"]+"|[^\s"]+)/g)]
      .map(([, role = '']) => role.replaceAll('"', '').replace(' (<your-function-app>)', ''))
      .filter((role) => !roleNames.has(role) && !roleGuids.has(role))
      .map((role) => `--role ${role}`),
  ];
}

const bicep = globSync('infra/*.bicep')
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');
const kindRoles = Object.values(accountKinds).flatMap(({ roles }) => roles);
const builtIn = [...bicep.matchAll(/^ {2}'?([A-Z][\w ]+?)'?: '([0-9a-f-]{36})'$/gm)];

/** Roles that infra/ makes or gives, and those that let an identity call an account. */
export const roleNames: ReadonlySet<string> = new Set([
  ...[...bicep.matchAll(/[rR]oleName: '(Keyturn [\w ]+) \(\$\{instance\}\)'/g)].map(([, name = '']) => name),
  ...builtIn.map(([, name = '']) => name),
  ...kindRoles.map(({ name }) => name),
]);

export const roleGuids: ReadonlySet<string> = new Set([
  ...builtIn.map(([, , guid = '']) => guid),
  ...kindRoles.map(({ guid }) => guid),
]);
