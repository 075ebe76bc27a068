import { armAnswer, armError } from '../arm-answer.ts';
import type { ArmCall } from '../arm-call.ts';
import { locationsOf } from '../locations.ts';
import { holderOfSubdomain, withAccount } from './find-account.ts';

/** The kinds of account that are offered today. */
const offeredKinds: readonly string[] = [
  'AIServices',
  'CognitiveServices',
  'OpenAI',
  'TextAnalytics',
  'FormRecognizer',
  'ComputerVision',
  'Face',
  'SpeechServices',
  'TextTranslation',
  'ContentSafety',
  'CustomVision.Training',
  'CustomVision.Prediction',
  'ImmersiveReader',
  'HealthInsights',
  'ContentModerator',
];

/**
 * Kinds that were offered once: the official examples still create some of them, and Terraform's provider lists them
 * (https://github.com/hashicorp/terraform-provider-azurerm, resource azurerm_cognitive_account). When Azure began to refuse
 * each is unknown here, so none is refused.
 */
const formerKinds: readonly string[] = [
  'Academic',
  'AnomalyDetector',
  'Bing.Autosuggest',
  'Bing.Autosuggest.v7',
  'Bing.CustomSearch',
  'Bing.Search',
  'Bing.Search.v7',
  'Bing.Speech',
  'Bing.SpellCheck',
  'Bing.SpellCheck.v7',
  'CRIS',
  'CustomSpeech',
  'Emotion',
  'LUIS',
  'LUIS.Authoring',
  'MetricsAdvisor',
  'Personalizer',
  'QnAMaker',
  'Recommendations',
  'SpeakerRecognition',
  'Speech',
  'SpeechTranslation',
  'WebLM',
];

/** The kinds of account that can be made, by their exact names. */
export const accountKinds: readonly string[] = [...offeredKinds, ...formerKinds];

const openAiModels: readonly {
  readonly name: string;
  readonly version: string;
  readonly capabilities: Readonly<Record<string, string>>;
}[] = [
  { name: 'gpt-4o-mini', version: '2024-07-18', capabilities: { chatCompletion: 'true', scaleType: 'Standard' } },
  { name: 'gpt-4o', version: '2024-11-20', capabilities: { chatCompletion: 'true', scaleType: 'Standard' } },
  { name: 'text-embedding-3-small', version: '1', capabilities: { embeddings: 'true', scaleType: 'Standard' } },
];

const published = '2024-01-01T00:00:00Z';

/** Every kind that is offered, with its skus, an item for each location; none has zones (the form of `locationInfo` is that of Microsoft.Compute, assumed to be the same). */
export function listResourceSkus({ world }: ArmCall): Response {
  const value = offeredKinds.flatMap((kind) =>
    skusOf(kind).flatMap(({ name, tier }) =>
      locationsOf(world).map((location) => ({
        resourceType: 'accounts',
        name,
        tier,
        kind,
        locations: [location.name.toUpperCase()],
        locationInfo: [{ location: location.name.toUpperCase(), zones: [] }],
        restrictions: [],
      })),
    ),
  );
  return armAnswer(200, { value });
}

export function listAccountSkus(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, ({ resource }) => {
    const current = skusOf(resource.kind).filter(({ name }) => name !== 'F0');
    return armAnswer(200, {
      value: current.map((sku) => ({ resourceType: 'Microsoft.CognitiveServices/accounts', sku })),
    });
  });
}

export function listAccountUsages(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, () => armAnswer(200, { value: [] }));
}

export function listAccountModels(call: ArmCall): Response | Promise<Response> {
  return withAccount(call, ({ resource }) => {
    const value = ['OpenAI', 'AIServices'].includes(resource.kind) ? openAiModels.map(modelBody) : [];
    return armAnswer(200, { value });
  });
}

export function listLocationModels(call: ArmCall): Response {
  const { name: location } = locationNamed(call);
  const value = openAiModels.map((model) => ({
    id: `/subscriptions/${call.param('subscription')}/providers/Microsoft.CognitiveServices/locations/${location}/models/OpenAI.${model.name}.${model.version}`,
    type: 'Microsoft.CognitiveServices/locations/models',
    name: `OpenAI.${model.name}.${model.version}`,
    location,
    kind: 'OpenAI',
    skuName: 'S0',
    model: modelBody(model),
  }));
  return armAnswer(200, { value });
}

