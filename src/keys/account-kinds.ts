import type { HostKind } from './account-hosts.ts';
import type { ProbeName } from './probe-calls.ts';

/** A built-in role, by what decides: its GUID. */
export interface DataRole {
  readonly name: string;
  readonly guid: string;
}

/** Nothing proves it on the account's endpoint: only ARM's answer counts. */
interface Unproved {
  readonly probe: 'control-plane-only';
  readonly detail: string;
}

/** What Keyturn knows of one kind of account. */
export interface AccountKind {
  /** What people call it. */
  readonly title: string;
  /** The calls that tell an accepted key from a refused one, by the host that the account's endpoint names. */
  readonly key: Partial<Readonly<Record<HostKind, ProbeName>>> | Unproved;
  /** The same calls tell an accepted token, of the audience of the cloud's AI services. */
  readonly token: 'as-key' | Unproved;
  /** The hosts whose private DNS zones its private endpoints need. */
  readonly zones: readonly HostKind[];
  /** Let an identity call the service with a token, the least first. */
  readonly roles: readonly DataRole[];
  /** Where this row is from, beside the sources of its roles and calls. */
  readonly source: string;
}

/** Names and GUIDs of the roles. */
const builtInRoles = 'https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning';

const roles = {
  user: { name: 'Cognitive Services User', guid: 'a97b65f3-24c7-4388-baec-2e87135dc908' },
  openAiUser: { name: 'Cognitive Services OpenAI User', guid: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd' },
  languageReader: { name: 'Cognitive Services Language Reader', guid: '7628b7b8-a8b2-4cdc-b46f-e9b35248918e' },
  speechUser: { name: 'Cognitive Services Speech User', guid: 'f2dc8367-1007-4938-bd23-fe263f013447' },
  faceRecognizer: { name: 'Cognitive Services Face Recognizer', guid: '9894cab4-e18a-44aa-828b-cb588cd6f2d7' },
  aiDeveloper: { name: 'Azure AI Developer', guid: '64702f94-c441-49e6-a78b-ef80e0188fee' },
  visionReader: { name: 'Cognitive Services Custom Vision Reader', guid: '93586559-c37d-4a6b-ba08-b9f0940c2d73' },
  visionDeployment: {
    name: 'Cognitive Services Custom Vision Deployment',
    guid: '5c4089e1-6d96-4d2f-b296-c1bc7137275f',
  },
  immersiveReader: { name: 'Cognitive Services Immersive Reader User', guid: 'b2de6794-95db-4659-8781-7e080d3f2b9d' },
  metricsAdvisor: { name: 'Cognitive Services Metrics Advisor User', guid: '3b20f47b-3825-43cb-8114-4bd2201156a8' },
  luisReader: { name: 'Cognitive Services LUIS Reader', guid: '18e81cdc-4e98-4e29-a639-e7d10c5a6226' },
  luisWriter: { name: 'Cognitive Services LUIS Writer', guid: '6322a993-d5c9-4bed-b113-e49bbea25b27' },
  qnaReader: { name: 'Cognitive Services QnA Maker Reader', guid: '466ccd10-b268-4a11-b098-b4849f024126' },
} as const satisfies Record<string, DataRole>;

const language = { custom: 'detect-language', regional: 'detect-language' } as const;

/** What most kinds share. */
const usual = { token: 'as-key', zones: ['custom'], source: builtInRoles } as const;

/** No key or token is proved by a call: a retired service answers nobody for certain. */
function onlyArm(detail: string): Pick<AccountKind, 'key' | 'token' | 'zones'> {
  const unproved: Unproved = { probe: 'control-plane-only', detail };
  return { key: unproved, token: unproved, zones: ['custom'] };
}

/**
 * Every kind that Keyturn knows, by ARM's name for it. A kind that stands here is called at its endpoint only if a
 * source shows call and answer; any other kind, and any other host, is `control-plane-only`.
 */
const table = {
  AIServices: {
    title: 'Azure AI Foundry, AI services',
    // An account that was upgraded from OpenAI may keep its endpoint, where no language answers.
    key: { ...language, openai: 'list-models' },
    token: 'as-key',
    zones: ['custom', 'openai', 'foundry'],
    roles: [roles.languageReader, roles.openAiUser],
    source: 'https://learn.microsoft.com/azure/ai-services/authentication',
  },
  OpenAI: {
    title: 'Azure OpenAI',
    key: { openai: 'list-models', custom: 'list-models', regional: 'list-models' },
    token: 'as-key',
    zones: ['openai'],
    roles: [roles.openAiUser],
    source: builtInRoles,
  },
  CognitiveServices: {
    title: 'AI services, multi-service account',
    key: language,
    roles: [roles.languageReader],
    ...usual,
    source: 'https://learn.microsoft.com/azure/ai-services/authentication',
  },
  TextAnalytics: { title: 'Language', key: language, roles: [roles.languageReader], ...usual },
  SpeechServices: {
    title: 'Speech',
    key: { custom: 'list-transcription-locales', regional: 'list-transcription-locales' },
    roles: [roles.speechUser],
    ...usual,
    source: 'https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-private-link',
  },
  FormRecognizer: {
    title: 'Document Intelligence',
    key: { custom: 'read-resource-info', regional: 'read-resource-info' },
    roles: [roles.user],
    ...usual,
  },
  ComputerVision: {
    title: 'Computer Vision',
    key: { custom: 'list-vision-models', regional: 'list-vision-models' },
    roles: [roles.user],
    ...usual,
  },
  Face: {
    title: 'Face',
    key: { custom: 'detect-faces', regional: 'detect-faces' },
    roles: [roles.faceRecognizer],
    ...usual,
  },
  ContentSafety: {
    title: 'Content Safety',
    // Its pages show the account's own host, and no other.
    key: { custom: 'list-blocklists' },
    roles: [roles.aiDeveloper, roles.user],
    ...usual,
  },
  TextTranslation: {
    title: 'Translator',
    // At the global host a good key without its region is answered as a wrong one.
    key: { custom: 'translate-text' },
    roles: [roles.user],
    ...usual,
    source: 'https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/authentication',
  },
  'CustomVision.Training': {
    title: 'Custom Vision, training',
    key: { custom: 'list-domains', regional: 'list-domains' },
    roles: [roles.visionReader],
    ...usual,
    source: 'https://learn.microsoft.com/azure/ai-services/custom-vision-service/role-based-access-control',
  },
  'CustomVision.Prediction': {
    title: 'Custom Vision, prediction',
    ...onlyArm('It has no call without a published model, and each prediction is stored and paid for.'),
    roles: [roles.visionDeployment],
    source:
      'https://github.com/Azure/azure-rest-api-specs/blob/main/specification/cognitiveservices/data-plane/CustomVision/Prediction/stable/v3.1',
  },
  ImmersiveReader: {
    title: 'Immersive Reader',
    ...onlyArm('Its only call begins a session, and is not published.'),
    roles: [roles.immersiveReader],
    source: 'https://learn.microsoft.com/azure/ai-services/immersive-reader/how-to-create-immersive-reader',
  },
  HealthInsights: {
    title: 'Health Insights',
    ...onlyArm('Its calls begin jobs, or ask for one that was begun.'),
    roles: [roles.user],
    source: 'recorded; https://learn.microsoft.com/rest/api/health-insights',
  },
  ContentModerator: {
    title: 'Content Moderator',
    key: { custom: 'list-term-lists', regional: 'list-term-lists' },
    roles: [roles.user],
    ...usual,
  },
  AnomalyDetector: {
    title: 'Anomaly Detector',
    ...onlyArm('The service was retired on 1 October 2026.'),
    roles: [roles.user],
    source: 'https://learn.microsoft.com/azure/ai-services/anomaly-detector',
  },
  MetricsAdvisor: {
    title: 'Metrics Advisor',
    ...onlyArm('The service was retired on 1 October 2026; beside the key each call needed one of its own.'),
    roles: [roles.metricsAdvisor],
    source: 'https://learn.microsoft.com/azure/ai-services/metrics-advisor',
  },
  Personalizer: {
    title: 'Personalizer',
    ...onlyArm('The service was retired on 1 October 2026.'),
    roles: [roles.user],
    source: 'https://learn.microsoft.com/azure/ai-services/personalizer',
  },
  LUIS: {
    title: 'Language Understanding, prediction',
    ...onlyArm('The service was retired on 1 October 2025.'),
    roles: [roles.luisReader],
    source: 'https://azure.microsoft.com/updates/language-understanding-retirement/',
  },
  'LUIS.Authoring': {
    title: 'Language Understanding, authoring',
    ...onlyArm('The service was retired on 1 October 2025.'),
    roles: [roles.luisWriter],
    source: 'https://azure.microsoft.com/updates/language-understanding-retirement/',
  },
  QnAMaker: {
    title: 'QnA Maker',
    ...onlyArm(
      'The service was retired on 31 March 2025; what it answers is asked with other keys than the account’s.',
    ),
    roles: [roles.qnaReader],
    source: 'https://azure.microsoft.com/updates/azure-qna-maker-will-be-retired-on-31-march-2025/',
  },
} as const satisfies Record<string, AccountKind>;

export type AccountKindName = keyof typeof table;

export const accountKinds: Readonly<Record<AccountKindName, AccountKind>> = table;

const byLowerCase = new Map<string, AccountKind>(
  Object.entries(accountKinds).map(([name, kind]) => [name.toLowerCase(), kind]),
);

/** The row of a kind as ARM writes it, in any case; null: Keyturn has never heard of it. */
export function accountKind(name: string): AccountKind | null {
  return byLowerCase.get(name.toLowerCase()) ?? null;
}
