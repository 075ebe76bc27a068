/** The recipes of docs/consumers.md in JavaScript live through a rotation and a leak, as they stand there. */
import { TextAnalyticsClient } from '@azure/ai-text-analytics';
import { afterEach, describe, expect, it } from 'vitest';
import type { RotatingKey, RotatingKeyOptions } from '../../consumer/src/contract.ts';
import { rotatingKey } from '../../consumer/src/rotating-key.ts';
import { rowOf } from '../scenarios/steered-rotation.ts';
import { azureFetch, freshly, simulatedParts } from './kit-consumers.ts';
import { nodeRecipe } from './node-recipe.ts';
import { linesOf, recipe, runRecipe } from './recipe.ts';
import { type RotationWorld, rotationWorld, seeded } from './rotation-world.ts';

const minuteMs = 60_000;
const endpoint = 'https://ai-secure-demo.cognitiveservices.azure.com/';

interface Application {
  readonly ask: () => Promise<number>;
  /** How many requests were answered with 401 before they were sent again. */
  readonly refused: () => number;
  readonly close: () => void;
}

class SimulatedCredential {}

/** The kit's recipe, and the shape of that name out of the next one. */
async function withKit(
  { keyturn }: RotationWorld,
  shape: 'language' | 'openai' | 'fetchWithKey',
): Promise<Application> {
  const { settled, vaultCalls: _, ...parts } = simulatedParts(keyturn, seeded(5));
  const told: string[] = [];
  const { key } = (await runRecipe(
    recipe('kit'),
    ['key'],
    {
      '@azure/identity': { DefaultAzureCredential: SimulatedCredential },
      '@keyturn/consumer': { rotatingKey: (options: RotatingKeyOptions) => rotatingKey({ ...options, ...parts }) },
    },
    { console: { warn: (line: string) => told.push(line) } },
  )) as { readonly key: RotatingKey };
  const send = azureFetch(keyturn);
  const shapes = (await runRecipe(
    recipe('shapes'),
    ['language', 'openai', 'fetchWithKey'],
    {},
    {
      key: { ...key, fetch: (options: Parameters<RotatingKey['fetch']>[0]) => key.fetch({ fetch: send, ...options }) },
      TextAnalyticsClient: class extends TextAnalyticsClient {
        constructor(...[address, credential, options]: ConstructorParameters<typeof TextAnalyticsClient>) {
          super(address, credential, { ...options, httpClient: freshly(keyturn.azure) });
        }
      },
      OpenAI: OpenAiModel,
    },
  )) as { readonly language: TextAnalyticsClient; readonly openai: OpenAiModel; readonly fetchWithKey: typeof fetch };
  const asks = {
    language: async () => ((await shapes.language.detectLanguage(['Hello']))[0]?.error === undefined ? 200 : 500),
    openai: () => shapes.openai.listModels(),
    fetchWithKey: async () => (await shapes.fetchWithKey(`${endpoint}openai/v1/models`)).status,
  };
  return {
    async ask() {
      await parts.time.fireDue();
      const status = await asks[shape]();
      await settled();
      return status;
    },
    refused: () => told.filter((line) => line.includes('key-refused')).length,
    close: () => key.close(),
  };
}

interface OpenAiOptions {
  readonly baseURL: string;
  readonly apiKey: () => Promise<string>;
  readonly fetch: typeof fetch;
}

/** How `OpenAI` of the package openai 7.59.0 uses these options (`client.js`, `_callApiKey` and `bearerAuth`). */
class OpenAiModel {
  readonly #options: OpenAiOptions;

  constructor(options: OpenAiOptions) {
    this.#options = options;
  }

  async listModels(): Promise<number> {
    const { baseURL, apiKey, fetch: send } = this.#options;
    return (await send(new URL('models', baseURL), { headers: { authorization: `Bearer ${await apiKey()}` } })).status;
  }
}

async function withoutKit(world: RotationWorld): Promise<Application> {
  const { currentKey, send } = await nodeRecipe(world);
  let refused = 0;
  return {
    async ask() {
      const key = await currentKey();
      const status = await send(key);
      if (status !== 401) return status;
      refused += 1;
      return await send(await currentKey(key));
    },
    refused: () => refused,
    close() {},
  };
}

const applications: Readonly<Record<string, (world: RotationWorld) => Promise<Application>>> = {
  'the kit, with an Azure SDK client': (world) => withKit(world, 'language'),
  'the kit, with the OpenAI SDK': (world) => withKit(world, 'openai'),
  'the kit, with fetch': (world) => withKit(world, 'fetchWithKey'),
  'no kit': withoutKit,
};

const open: Application[] = [];
afterEach(() => {
  for (const { close } of open.splice(0)) close();
});

describe.each(Object.entries(applications))('with %s', (_name, start) => {
  it.each([
    ['a rotation', 'not even at first', ({ rotate }: RotationWorld) => rotate()],
    ['a leaked key that ends within a minute', 'at last', ({ leak }: RotationWorld) => leak(60)],
  ])('no request fails in %s, %s', async (_event, when, begin) => {
    const world = await rotationWorld();
    const application = await start(world);
    open.push(application);
    const statuses: number[] = [];
    world.join(async () => {
      statuses.push(await application.ask());
    });
    // Young enough that a key that ends now is still kept, whatever chance chose.
    await world.pass(25 * minuteMs);
    await begin(world);
    await world.rotateUntil(world.ended);
    await world.pass(50 * minuteMs);
    expect(rowOf(world.keyturn.journal).lastEnd).toMatchObject({ outcome: 'completed' });
    expect(statuses.length).toBeGreaterThan(70);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(application.refused() > 0).toBe(when === 'at last');
  });
});

it('the recipe without the kit takes at most 25 lines', () => {
  expect(linesOf(recipe('node'))).toBeLessThanOrEqual(25);
});
