import { assignmentName } from './assignment-name.ts';
import type { Assignment } from './ports.ts';

/** What the description of an assignment says that was made for this target: only those are ever removed. */
export function keyturnDescription(instance: string, target: string): string {
  return `keyturn:${instance}:${target}`;
}

/**
 * Whether Keyturn made this assignment for this target: both its description and its name must say so. A person who
 * changes either takes it out of Keyturn's hands.
 */
export function isMadeByKeyturn(assignment: Assignment, description: string): boolean {
  const { name, scope, principalId, roleGuid } = assignment;
  return assignment.description === description && name.toLowerCase() === assignmentName(scope, principalId, roleGuid);
}
