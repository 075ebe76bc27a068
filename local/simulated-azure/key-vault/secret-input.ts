import { z } from 'zod';
import { badParameter, invalidProperty } from './vault-refusal.ts';

// Limits: https://learn.microsoft.com/azure/key-vault/secrets/about-secrets
const maxValueBytes = 25 * 1024;
const maxContentTypeLength = 255;
const maxTags = 15;
const maxTagLength = 256;

const attributes = z.object({
  enabled: z.boolean().nullish(),
  nbf: z.int().nonnegative().nullish(),
  exp: z.int().nonnegative().nullish(),
});

const tags = z
  .record(z.string().min(1).max(maxTagLength), z.string().max(maxTagLength))
  .refine((given) => Object.keys(given).length <= maxTags);

const update = z.object({
  contentType: z.string().max(maxContentTypeLength).nullish(),
  attributes: attributes.nullish(),
  tags: tags.nullish(),
});

const set = update.extend({
  value: z.string().refine((value) => Buffer.byteLength(value) <= maxValueBytes),
});

export type UpdateInput = z.infer<typeof update>;
export type SetInput = z.infer<typeof set>;

/** The body of a set, within the documented limits. */
export function parseSet(body: string): SetInput {
  return parse(set, body);
}

/** The body of an update; what it leaves out stays as it is. */
export function parseUpdate(body: string): UpdateInput {
  return parse(update, body);
}

/** 1 to 127 digits, letters and dashes: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
export function requireSecretName(name: string): void {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) throw badParameter(`The request URI contains an invalid name: ${name}`);
}

/** JSON of that schema, or the vault's one answer to every body that is wrong. */
export function parse<T>(schema: z.ZodType<T>, body: string): T {
  const parsed = schema.safeParse(jsonOf(body));
  if (!parsed.success) throw invalidProperty();
  return parsed.data;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
