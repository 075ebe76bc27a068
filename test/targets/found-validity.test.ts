import { expect, it } from 'vitest';
import { SecretText } from '../../src/shared/secret-text.ts';
import { foundValidity } from '../../src/targets/found-validity.ts';
import { buildTarget } from '../memory-world/target-builder.ts';

const dayMs = 24 * 3_600_000;
const createdAtMs = Date.UTC(2026, 0, 5);

/** A secret that another tool has stored, by its tag and its own dates. */
const stored = (tag: string | null, days: number | null, own: Readonly<Record<string, string>> = {}) => ({
  ...({ kind: 'stored', value: new SecretText('v'), name: 'direct-value', version: 'v1', enabled: true } as const),
  ...{ createdAtMs, expiresAtMs: days === null ? null : createdAtMs + days * dayMs, contentType: null },
  tags: { ...own, ...(tag === null ? {} : { ValidityPeriodDays: tag }) },
});

// Keyturn's own secrets of this target live for 60 days and 30 of notice.
it.each<[string, string | null, number | null, number | null, string]>([
  ['the tag, which is what Keyturn gives', '90', null, 90, 'validity-kept'],
  ['the tag before the dates', '90', 45, 90, 'validity-kept'],
  ['the tag, a day more', '91', null, 91, 'validity-replaced'],
  ['the dates if there is no tag', null, 90, 90, 'validity-kept'],
  ['the dates if the tag is no number', 'long', 45.4, 45, 'validity-replaced'],
  ['neither', null, null, null, 'validity-missing'],
  ['no longer than the notice, which would loop', '30', null, 30, 'validity-would-loop'],
  ['a day longer than the notice', '31', null, 31, 'validity-replaced'],
])('how long a secret lived says %s', (_, tag, days, foundDays, reason) => {
  expect(foundValidity(buildTarget(), stored(tag, days))).toEqual({ secret: 'direct-value', foundDays, reason });
});

it.each([
  ['of Keyturn’s own', stored('90', null, { service: 'cognitive-services' })],
  ['that is absent', { kind: 'absent' } as const],
  ['that is disabled', { kind: 'disabled' } as const],
])('of a secret %s nothing is said', (_, secret) => {
  expect(foundValidity(buildTarget(), secret)).toBe(null);
});
