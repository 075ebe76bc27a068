/** How a place in a body is compared when "the same value" is too much or too little to ask. */
export interface BodyRule {
  /** The path of the request's link that it is about. */
  readonly of: RegExp;
  /** Matched against the place, such as `body.properties.endpoints.Face`; list items are `[]`. */
  readonly place: RegExp;
  /**
   * - `form`: a value of the recorded type, and of its form where it is a date, a GUID, an entity tag or the like
   * - `type`: a value of the recorded type, whichever
   * - `open`: not compared further, only whether it is there, and of which type
   * - `optional`: may be there or not (unless a request named it), and is compared where it is
   * - `emptyIsAbsent`: an empty object is the same as none
   */
  readonly compare: 'form' | 'type' | 'open' | 'optional' | 'emptyIsAbsent';
  readonly reason: string;
}

const ANY = /^/;
const ARM = /^\/+(subscriptions|providers|tenants)\b/i;
const ACCOUNTS = /\/providers\/Microsoft\.CognitiveServices\/(accounts|.*deletedAccounts)(\/[^/]+)?$/i;
const DEPLOYMENTS = /\/accounts\/[^/]+\/deployments(\/|$)/i;
const CATALOGUE = /\/Microsoft\.CognitiveServices\/.*\/?(models|skus|usages)$/i;
const LANGUAGE = /^\/+(text\/analytics|language)\b/;
const TRANSLATOR = /^\/+translator\/text\b/;
const OPENAI = /^\/+(openai|models)\b/;
const SECRETS = /^\/+(deleted)?secrets\b/i;

/** Every property of an account that a client relies on; those that a kind or a year adds come and go. */
const FIRM_PROPERTIES = 'endpoint|customSubDomainName|provisioningState|internalId|dateCreated|disableLocalAuth';

