import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { SecretText } from '../shared/secret-text.ts';
import { type Endpoint, taking } from './endpoint.ts';
import { refusal } from './refusal.ts';

const accepted =
  'the key itself: 16 to 256 visible ASCII characters in one piece, with blanks or quotes around it or without';

/** What stands around a key in a log, a settings file or a shell. */
const around = String.raw`[\s\u200b"'\x60“”‘’,;\\]*`;
/** Keys are 32 or 84 characters long today, and Azure promises no length; a whole file or a token is none. */
const found = new RegExp(`^${around}([!#-&(-+\\--:<-[\\]-_a-~][!-~]{14,254}[!#-&(-+\\--:<-[\\]-_a-~])${around}$`, 'u');

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
