import { createHash } from 'node:crypto';
import type { Assignment } from './ports.ts';

/** The namespace of the `guid()` function of ARM templates and Bicep. */
const namespace = '11fb06fb-712d-4ddd-98c7-e71bbd588830';

/**
 * The name of the assignment of a role to a principal at a scope: always the same, so that asking twice makes one. It is
 * what Bicep's `guid(scope, principalId, roleGuid)` gives for these three in lower case: a version 5 UUID
 * (https://www.rfc-editor.org/rfc/rfc9562#section-5.5) of the three joined by `-`.
 */
export function assignmentName(scope: string, principalId: string, roleGuid: string): string {
  const text = [scope.replace(/\/+$/, ''), principalId, roleGuid].join('-').toLowerCase();
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(text)
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

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
