import type { Target } from '../keys/target.ts';
import { guidPattern } from '../shared/arm-id.ts';
import { type FieldProblem, found } from '../shared/field-problem.ts';
import { partsOf, type Variables } from './variables.ts';

/** Where vaults' audit logs lie, and whose reads in them are no use of a key. */
interface AuditSettings {
  /** The workspace's GUID, which ARM calls `customerId`. */
  readonly workspace: string;
  /** Object ids or client ids of identities that read every secret and use none, in lower case. */
  readonly scanners: readonly string[];
}

/**
 * Which audit log is asked, null: none; or everything that is wrong with that.
 * @param targets those that the settings declare
 */
export function auditSettings(
  { KEYTURN_AUDIT_WORKSPACE: workspace, KEYTURN_AUDIT_SCANNERS: list }: Variables,
  targets: readonly Target[],
): { readonly audit: AuditSettings | null; readonly problems: readonly FieldProblem[] } {
  const scanners = partsOf(list);
  const problems: FieldProblem[] = scanners
    .filter((id) => !guidPattern.test(id))
    .map((id) => {
      const accepted = 'object ids or client ids of identities, with commas between them';
      return { field: 'KEYTURN_AUDIT_SCANNERS', found: found(id), accepted };
    });
  const held = targets.find(({ policy }) => policy.stragglers.holdMs > 0);
  const needs =
    held === undefined ? (list === undefined ? null : 'KEYTURN_AUDIT_SCANNERS') : `${held.name}'s holdForStragglers`;
  if (workspace === undefined && needs !== null) {
    const accepted = `the workspace that takes the vaults' audit logs: ${needs} needs it`;
    problems.push({ field: 'KEYTURN_AUDIT_WORKSPACE', found: 'nothing', accepted });
  }
  if (workspace === undefined) return { audit: null, problems };
  const audit = { workspace: workspace.toLowerCase(), scanners: scanners.map((id) => id.toLowerCase()) };
  return { audit, problems };
}
