import type { DecisionContext } from '../decision.ts';
import type { ActiveState, Superseded } from '../state.ts';

type SecretNames = DecisionContext['secretNames'];

/** The versions that a rotation may have replaced so far. What is still current is left out when they are disabled. */
export function supersededBy(state: ActiveState, names: SecretNames): Superseded {
  if (!('versionsBefore' in state)) return [];
  const { key1, key2, direct } = state.versionsBefore;
  return [
    { name: names.key1, version: key1 },
    { name: names.key2, version: key2 },
    ...ofDirect(names, direct),
    // A rollback replaces what the switch had stored as well.
    ...(state.kind === 'rolling-back' ? ofDirect(names, state.followed.direct) : []),
  ];
}

/** A version of the direct-value secret, if there is one. */
export function ofDirect({ direct: name }: SecretNames, version: string | null): Superseded {
  return name === null || version === null ? [] : [{ name, version }];
}

/** `list`, and those of `more` that are not in it yet. */
export function withMore(list: Superseded, more: Superseded): Superseded {
  const all = [...list];
  for (const one of more)
    if (!all.some(({ name, version }) => name === one.name && version === one.version)) all.push(one);
  return all;
}
