import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { SecretText } from '../../shared/secret-text.ts';
import { type Endpoint, taking } from '../endpoint.ts';
import { refusal } from '../refusal.ts';

const accepted =
  'the key itself, without its name: 16 to 256 letters, digits, + / - _ = in one piece, with blanks or quotes around it or without';

/** What stands around a key in a log, a settings file or a shell. */
const around = String.raw`[\s\u200b"'\x60“”‘’,;\\]*`;
/**
 * Keys are 32 or 84 letters and digits today, and Azure promises neither length nor alphabet: any base64 may be one. With a
 * name before it, a bracket around it or a full stop after it another text would be compared, and called none of ours.
 */
const base64 = '[0-9A-Za-z+/_-]';
const found = new RegExp(`^${around}(${base64}{14,254}(?:${base64}{2}|${base64}=|==))${around}$`, 'u');

const bodySchema = z.lazy(() =>
  strictMembers(
    {
      key: z
        .string({ error: accepted })
        .regex(found, { error: accepted })
        .transform((text) => new SecretText(found.exec(text)?.[1] ?? ''))
        .describe(`A key that somebody found: ${accepted}.`),
    },
    'an object with the key',
  ),
);

/** 200 Identified: the targets and slots whose key it is or was, or that it is none of them. */
export const identifyKey: Endpoint = taking(bodySchema, {
  name: 'identify-key',
  method: 'POST',
  route: 'leaks/identify',
  role: 'Keyturn.Read',
  summary: 'Whose key is this? Compares a key that was found with the fingerprints of every target, retired keys too.',
  hidesBody: true,
  answers: { 200: 'Identified' },
  async work({ request, app, operator, body }) {
    const answer = await app.identify(body.key, operator);
    if (answer.kind !== 'identified') throw refusal(request, answer);
    return { jsonBody: answer.identified };
  },
});
