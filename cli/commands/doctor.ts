import * as z from 'zod';
import { Refused } from '../api/instance.ts';
import { exitCodes, Stop } from '../outcome.ts';
import own from '../package.json' with { type: 'json' };
import { wrapped } from '../screen/wrapped.ts';
import type { KeyturnCommand } from './command.ts';

/** What a token says of its owner. */
const claimsShape = z.looseObject({
  oid: z.string().default('unknown'),
  tid: z.string().default('unknown'),
  roles: z.array(z.string()).default([]),
  preferred_username: z.string().optional(),
  unique_name: z.string().optional(),
  app_displayname: z.string().optional(),
  name: z.string().optional(),
  azp: z.string().optional(),
  appid: z.string().optional(),
});

/** Who a token is for. It is not checked: the instance does that. */
export function claimsOf(token: string) {
  const [, payload = ''] = token.split('.');
  const claims = claimsShape.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  const { preferred_username, unique_name, app_displayname, name: given, azp, appid } = claims;
  const name = preferred_username ?? unique_name ?? app_displayname ?? given ?? azp ?? appid ?? claims.oid;
  return { name, objectId: claims.oid, tenantId: claims.tid, roles: claims.roles };
}

const fleetShape = z.looseObject({ version: z.string(), targets: z.number(), circuitBreaker: z.string() });

export const doctorCommand: KeyturnCommand = {
  words: 'doctor',
  operations: ['read-fleet'],
  about: 'Tells whether Keyturn can be reached, who you are there, and which role you have.',
  takes: 'nothing',
  async run({ instance, terminal, output }) {
    const lines: Record<string, unknown> = {};
    const say = (name: string, text: string) => {
      lines[name] = text;
      if (output !== 'json') terminal.print(wrapped(`✔ ${name.padEnd(10)}${text}`, 12, terminal.width));
    };
    try {
      const { url, tokens, ask, description } = instance();
      await description();
      say('reach', `${url} answers as Keyturn does`);
      const { name, objectId, tenantId, roles } = claimsOf(await tokens.token());
      say('signed in', `as ${name} (${objectId}), by ${tokens.way}, in tenant ${tenantId}`);
      if (roles.length === 0)
        throw new Stop(
          exitCodes.refused,
          "The token grants no role. An administrator assigns Keyturn.Read, Keyturn.Operate or Keyturn.Admin in the admin API's enterprise application; then ask for a new token (az logout, az login).",
        );
      say('roles', roles.join(', '));
      const fleet = fleetShape.parse((await ask('read-fleet')).body);
      say('instance', `version ${fleet.version}, ${fleet.targets} targets, circuit breaker ${fleet.circuitBreaker}`);
      say('this', `version ${own.version}${own.version === fleet.version ? '' : ': another one than the instance'}`);
    } catch (error) {
      if (output === 'json')
        terminal.print(JSON.stringify({ ...lines, failed: String(Object(error).message) }, null, 2));
      if (error instanceof Refused && error.problem.status === 401)
        throw new Stop(
          exitCodes.refused,
          `${error.message}\nIs KEYTURN_API_CLIENT_ID the one that the instance's settings name, and are you signed in to its tenant?`,
        );
      throw error;
    }
    if (output === 'json') terminal.print(JSON.stringify(lines, null, 2));
    return exitCodes.done;
  },
};
