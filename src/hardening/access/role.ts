import * as z from 'zod';
import { tokenCall } from '../../keys/account-probe.ts';
import type { ProbedAccount } from '../../keys/ports.ts';
import { probeCalls, probeNames } from '../../keys/probe-calls.ts';
import { allowsAction } from '../../shared/permissions.ts';
import { list } from '../../shared/view-parts.ts';
import type { RoleFacts } from './ports.ts';

/** A role as access decides by it. The GUID is the role; names change. */
export const roleSchema = z.object({
  guid: z.string(),
  name: z.string(),
  /** Anybody who has it can read the account's keys, and so go around vault, rotation and audit. */
  canListKeys: z.boolean(),
  /** It allows more than using the service: changing the account, or giving roles to others. */
  isBroad: z.boolean(),
  /** The calls that it lets a token make, of those that prove one. */
  opens: list(z.enum(probeNames)),
  /** It lets a token do more on the data plane than read: anybody who has it can use a service, if not each one. */
  usesService: z.boolean(),
});

export type Role = Readonly<z.infer<typeof roleSchema>>;

type Known = Role & { readonly formerNames?: readonly string[] };

const account = 'Microsoft.CognitiveServices/accounts';

/** The calls that only read. */
const reads = probeNames.filter((name) => probeCalls[name].dataAction.endsWith('/read'));

/** What is not said of a role it does not allow; one that opens a call lets its owner use a service, unless that is said. */
function known(guid: string, name: string, facts: Partial<Omit<Known, 'guid' | 'name'>> = {}): Known {
  const { opens = [] } = facts;
  return { guid, name, canListKeys: false, isBroad: false, opens, usesService: opens.length > 0, ...facts };
}

/** Names and GUIDs: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const knownRoles: readonly Known[] = [
  known('7628b7b8-a8b2-4cdc-b46f-e9b35248918e', 'Cognitive Services Language Reader', { opens: ['detect-language'] }),
  known('5e0bd9bd-7b93-4f28-af87-19fc36ad61bd', 'Cognitive Services OpenAI User', { opens: ['list-models'] }),
  known('a001fd3d-188f-4b5d-821b-7da978bf7442', 'Cognitive Services OpenAI Contributor', { opens: ['list-models'] }),
  known('b59867f0-fa02-499b-be73-45a86b5b3e1c', 'Cognitive Services Data Reader (Preview)', {
    opens: reads,
    usesService: false,
    formerNames: ['Cognitive Services Data Reader'],
  }),
  known('a97b65f3-24c7-4388-baec-2e87135dc908', 'Cognitive Services User', { canListKeys: true, opens: probeNames }),
  known('53ca6127-db72-4b80-b1b0-d745d6d5456d', 'Foundry User', {
    canListKeys: true,
    opens: probeNames,
    formerNames: ['Azure AI User'],
  }),
  known('64702f94-c441-49e6-a78b-ef80e0188fee', 'Azure AI Developer', {
    opens: ['list-models', 'list-transcription-locales', 'list-blocklists'],
  }),
  known('eadc314b-1a2d-4efa-be10-5d325db5065e', 'Foundry Project Manager', {
    isBroad: true,
    opens: probeNames,
    formerNames: ['Azure AI Project Manager'],
  }),
  known('25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68', 'Cognitive Services Contributor', { canListKeys: true, isBroad: true }),
  known('f2dc8367-1007-4938-bd23-fe263f013447', 'Cognitive Services Speech User', {
    opens: ['list-transcription-locales'],
  }),
  known('9894cab4-e18a-44aa-828b-cb588cd6f2d7', 'Cognitive Services Face Recognizer', { opens: ['detect-faces'] }),
  known('93586559-c37d-4a6b-ba08-b9f0940c2d73', 'Cognitive Services Custom Vision Reader', { opens: ['list-domains'] }),
  known('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader'),
  known('b24988ac-6180-42a0-ab88-20f7382dd24c', 'Contributor', { canListKeys: true, isBroad: true }),
  known('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner', { canListKeys: true, isBroad: true }),
  known('18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'User Access Administrator', { isBroad: true }),
  known('f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'Role Based Access Control Administrator', { isBroad: true }),
];

/** The role that a name (any case, a former one too) or GUID means, when it needs no look-up; else null. */
export function knownRole(nameOrGuid: string): Role | null {
  const wanted = nameOrGuid.trim().toLowerCase();
  const found = knownRoles.find(({ guid, name, formerNames = [] }) =>
    [guid, name, ...formerNames].some((one) => one.toLowerCase() === wanted),
  );
  if (found === undefined) return null;
  const { formerNames: _, ...role } = found;
  return role;
}

/** A role that was looked up, judged by what its definition allows. */
export function roleFrom({ guid, name, permissions }: RoleFacts): Role {
  const onData = permissions.map(({ dataActions, notDataActions }) => ({
    actions: dataActions,
    notActions: notDataActions,
  }));
  const may = (action: string) => allowsAction(permissions, action);
  return {
    guid: guid.toLowerCase(),
    name,
    canListKeys: may(`${account}/listKeys/action`),
    isBroad:
      may(`${account}/write`) ||
      may(`${account}/delete`) ||
      may(`${account}/regenerateKey/action`) ||
      may('Microsoft.Authorization/roleAssignments/write'),
    opens: probeNames.filter((name) => allowsAction(onData, probeCalls[name].dataAction)),
    usesService: permissions.some(({ dataActions }) => dataActions.some(isUse)),
  };
}

/** Whether a role opens the call by which a token is proved to an account; false if none is known. */
export function opensProof({ opens }: Role, place: Pick<ProbedAccount, 'kind' | 'endpoint'>): boolean {
  const call = tokenCall(place);
  return call !== null && opens.includes(call.name);
}

function isUse(dataAction: string): boolean {
  return /^(\*|Microsoft\.CognitiveServices\/)/i.test(dataAction) && !/\/read$/i.test(dataAction);
}
