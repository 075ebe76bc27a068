/** A role as Azure's role definitions state it; permission names may hold `*`. */
export interface RoleDefinition {
  /** The role's GUID: what stays when a role is renamed. */
  readonly guid: string;
  readonly roleName: string;
  readonly description: string;
  readonly kind: 'BuiltInRole' | 'CustomRole';
  readonly assignableScopes: readonly string[];
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  /** Of a custom role that somebody made or changed while this world was running. */
  readonly authors?: RoleAuthors;
}

/** Object ids, and milliseconds of the simulated clock. */
export interface RoleAuthors {
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedBy: string;
  readonly updatedAtMs: number;
}

type Permissions = Partial<Pick<RoleDefinition, 'actions' | 'notActions' | 'dataActions' | 'notDataActions'>>;

function builtIn(guid: string, roleName: string, description: string, permissions: Permissions): RoleDefinition {
  return {
    guid,
    roleName,
    description,
    kind: 'BuiltInRole',
    assignableScopes: ['/'],
    actions: permissions.actions ?? [],
    notActions: permissions.notActions ?? [],
    dataActions: permissions.dataActions ?? [],
    notDataActions: permissions.notDataActions ?? [],
  };
}

const watching = [
  'Microsoft.Insights/alertRules/*',
  'Microsoft.ResourceHealth/availabilityStatuses/read',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  'Microsoft.Support/*',
];

const readingCognitive = [
  'Microsoft.CognitiveServices/*/read',
  'Microsoft.Authorization/roleAssignments/read',
  'Microsoft.Authorization/roleDefinitions/read',
];

const usingOpenAi = [
  'Microsoft.CognitiveServices/accounts/OpenAI/*/read',
  'Microsoft.CognitiveServices/accounts/OpenAI/engines/completions/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/engines/search/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/engines/generate/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/audio/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/search/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/extensions/chat/completions/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/deployments/rerank/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/images/generations/action',
  'Microsoft.CognitiveServices/accounts/OpenAI/assistants/write',
  'Microsoft.CognitiveServices/accounts/OpenAI/assistants/delete',
  'Microsoft.CognitiveServices/accounts/OpenAI/responses/write',
];

/**
 * The built-in roles that this simulation knows, as the pages below
 * https://learn.microsoft.com/azure/role-based-access-control/built-in-roles list them.
 */
