import { consumerId, type HardeningKeyturn, hardeningKeyturn, keyturnId, operator } from './hardening-keyturn.ts';

/** What turning keys off is confirmed with while consumers call with keys and the request names no identity. */
export const confirm = ['keys-in-use', 'no-identities-named'];

/** Adopted, and Keyturn's own identity may call the language service. */
export async function adopted(change: Parameters<typeof hardeningKeyturn>[0] = {}) {
  const world = hardeningKeyturn(change);
  await world.app.adopt('demo', { activeSlot: 'key1' }, operator);
  world.grant(keyturnId, 'Cognitive Services Language Reader', world.target.account.armId);
  world.grant(consumerId, 'Cognitive Services Language Reader', world.target.account.armId);
  return world;
}

export const isOff = ({ account }: HardeningKeyturn) => account.resource.properties.disableLocalAuth === true;
export const viewOf = async ({ app }: HardeningKeyturn) => {
  const answer = await app.readKeyless('demo');
  if (answer.kind !== 'found') throw new TypeError(answer.kind);
  return answer.view;
};
export const targetOf = async ({ app }: HardeningKeyturn) => {
  const answer = await app.readTarget('demo');
  if (answer.kind !== 'found') throw new TypeError(answer.kind);
  return answer.target;
};
export const patches = (world: HardeningKeyturn) => world.writes().filter(({ method }) => method === 'PATCH').length;
