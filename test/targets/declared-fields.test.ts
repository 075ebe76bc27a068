import { describe, expect, it } from 'vitest';
import { declaredTargets } from '../../src/targets/declared-targets.ts';
import { targetSchema } from '../../src/targets/target-schema.ts';

const good = {
  name: 'demo',
  accountId:
    '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/ai-demo',
  vault: 'kv-demo',
};
const duration = /^a duration with its unit, such as "90 s"/;
const flag = /^true or false$/;

/** What each member accepts, as far as a person needs it to mend the declaration. */
const accepts: Readonly<Record<string, RegExp>> = {
  name: /^1 to 63 of a-z, 0-9 and -, /,
  accountId: /^the full id of a Microsoft\.CognitiveServices account, /,
  vault: /^a vault's name, such as kv-ai102-secure, or its full https:\/\/ address$/,
  prefix: /^1 to 116 of 0-9, a-z, A-Z and -$/,
  directSecretName: /^a secret name: 1 to 127 of 0-9, a-z, A-Z and -$/,
  rotateEvery: duration,
  overlap: duration,
  acknowledgeShortDirectOverlap: flag,
  pointerCache: duration,
  keyCache: duration,
  longestRequest: duration,
  snapshotReads: flag,
  newKeyProof: /^an object with acceptances and spread$/,
  probe: /^data-plane or control-plane-only$/,
  firstRotation: /^on-request or auto$/,
  driftEvery: duration,
  secretExpiry: /^keys or all$/,
  keyless: flag,
  maxValidity: duration,
  timeZone: /time zone/,
  maintenanceWindows: /^a list/,
  blackoutDates: /^a list/,
  canary: flag,
};

const problemsOf = (change: object) =>
  declaredTargets([{ ...good, ...change }], 'vault.azure.net', 'KEYTURN_TARGETS').problems;

describe('a declared target', () => {
  it('has no member without a case here', () => {
    expect(Object.keys(accepts).sort()).toEqual(Object.keys(targetSchema.shape).sort());
  });

  it.each(Object.entries(accepts))('whose %s is no such thing is told what may stand there', (field, accepted) => {
    expect(problemsOf({ [field]: 4711 })).toEqual([
      { field: `KEYTURN_TARGETS[0].${field}`, found: '4711', accepted: expect.stringMatching(accepted) },
    ]);
  });

  it.each(['90', '-1h', '1h 30m', '1 year', 'forever', '3651d', '', ' 2h'])(
    'whose overlap is %j is told once what a duration is',
    (overlap) => {
      expect(problemsOf({ overlap })).toEqual([
        {
          field: 'KEYTURN_TARGETS[0].overlap',
          found: JSON.stringify(overlap),
          accepted: expect.stringMatching(duration),
        },
      ]);
    },
  );

  it.each([
    ['acceptances', 0],
    ['acceptances', 101],
    ['acceptances', 1.5],
    ['acceptances', 'many'],
  ])('whose newKeyProof has %s %s is told what may stand there', (field, value) => {
    expect(problemsOf({ newKeyProof: { [field]: value } })).toEqual([
      {
        field: `KEYTURN_TARGETS[0].newKeyProof.${field}`,
        found: typeof value === 'string' ? `"${value}"` : String(value),
        accepted: 'a whole number from 1 to 100',
      },
    ]);
  });
});
