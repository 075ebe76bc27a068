import type { DecisionContext } from './decision.ts';
import type { ActiveState, Superseded } from './state.ts';

/** The versions that a rotation may have replaced so far. What is still current is left out when they are disabled. */
export function supersededBy(state: ActiveState, names: DecisionContext['secretNames']): Superseded {
  if (!('versionsBefore' in state)) return [];
  const { key1, key2, direct } = state.versionsBefore;
  return [
    { name: names.key1, version: key1 },
    { name: names.key2, version: key2 },
    ...(names.direct !== null && direct !== null ? [{ name: names.direct, version: direct }] : []),
  ];
}
