import { describe, expect, it } from 'vitest';
import { aiDataPlane } from '../../local/simulated-azure/ai-data-plane/ai-data-plane.ts';
import { account, simulatedAccount } from './simulated-account.ts';

const services = [{ host: /\.(cognitiveservices|openai)\.azure\.com$/, service: aiDataPlane }];

describe('the probe of an account', () => {
  it.each(['AIServices', 'TextAnalytics', 'CognitiveServices', 'OpenAI'])(
    'of kind %s accepts its keys, and refuses a replaced one',
    async (kind) => {
      const { access } = simulatedAccount({ services, kind });
      const accounts = access.accounts(() => true);
      const { endpoint } = await accounts.get(account);
      const { key1, key2 } = await accounts.listKeys(account);
      await accounts.regenerate(account, 'key1');
      expect(await access.probe.call({ kind, endpoint }, key2)).toEqual({ kind: 'accepted' });
      expect(await access.probe.call({ kind, endpoint }, key1)).toEqual({ kind: 'refused' });
    },
  );

  it('says nothing of a good key when the kind is not what it seemed', async () => {
    const { access } = simulatedAccount({ services, kind: 'OpenAI' });
    const { key1 } = await access.accounts(() => true).listKeys(account);
    const { endpoint } = await access.accounts(() => true).get(account);
    const own = endpoint.replace('.openai.', '.cognitiveservices.');
    expect(await access.probe.call({ kind: 'AIServices', endpoint: own }, key1)).toEqual({
      kind: 'unknown',
      code: 'http-401',
    });
  });

  it('meets the gateway’s nodes one after the other', async () => {
    const { azure, access } = simulatedAccount({ services });
    azure.world.pace.gatewayNodes = 4;
    azure.world.pace.oldKeyAcceptedMs = 3_600_000;
    const accounts = access.accounts(() => true);
    const { endpoint } = await accounts.get(account);
    const { key1 } = await accounts.listKeys(account);
    await accounts.regenerate(account, 'key1');
    await azure.clock.sleep(1_800_000);
    const answers = new Set<string>();
    for (let call = 0; call < 64; call += 1) {
      answers.add((await access.probe.call({ kind: 'AIServices', endpoint }, key1)).kind);
    }
    expect([...answers].sort()).toEqual(['accepted', 'refused']);
  });
});