export function listLocationUsages(_call: ArmCall): Response {
  const usage = (value: string, localizedValue: string, limit: number) => ({
    name: { value, localizedValue },
    currentValue: 0,
    limit,
    unit: 'Count',
  });
  return armAnswer(200, {
    value: [
      usage('OpenAI.ProvisionedManaged', 'Provisioned Managed Throughput Unit', 0),
      usage('OpenAI.GlobalProvisionedManaged', 'Global Provisioned Managed Throughput Unit', 0),
      usage('OpenAI.FineTuned.Deployments', 'Standard Fine-Tuned Deployments', 10),
      ...openAiModels.map(({ name }) =>
        usage(`OpenAI.Standard.${name}`, `Tokens Per Minute (thousands) - ${name}`, 1000),
      ),
    ],
  });
}

export function checkSkuAvailability({ body }: ArmCall): Response {
  const { skus, kind, type } = body;
  // Azure/azure-rest-api-specs#22395
  if (!Array.isArray(skus))
    return armError(400, 'BadRequest', "Value cannot be null. (Parameter 'requestObject.Skus')");
  const asked: readonly unknown[] = skus;
  const known = typeof kind === 'string' ? skusOf(kind).map(({ name }) => name) : [];
  const value = asked.map((skuName) => {
    const isAvailable = known.some((name) => name === skuName);
    return {
      kind,
      type,
      skuName,
      skuAvailable: isAvailable,
      reason: isAvailable ? null : 'InvalidSkuId',
      message: isAvailable ? null : 'The sku is not available for this kind.',
    };
  });
  return armAnswer(200, { value });
}

export function checkDomainAvailability({ body, world }: ArmCall): Response {
  const { subdomainName, type, kind } = body;
  const holder = typeof subdomainName === 'string' ? holderOfSubdomain(world, subdomainName) : undefined;
  const taken = `The subdomain name '${String(subdomainName)}' is already used. Please pick a different name.`;
  return armAnswer(200, {
    isSubdomainAvailable: holder === undefined,
    ...(holder === undefined ? {} : { reason: taken }),
    subdomainName,
    type,
    ...(kind === undefined ? {} : { kind }),
  });
}

/**
 * The refusal of a sku that a kind once had: of Language, S0 to S4 (MicrosoftDocs/azure-docs#103641; the full text of another
 * kind: hashicorp/terraform-provider-azurerm#25401). Which skus the other kinds have besides the listed ones is not known here.
 */
export function skuRefusal(kind: string, sku: string): Response | null {
  if (kind !== 'TextAnalytics' || !/^S[0-4]$/.test(sku)) return null;
  return armError(
    400,
    'SpecialFeatureOrQuotaIdRequired',
    `The subscription does not have QuotaId/Feature required by SKU '${sku}' from kind '${kind}' or contains blocked QuotaId/Feature.`,
  );
}

function skusOf(kind: string): readonly { readonly name: string; readonly tier: string }[] {
  const standard = { name: kind === 'TextAnalytics' ? 'S' : 'S0', tier: 'Standard' };
  return ['OpenAI', 'AIServices', 'CognitiveServices'].includes(kind)
    ? [standard]
    : [{ name: 'F0', tier: 'Free' }, standard];
}

function locationNamed(call: ArmCall): { readonly name: string } {
  const asked = call.param('location');
  return locationsOf(call.world).find(({ name }) => name === asked.toLowerCase()) ?? { name: asked };
}

function modelBody(model: (typeof openAiModels)[number]): Record<string, unknown> {
  const { name, version, capabilities } = model;
  const by = { createdBy: 'Microsoft', createdByType: 'Application', createdAt: published };
  return {
    format: 'OpenAI',
    name,
    version,
    isDefaultVersion: true,
    skus: [
      {
        name: 'Standard',
        usageName: `OpenAI.Standard.${name}`,
        capacity: { maximum: 10_000, default: 10 },
        deprecationDate: '2027-12-31T00:00:00Z',
        rateLimits: [
          { key: 'request', renewalPeriod: 60, count: 10 },
          { key: 'token', renewalPeriod: 60, count: 1000 },
        ],
      },
    ],
    maxCapacity: 10_000,
    capabilities,
    deprecation: { inference: '2027-12-31T00:00:00Z' },
    lifecycleStatus: 'GenerallyAvailable',
    systemData: { ...by, lastModifiedBy: 'Microsoft', lastModifiedByType: 'Application', lastModifiedAt: published },
  };
}