/** Rules of every recording, seen or not. A difference of one file stands in `tolerated.ts`. */
export const BODY_RULES: readonly BodyRule[] = [
  {
    of: ARM,
    place: /^body\.(value\[\]\.)?(properties\.)?(createdBy|updatedBy|createdOn|updatedOn)$/,
    compare: 'form',
    reason: 'whoever was signed in, whenever',
  },
  { of: ARM, place: /\.systemData\.\w+$/, compare: 'form', reason: 'whoever was signed in, whenever' },
  { of: ARM, place: /^body\.(value\[\]\.)?systemData$/, compare: 'optional', reason: 'shown since 2021' },
  { of: ARM, place: /\.identity\.(principalId|tenantId)$/, compare: 'form', reason: 'made by the directory' },
  {
    of: ARM,
    place: /\.identity\.userAssignedIdentities$/,
    compare: 'emptyIsAbsent',
    reason: 'an empty object was shown until 2021',
  },
  { of: ARM, place: /^body\.(value\[\]\.)?etag$/, compare: 'form', reason: 'changes with every write' },
  { of: ARM, place: /^body\.(createdDateTime|lastActionDateTime)$/, compare: 'form', reason: 'the clock' },
  {
    of: /\/deletedvaults\//i,
    place: /^body\.properties\.(deletionDate|scheduledPurgeDate)$/,
    compare: 'form',
    reason: 'the clock',
  },
  { of: ARM, place: /^body\.(startTime|endTime)$/, compare: 'form', reason: 'the clock' },
  {
    of: ARM,
    place: /^body\.(value\[\]\.)?tags$/,
    compare: 'emptyIsAbsent',
    reason: 'what had tags once shows an empty object, what never had any shows none',
  },
  {
    of: ARM,
    place: /\.subscriptionPolicies\.(locationPlacementId|quotaId)$/,
    compare: 'form',
    reason: 'depends on the offer that the subscription was bought under',
  },
  {
    of: ARM,
    place: /^body\.(value\[\]\.)?resourceTypes$/,
    compare: 'open',
    reason: 'types, versions and places of a provider change by the month',
  },
  {
    of: ARM,
    place: /^body\.(value\[\]\.)?(registrationPolicy|authorizations|authorization|providerAuthorizationConsentState)$/,
    compare: 'optional',
    reason: 'shown by newer versions',
  },

  {
    of: /\/roleDefinitions(\/|$)/i,
    place: /\.properties\.description$/,
    compare: 'form',
    reason: 'descriptions of built-in roles are worded anew at times',
  },
  {
    of: /\/roleDefinitions(\/|$)/i,
    place: /\.permissions\[\]\.\w+$/,
    compare: 'open',
    reason: 'built-in roles are widened and narrowed at times',
  },
  {
    of: /\/subscriptions\/[^/]+\/locations$/i,
    place: /^body\.value\[\]\.(metadata|type|regionalDisplayName|longitude|latitude|availabilityZoneMappings)$/,
    compare: 'optional',
    reason: 'shown by newer versions, or by older ones alone',
  },
  {
    of: /\/subscriptions\/[^/]+\/locations$/i,
    place: /^body\.value\[\]\.metadata$/,
    compare: 'open',
    reason: 'a region shows more of itself from year to year',
  },
  {
    of: ACCOUNTS,
    place: /\.properties\.(callRateLimit|capabilities|endpoints)$/,
    compare: 'open',
    reason: 'limits, capabilities and APIs of a kind change by the month',
  },
  {
    of: ACCOUNTS,
    place: new RegExp(`^body\\.(value\\[\\]\\.)?properties\\.(?!(${FIRM_PROPERTIES})$)\\w+$`),
    compare: 'optional',
    reason: 'each kind and each year shows other properties',
  },
  {
    of: ACCOUNTS,
    place: /\.properties\.(internalId|dateCreated|deletionDate|scheduledPurgeDate)$/,
    compare: 'form',
    reason: 'made by the service',
  },
  {
    of: DEPLOYMENTS,
    place: /\.properties\.(capabilities|rateLimits)$/,
    compare: 'open',
    reason: 'each model can do other things',
  },
  {
    of: DEPLOYMENTS,
    place:
      /\.properties\.(raiPolicyName|currentCapacity|capabilities|rateLimits|callRateLimit|deploymentState|versionUpgradeOption|dynamicThrottlingEnabled)$/,
    compare: 'optional',
    reason: 'depends on model, sku and version',
  },
  {
    of: CATALOGUE,
    place: /^body\.value\[\]\.(model\.)?(capabilities|finetuneCapabilities)$/,
    compare: 'open',
    reason: 'each model can do other things',
  },
  {
    of: CATALOGUE,
    place:
      /^body\.value\[\]\.(model\.)?(description|maxCapacity|finetuneCapabilities|deprecation\.fineTune|skus\[\]\.(costs|rateLimits|deprecationDate|capacity\.\w+))$/,
    compare: 'optional',
    reason: 'each model has some of these',
  },
  {
    of: /\/privateEndpoints\/[^/]+$/i,
    place: /\.properties\.applicationSecurityGroups$/,
    compare: 'optional',
    reason: 'shown by some versions if there are none',
  },
  {
    of: /\/(listKeys|regenerateKey)$/i,
    place: /^body\.key[12]$/,
    compare: 'type',
    reason: 'keys are random, and the format of new ones has changed',
  },

  { of: SECRETS, place: /^body\.(value\[\]\.)?attributes\.(created|updated)$/, compare: 'form', reason: 'the clock' },
  {
    of: SECRETS,
    place: /^body\.(value\[\]\.)?(deletedDate|scheduledPurgeDate)$/,
    compare: 'form',
    reason: 'the clock',
  },

  { of: LANGUAGE, place: /\.detectedLanguage\.\w+$/, compare: 'form', reason: "the model's opinion" },
  { of: LANGUAGE, place: /\.modelVersion$/, compare: 'form', reason: 'models are replaced' },
  {
    of: /^\/+formrecognizer\/info$/,
    place: /\.(count|used)$/,
    compare: 'form',
    reason: 'what was trained in the account',
  },
  { of: TRANSLATOR, place: /\.translations\[\]\.text$/, compare: 'type', reason: 'no language is translated here' },
  { of: TRANSLATOR, place: /\.detectedLanguage\.\w+$/, compare: 'form', reason: "the model's opinion" },
  { of: OPENAI, place: /\.(message|delta)\.content$/, compare: 'type', reason: 'what the model says' },
  {
    of: OPENAI,
    place: /\.(content_filter_results|prompt_filter_results)$/,
    compare: 'optional',
    reason: 'shown by newer versions',
  },
  {
    of: OPENAI,
    place: /\.content_filter_results$/,
    compare: 'open',
    reason: 'filters come and go, and differ by policy',
  },
  { of: OPENAI, place: /\.finish_reason$/, compare: 'form', reason: 'where the model stops' },
  {
    of: OPENAI,
    place: /\.choices\[\]\.(message|(message|delta)\.(content|tool_calls|function_call|role))$/,
    compare: 'optional',
    reason: 'the model answers with a text or with a call; what is filtered has no message',
  },
  { of: OPENAI, place: /\.embedding$/, compare: 'type', reason: 'what the model says' },
  { of: OPENAI, place: /\.usage\./, compare: 'form', reason: 'depends on what the model says' },
  {
    of: OPENAI,
    place: /\.(created|model|system_fingerprint|obfuscation)$/,
    compare: 'form',
    reason: 'made for each answer',
  },
  {
    of: OPENAI,
    place: /\.(annotations|refusal|obfuscation|system_fingerprint)$|_details$/,
    compare: 'optional',
    reason: 'newer models say more; an account does not show which generation it runs',
  },
  {
    of: ANY,
    place: /^body\.error\.(details|additionalInfo)$/,
    compare: 'optional',
    reason: 'support details of one failure',
  },
];
