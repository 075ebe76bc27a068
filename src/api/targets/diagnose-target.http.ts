import * as z from 'zod';
import { strictMembers } from '../../shared/field-problem.ts';
import { parseIpRange } from '../../shared/ip-range.ts';
import { callerAddress } from '../caller-address.ts';
import { type Endpoint, reading } from '../endpoint.ts';
import { addressPattern, onTheWire } from '../on-the-wire.ts';
import { refusal } from '../refusal.ts';

const accepted = 'one IPv4 address, such as 203.0.113.7';

const query = z.lazy(() =>
  strictMembers(
    {
      egress: onTheWire(
        z
          .string({ error: accepted })
          .refine((text) => parseIpRange(text)?.prefixLength === 32 && !text.includes('/'), { error: accepted })
          .optional()
          .describe(
            'The address to test against the rules of the account; without it the one that this request comes from.',
          ),
        { pattern: addressPattern },
      ),
    },
    'at most egress',
  ),
);

/** 200 Diagnosis. */
export const diagnoseTarget: Endpoint = reading({
  name: 'diagnose-target',
  method: 'GET',
  route: 'targets/{name}/diagnosis',
  role: 'Keyturn.Read',
  summary: 'Tells why the rotation stands, tests the five classic faults, and tells how to mend those found.',
  query,
  answers: { 200: 'Diagnosis' },
  async work({ request, app, target, query: { egress } }) {
    const own = callerAddress(request);
    const given = egress === undefined ? null : ({ value: egress, from: 'query' } as const);
    const address = given ?? (own === null ? null : ({ value: own, from: 'request' } as const));
    const answer = await app.diagnose(target);
    if (answer.kind !== 'diagnosed') throw refusal(request, answer);
    return { jsonBody: answer.diagnosisFor(address) };
  },
});
