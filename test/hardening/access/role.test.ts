import { describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../local/simulated-azure/roles.ts';
import { knownRole, opensProof, roleFrom } from '../../../src/hardening/access/role.ts';

describe('a role', () => {
  it.each([
    ['Cognitive Services User', 'a97b65f3-24c7-4388-baec-2e87135dc908'],
    ['cognitive services language reader', '7628b7b8-a8b2-4cdc-b46f-e9b35248918e'],
    ['Azure AI User', '53ca6127-db72-4b80-b1b0-d745d6d5456d'],
    ['Foundry User', '53ca6127-db72-4b80-b1b0-d745d6d5456d'],
    ['8E3AF657-A8FF-443C-A75C-2FE8C4BCB635', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'],
  ])('%s is known by its GUID', (text, guid) => {
    expect(knownRole(text)?.guid).toBe(guid);
  });

  // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
  it.each<[name: string, guid: string, formerly: string | null, canListKeys: boolean, isBroad: boolean]>([
    ['Cognitive Services Language Reader', '7628b7b8-a8b2-4cdc-b46f-e9b35248918e', null, false, false],
    ['Cognitive Services OpenAI User', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd', null, false, false],
    ['Cognitive Services OpenAI Contributor', 'a001fd3d-188f-4b5d-821b-7da978bf7442', null, false, false],
    [
      ...(['Cognitive Services Data Reader (Preview)', 'b59867f0-fa02-499b-be73-45a86b5b3e1c'] as const),
      ...(['Cognitive Services Data Reader', false, false] as const),
    ],
    ['Cognitive Services User', 'a97b65f3-24c7-4388-baec-2e87135dc908', null, true, false],
    ['Foundry User', '53ca6127-db72-4b80-b1b0-d745d6d5456d', 'Azure AI User', true, false],
    ['Azure AI Developer', '64702f94-c441-49e6-a78b-ef80e0188fee', null, false, false],
    ['Foundry Project Manager', 'eadc314b-1a2d-4efa-be10-5d325db5065e', 'Azure AI Project Manager', false, true],
    ['Cognitive Services Contributor', '25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68', null, true, true],
    ['Cognitive Services Speech User', 'f2dc8367-1007-4938-bd23-fe263f013447', null, false, false],
    ['Cognitive Services Face Recognizer', '9894cab4-e18a-44aa-828b-cb588cd6f2d7', null, false, false],
    ['Cognitive Services Custom Vision Reader', '93586559-c37d-4a6b-ba08-b9f0940c2d73', null, false, false],
    ['Reader', 'acdd72a7-3385-48ef-bd42-f606fba81ae7', null, false, false],
    ['Contributor', 'b24988ac-6180-42a0-ab88-20f7382dd24c', null, true, true],
    ['Owner', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', null, true, true],
    ['User Access Administrator', '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', null, false, true],
    ['Role Based Access Control Administrator', 'f58310d9-a9f6-439a-9e8d-f62e7b41a168', null, false, true],
  ])('%s is known by each of its names, and for what it allows', (name, guid, formerly, canListKeys, isBroad) => {
    for (const text of [name, guid, ...(formerly === null ? [] : [formerly])])
      expect(knownRole(text)).toMatchObject({ name, guid, canListKeys, isBroad });
    expect(builtInRoles.map((one) => one.guid)).toContain(guid);
  });

  it('of no known name is to be looked up', () => {
    expect(knownRole('Contoso Night Shift')).toBeNull();
  });

  // What is said of a known role is what its definition allows: the table and the definitions cannot drift apart.
  it.each(builtInRoles.flatMap((one) => (knownRole(one.guid) === null ? [] : [[one.roleName, one] as const])))(
    '%s is judged as its definition is',
    (_, { guid, roleName, actions, notActions, dataActions, notDataActions }) => {
      const found = roleFrom({
        guid,
        name: roleName,
        permissions: [{ actions, notActions, dataActions, notDataActions }],
      });
      const { name: _known, ...known } = knownRole(guid) ?? { name: '' };
      const { name: _found, ...looked } = found;
      expect(known).toEqual(looked);
    },
  );

  it.each<[action: string, canListKeys: boolean, isBroad: boolean]>([
    ['Microsoft.CognitiveServices/accounts/listKeys/action', true, false],
    ['Microsoft.CognitiveServices/accounts/write', false, true],
    ['Microsoft.CognitiveServices/accounts/delete', false, true],
    ['Microsoft.CognitiveServices/accounts/regenerateKey/action', false, true],
    ['Microsoft.Authorization/roleAssignments/write', false, true],
    ['Microsoft.CognitiveServices/accounts/read', false, false],
  ])('of somebody’s own that allows %s alone is judged by it', (action, canListKeys, isBroad) => {
    const permissions = [{ actions: [action], notActions: [], dataActions: [], notDataActions: [] }];
    expect(roleFrom({ guid: 'G', name: 'n', permissions })).toEqual({
      ...{ guid: 'g', name: 'n', canListKeys, isBroad, opens: [], usesService: false },
    });
  });

  it('takes away what its own notActions name', () => {
    const permissions = [
      {
        actions: ['*'],
        notActions: ['*/listKeys/action', '*/write', '*/delete', '*/regenerateKey/action'],
        dataActions: [],
        notDataActions: [],
      },
    ];
    expect(roleFrom({ guid: 'g', name: 'n', permissions })).toMatchObject({ canListKeys: false, isBroad: false });
  });

  it('of several permissions opens what one of them gives, less what that one takes away itself', () => {
    const none = { actions: [], notActions: [], dataActions: [], notDataActions: [] };
    const account = 'Microsoft.CognitiveServices/accounts';
    const permissions = [
      { ...none, dataActions: [`${account}/OpenAI/*`], notDataActions: [`${account}/OpenAI/models/*`] },
      { ...none, dataActions: [`${account}/Language/*`], notDataActions: [`${account}/OpenAI/*`] },
    ];
    expect(roleFrom({ guid: 'g', name: 'n', permissions }).opens).toEqual(['detect-language']);
  });

  it.each([
    ['Cognitive Services Language Reader', 'AIServices', true],
    ['Cognitive Services Language Reader', 'OpenAI', false],
    ['Cognitive Services OpenAI User', 'OpenAI', true],
    ['Cognitive Services OpenAI User', 'TextAnalytics', false],
    ['Cognitive Services User', 'OpenAI', true],
    ['Cognitive Services User', 'TextTranslation', true],
    ['Cognitive Services User', 'LUIS', false],
    ['Cognitive Services User', 'ContosoVision', false],
    ['Cognitive Services Speech User', 'SpeechServices', true],
    ['Cognitive Services Speech User', 'Face', false],
    ['Cognitive Services Face Recognizer', 'Face', true],
    ['Cognitive Services Custom Vision Reader', 'CustomVision.Training', true],
    ['Azure AI Developer', 'ContentSafety', true],
    ['Cognitive Services Data Reader', 'FormRecognizer', true],
    ['Cognitive Services Data Reader', 'Face', false],
    ['Reader', 'AIServices', false],
  ])('%s lets Keyturn prove itself on kind %s: %s', (name, kind, expected) => {
    const role = knownRole(name);
    const host = kind === 'OpenAI' ? 'openai' : 'cognitiveservices';
    expect(role !== null && opensProof(role, { kind, endpoint: `https://contoso.${host}.azure.com/` })).toBe(expected);
  });

  it.each([
    ['Cognitive Services Language Reader', true],
    ['Cognitive Services User', true],
    ['Cognitive Services Data Reader', false],
    ['Reader', false],
  ])('%s lets a token use a service: %s', (name, expected) => {
    expect(knownRole(name)?.usesService).toBe(expected);
  });
});