export const builtInRoles: readonly RoleDefinition[] = [
  builtIn(
    '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
    'Owner',
    'Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.',
    { actions: ['*'] },
  ),
  builtIn(
    'b24988ac-6180-42a0-ab88-20f7382dd24c',
    'Contributor',
    'Lets you manage everything except access to resources.',
    {
      actions: ['*'],
      notActions: [
        'Microsoft.Authorization/*/Delete',
        'Microsoft.Authorization/*/Write',
        'Microsoft.Authorization/elevateAccess/Action',
      ],
    },
  ),
  builtIn('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader', 'Lets you view everything, but not make any changes.', {
    actions: ['*/read'],
  }),
  builtIn(
    'f58310d9-a9f6-439a-9e8d-f62e7b41a168',
    'Role Based Access Control Administrator',
    'Manage access to Azure resources by assigning roles using Azure RBAC.',
    {
      actions: [
        'Microsoft.Authorization/roleAssignments/write',
        'Microsoft.Authorization/roleAssignments/delete',
        '*/read',
        'Microsoft.Support/*',
      ],
    },
  ),
  builtIn(
    '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    'User Access Administrator',
    'Lets you manage user access to Azure resources.',
    { actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'] },
  ),
  builtIn(
    '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68',
    'Cognitive Services Contributor',
    'Lets you create, read, update, delete and manage keys of Cognitive Services.',
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.CognitiveServices/*',
        'Microsoft.Features/features/read',
        'Microsoft.Features/providers/features/read',
        'Microsoft.Features/providers/features/register/action',
        'Microsoft.Insights/diagnosticSettings/*',
        'Microsoft.Insights/logDefinitions/read',
        'Microsoft.Insights/metricdefinitions/read',
        'Microsoft.Insights/metrics/read',
        'Microsoft.Resources/subscriptions/operationresults/read',
        'Microsoft.Resources/subscriptions/read',
        ...watching,
      ],
    },
  ),
  builtIn(
    'a97b65f3-24c7-4388-baec-2e87135dc908',
    'Cognitive Services User',
    'Lets you read and list keys of Cognitive Services.',
    {
      actions: [
        'Microsoft.CognitiveServices/*/read',
        'Microsoft.CognitiveServices/accounts/listkeys/action',
        'Microsoft.Insights/alertRules/read',
        'Microsoft.Insights/diagnosticSettings/read',
        'Microsoft.Insights/logDefinitions/read',
        'Microsoft.Insights/metricdefinitions/read',
        'Microsoft.Insights/metrics/read',
        'Microsoft.ResourceHealth/availabilityStatuses/read',
        'Microsoft.Resources/deployments/operations/read',
        'Microsoft.Resources/subscriptions/operationresults/read',
        'Microsoft.Resources/subscriptions/read',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.Support/*',
      ],
      dataActions: ['Microsoft.CognitiveServices/*'],
    },
  ),
  builtIn(
    'b59867f0-fa02-499b-be73-45a86b5b3e1c',
    'Cognitive Services Data Reader (Preview)',
    'Lets you read Cognitive Services data.',
    { dataActions: ['Microsoft.CognitiveServices/*/read'] },
  ),
  builtIn(
    '7628b7b8-a8b2-4cdc-b46f-e9b35248918e',
    'Cognitive Services Language Reader',
    'Has access to Read and Test functions under Language portal',
    {
      actions: readingCognitive,
      dataActions: [
        'Microsoft.CognitiveServices/accounts/Language/*/read',
        'Microsoft.CognitiveServices/accounts/Language/query-text/action',
        'Microsoft.CognitiveServices/accounts/Language/query-knowledgebases/action',
        'Microsoft.CognitiveServices/accounts/Language/analyze-text/action',
        'Microsoft.CognitiveServices/accounts/Language/analyze-text/jobs/action',
        'Microsoft.CognitiveServices/accounts/Language/analyze-conversations/action',
        'Microsoft.CognitiveServices/accounts/LanguageAuthoring/*/read',
        'Microsoft.CognitiveServices/accounts/TextAnalytics/*',
        'Microsoft.CognitiveServices/accounts/QuestionAnswering/*/read',
      ],
      notDataActions: ['Microsoft.CognitiveServices/accounts/TextAnalytics/QnaMaker/endpointkeys/read'],
    },
  ),
  builtIn(
    'f2dc8367-1007-4938-bd23-fe263f013447',
    'Cognitive Services Speech User',
    "Access to the real-time speech recognition and batch transcription APIs, real-time speech synthesis and long audio APIs, as well as to read the data/test/model/endpoint for custom models, but can't create, delete or modify the data/test/model/endpoint for custom models.",
    {
      actions: readingCognitive,
      dataActions: [
        'Microsoft.CognitiveServices/accounts/SpeechServices/*/read',
        'Microsoft.CognitiveServices/accounts/SpeechServices/*/transcriptions/read',
        'Microsoft.CognitiveServices/accounts/SpeechServices/*/transcriptions/write',
        'Microsoft.CognitiveServices/accounts/SpeechServices/*/transcriptions/delete',
        'Microsoft.CognitiveServices/accounts/SpeechServices/*/transcriptions/action',
        'Microsoft.CognitiveServices/accounts/SpeechServices/*/frontend/action',
        'Microsoft.CognitiveServices/accounts/SpeechServices/text-dependent/*/action',
        'Microsoft.CognitiveServices/accounts/SpeechServices/text-independent/*/action',
        'Microsoft.CognitiveServices/accounts/CustomVoice/*/read',
        'Microsoft.CognitiveServices/accounts/CustomVoice/evaluations/*',
        'Microsoft.CognitiveServices/accounts/CustomVoice/longaudiosynthesis/*',
        'Microsoft.CognitiveServices/accounts/AudioContentCreation/*',
        'Microsoft.CognitiveServices/accounts/VideoTranslation/*',
        'Microsoft.CognitiveServices/accounts/CustomAvatar/*/read',
        'Microsoft.CognitiveServices/accounts/BatchAvatar/*',
        'Microsoft.CognitiveServices/accounts/BatchTextToSpeech/*',
      ],
      notDataActions: [
        'Microsoft.CognitiveServices/accounts/CustomVoice/datasets/files/read',
        'Microsoft.CognitiveServices/accounts/CustomVoice/datasets/utterances/read',
      ],
    },
  ),
  builtIn(
    '9894cab4-e18a-44aa-828b-cb588cd6f2d7',
    'Cognitive Services Face Recognizer',
    "Lets you perform detect, verify, identify, group, and find similar operations on Face API. This role does not allow create or delete operations, which makes it well suited for endpoints that only need inferencing capabilities, following 'least privilege' best practices.",
    {
      dataActions: [
        'Microsoft.CognitiveServices/accounts/Face/detect/action',
        'Microsoft.CognitiveServices/accounts/Face/verify/action',
        'Microsoft.CognitiveServices/accounts/Face/identify/action',
        'Microsoft.CognitiveServices/accounts/Face/group/action',
        'Microsoft.CognitiveServices/accounts/Face/findsimilars/action',
        'Microsoft.CognitiveServices/accounts/Face/detectliveness/multimodal/action',
        'Microsoft.CognitiveServices/accounts/Face/detectliveness/singlemodal/action',
        'Microsoft.CognitiveServices/accounts/Face/detectlivenesswithverify/singlemodal/action',
        'Microsoft.CognitiveServices/accounts/Face/*/sessions/action',
        'Microsoft.CognitiveServices/accounts/Face/*/sessions/delete',
        'Microsoft.CognitiveServices/accounts/Face/*/sessions/read',
        'Microsoft.CognitiveServices/accounts/Face/*/sessions/audit/read',
      ],
    },
  ),
  builtIn(
    '93586559-c37d-4a6b-ba08-b9f0940c2d73',
    'Cognitive Services Custom Vision Reader',
    "Read-only actions in the project. Readers can't create or update the project.",
    {
      actions: ['Microsoft.CognitiveServices/*/read'],
      dataActions: [
        'Microsoft.CognitiveServices/accounts/CustomVision/*/read',
        'Microsoft.CognitiveServices/accounts/CustomVision/projects/predictions/query/action',
      ],
      notDataActions: ['Microsoft.CognitiveServices/accounts/CustomVision/projects/export/read'],
    },
  ),
  builtIn(
    '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd',
    'Cognitive Services OpenAI User',
    'Ability to view files, models, deployments. Readers are able to call inference operations such as chat completions and image generation.',
    { actions: readingCognitive, dataActions: usingOpenAi },
  ),
  builtIn(
    'a001fd3d-188f-4b5d-821b-7da978bf7442',
    'Cognitive Services OpenAI Contributor',
    'Full access including the ability to fine-tune, deploy and generate text',
    {
      actions: [
        'Microsoft.CognitiveServices/*/read',
        'Microsoft.CognitiveServices/accounts/deployments/write',
        'Microsoft.CognitiveServices/accounts/deployments/delete',
        'Microsoft.CognitiveServices/accounts/raiPolicies/read',
        'Microsoft.CognitiveServices/accounts/raiPolicies/write',
        'Microsoft.CognitiveServices/accounts/raiPolicies/delete',
        'Microsoft.CognitiveServices/accounts/commitmentplans/read',
        'Microsoft.CognitiveServices/accounts/commitmentplans/write',
        'Microsoft.CognitiveServices/accounts/commitmentplans/delete',
        'Microsoft.Authorization/roleAssignments/read',
        'Microsoft.Authorization/roleDefinitions/read',
      ],
      dataActions: ['Microsoft.CognitiveServices/accounts/OpenAI/*'],
    },
  ),
  builtIn(
    '53ca6127-db72-4b80-b1b0-d745d6d5456d',
    'Foundry User',
    'Grants reader access to AI projects, reader access to AI accounts, and data actions for an AI project.',
    {
      actions: [
        'Microsoft.CognitiveServices/*/read',
        'Microsoft.CognitiveServices/accounts/listkeys/action',
        'Microsoft.Insights/alertRules/read',
        'Microsoft.Insights/diagnosticSettings/read',
        'Microsoft.Insights/logDefinitions/read',
        'Microsoft.Insights/metricdefinitions/read',
        'Microsoft.Insights/metrics/read',
        'Microsoft.ResourceHealth/availabilityStatuses/read',
        'Microsoft.Resources/subscriptions/read',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.Support/*',
      ],
      dataActions: ['Microsoft.CognitiveServices/*'],
    },
  ),
  builtIn(
    '64702f94-c441-49e6-a78b-ef80e0188fee',
    'Azure AI Developer',
    'Can perform all actions within an Azure AI resource besides managing the resource itself.',
    {
      actions: [
        'Microsoft.MachineLearningServices/workspaces/*/read',
        'Microsoft.MachineLearningServices/workspaces/*/action',
        'Microsoft.MachineLearningServices/workspaces/*/delete',
        'Microsoft.MachineLearningServices/workspaces/*/write',
        'Microsoft.Authorization/*/read',
        'Microsoft.Resources/deployments/*',
      ],
      notActions: [
        'Microsoft.MachineLearningServices/workspaces/delete',
        'Microsoft.MachineLearningServices/workspaces/write',
        'Microsoft.MachineLearningServices/workspaces/listKeys/action',
      ],
      dataActions: [
        'Microsoft.CognitiveServices/accounts/OpenAI/*',
        'Microsoft.CognitiveServices/accounts/SpeechServices/*',
        'Microsoft.CognitiveServices/accounts/ContentSafety/*',
      ],
    },
  ),
  builtIn(
    'eadc314b-1a2d-4efa-be10-5d325db5065e',
    'Foundry Project Manager',
    'Lets you perform developer actions and management actions on AI projects.',
    {
      actions: [
        'Microsoft.Authorization/roleAssignments/write',
        'Microsoft.Authorization/roleAssignments/delete',
        'Microsoft.CognitiveServices/accounts/*/read',
        'Microsoft.CognitiveServices/accounts/projects/*',
        'Microsoft.CognitiveServices/locations/*/read',
        'Microsoft.Authorization/*/read',
        'Microsoft.Resources/subscriptions/read',
        ...watching,
      ],
      dataActions: ['Microsoft.CognitiveServices/*'],
    },
  ),
  builtIn(
    '73c42c96-874c-492b-b04d-ab87d138a893',
    'Log Analytics Reader',
    'Log Analytics Reader can view and search all monitoring data as well as and view monitoring settings, including viewing the configuration of Azure diagnostics on all Azure resources.',
    {
      actions: [
        '*/read',
        'Microsoft.OperationalInsights/workspaces/analytics/query/action',
        'Microsoft.OperationalInsights/workspaces/search/action',
        'Microsoft.Support/*',
      ],
      notActions: ['Microsoft.OperationalInsights/workspaces/sharedKeys/read'],
    },
  ),
  builtIn('d5a91429-5739-47e2-a06b-3470a27159e7', 'EventGrid Data Sender', 'Allows send access to event grid events.', {
    actions: [
      'Microsoft.Authorization/*/read',
      'Microsoft.EventGrid/topics/read',
      'Microsoft.EventGrid/domains/read',
      'Microsoft.EventGrid/partnerNamespaces/read',
      'Microsoft.EventGrid/namespaces/read',
      'Microsoft.Resources/subscriptions/resourceGroups/read',
    ],
    dataActions: ['Microsoft.EventGrid/events/send/action'],
  }),
  builtIn(
    'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
    'Key Vault Secrets Officer',
    "Perform any action on the secrets of a key vault, except manage permissions. Only works for key vaults that use the 'Azure role-based access control' permission model.",
    {
      actions: [
        'Microsoft.Authorization/*/read',
        'Microsoft.KeyVault/checkNameAvailability/read',
        'Microsoft.KeyVault/deletedVaults/read',
        'Microsoft.KeyVault/locations/*/read',
        'Microsoft.KeyVault/vaults/*/read',
        'Microsoft.KeyVault/operations/read',
        'Microsoft.Insights/alertRules/*',
        'Microsoft.Resources/deployments/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
        'Microsoft.Support/*',
      ],
      dataActions: ['Microsoft.KeyVault/vaults/secrets/*'],
    },
  ),
  builtIn(
    '4633458b-17de-408a-b874-0445c86b69e6',
    'Key Vault Secrets User',
    "Read secret contents. Only works for key vaults that use the 'Azure role-based access control' permission model.",
    {
      dataActions: [
        'Microsoft.KeyVault/vaults/secrets/getSecret/action',
        'Microsoft.KeyVault/vaults/secrets/readMetadata/action',
      ],
    },
  ),
  builtIn(
    '4d97b98b-1d4f-4787-a291-c67834d212e7',
    'Network Contributor',
    'Lets you manage networks, but not access to them.',
    {
      actions: ['Microsoft.Authorization/*/read', 'Microsoft.Network/*', ...watching],
    },
  ),
  builtIn(
    'b12aa53e-6015-4669-85d0-8515ebb3ae7f',
    'Private DNS Zone Contributor',
    'Lets you manage private DNS zone resources, but not the virtual networks they are linked to.',
    {
      actions: [
        'Microsoft.Network/privateDnsZones/*',
        'Microsoft.Network/privateDnsOperationResults/*',
        'Microsoft.Network/privateDnsOperationStatuses/*',
        'Microsoft.Network/virtualNetworks/read',
        'Microsoft.Network/virtualNetworks/join/action',
        'Microsoft.Authorization/*/read',
        ...watching,
      ],
    },
  ),
  builtIn(
    'e40ec5ca-96e0-45a2-b4ff-59039f2c2b59',
    'Managed Identity Contributor',
    'Create, Read, Update, and Delete User Assigned Identity',
    {
      actions: [
        'Microsoft.ManagedIdentity/userAssignedIdentities/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/delete',
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/read',
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/write',
        'Microsoft.ManagedIdentity/userAssignedIdentities/*/delete',
        'Microsoft.Authorization/*/read',
        ...watching,
      ],
    },
  ),
  builtIn(
    'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
    'Storage Blob Data Owner',
    'Allows for full access to Azure Storage blob containers and data, including assigning POSIX access control.',
    {
      actions: [
        'Microsoft.Storage/storageAccounts/blobServices/containers/*',
        'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action',
      ],
      dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*'],
    },
  ),
  builtIn(
    'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    'Storage Blob Data Contributor',
    'Allows for read, write and delete access to Azure Storage blob containers and data',
    {
      actions: [
        'Microsoft.Storage/storageAccounts/blobServices/containers/delete',
        'Microsoft.Storage/storageAccounts/blobServices/containers/read',
        'Microsoft.Storage/storageAccounts/blobServices/containers/write',
        'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action',
      ],
      dataActions: [
        'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete',
        'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read',
        'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write',
        'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action',
        'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action',
      ],
    },
  ),
  builtIn(
    '3913510d-42f4-4e42-8a64-420c390055eb',
    'Monitoring Metrics Publisher',
    'Enables publishing metrics against Azure resources',
    {
      actions: [
        'Microsoft.Insights/Register/Action',
        'Microsoft.Support/*',
        'Microsoft.Resources/subscriptions/resourceGroups/read',
      ],
      dataActions: ['Microsoft.Insights/Metrics/Write', 'Microsoft.Insights/Telemetry/Write'],
    },
  ),
  builtIn(
    '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
    'Storage Queue Data Contributor',
    'Allows for read, write, and delete access to Azure Storage queues and queue messages',
    {
      actions: [
        'Microsoft.Storage/storageAccounts/queueServices/queues/delete',
        'Microsoft.Storage/storageAccounts/queueServices/queues/read',
        'Microsoft.Storage/storageAccounts/queueServices/queues/write',
      ],
      dataActions: [
        'Microsoft.Storage/storageAccounts/queueServices/queues/messages/delete',
        'Microsoft.Storage/storageAccounts/queueServices/queues/messages/read',
        'Microsoft.Storage/storageAccounts/queueServices/queues/messages/write',
        'Microsoft.Storage/storageAccounts/queueServices/queues/messages/process/action',
      ],
    },
  ),
  builtIn(
    'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a',
    'Storage Queue Data Message Sender',
    'Allows for sending of Azure Storage queue messages',
    {
      dataActions: ['Microsoft.Storage/storageAccounts/queueServices/queues/messages/add/action'],
    },
  ),
  builtIn(
    '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
    'Storage Table Data Contributor',
    'Allows for read, write and delete access to Azure Storage tables and entities',
    {
      actions: [
        'Microsoft.Storage/storageAccounts/tableServices/tables/read',
        'Microsoft.Storage/storageAccounts/tableServices/tables/write',
        'Microsoft.Storage/storageAccounts/tableServices/tables/delete',
      ],
      dataActions: [
        'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read',
        'Microsoft.Storage/storageAccounts/tableServices/tables/entities/write',
        'Microsoft.Storage/storageAccounts/tableServices/tables/entities/delete',
        'Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action',
        'Microsoft.Storage/storageAccounts/tableServices/tables/entities/update/action',
      ],
    },
  ),
];
