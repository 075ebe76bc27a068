import { describe, expect, it } from 'vitest';
import { builtInRoles } from '../../local/simulated-azure/roles.ts';
import { knownRole, opensProof, roleFrom } from '../../src/access/role.ts';

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
