import type { Target } from '../../keys/target.ts';
import type { BlobPlace, TargetsBlob } from '../../targets/ports.ts';
import { fixedTargets, type TargetSource } from '../../targets/target-source.ts';
import { type DocumentTargets, documentTargets } from './document-targets.ts';
import { knownTargets } from './known-targets.ts';

type Parts = Omit<Parameters<typeof knownTargets>[0], 'declared'> &
  Pick<Parameters<typeof documentTargets>[0], 'listed'> & {
    /** What the settings declare themselves. */
    readonly declared: readonly Target[];
    /** Where the targets document lies; null: there is none. */
    readonly place: BlobPlace | null;
    readonly targetsBlob: (place: BlobPlace) => TargetsBlob;
    readonly ownApp: string | null;
  };

/** Every target that the settings lead to, and the document among them, if there is one. */
export function makeTargets({ declared, place, ...parts }: Parts): {
  readonly targets: TargetSource;
  readonly document: DocumentTargets | null;
} {
  const { vaultSuffix, instance } = parts.rules;
  const document =
    place === null
      ? null
      : documentTargets({
          ...parts,
          ...{ vaultSuffix, instance },
          blob: parts.targetsBlob(place),
          place: `${place.container}/${place.name}`,
        });
  return { targets: knownTargets({ ...parts, declared: document ?? fixedTargets(declared) }), document };
}
