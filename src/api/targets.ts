import type { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import { type ListedTarget, type TargetSummary, targetName } from '../app/contract.ts';
import { firstPage, targetSorts, targetStateNames } from '../app/targets/target-query.ts';
import { strictMembers } from '../shared/field-problem.ts';
import { parseIpRange } from '../shared/ip-range.ts';
import { SecretText } from '../shared/secret-text.ts';
import { slots } from '../shared/slot.ts';
import { type Endpoint, reading, taking } from './endpoint.ts';
import { addressPattern, onTheWire } from './on-the-wire.ts';
import { invalid } from './problem.ts';
import { expected, refusal, unconditional } from './refusal.ts';
import { confirmSchema, dryRunParameter, dryRunQuery, limitParameter, noBody, orNull } from './request-fields.ts';
import { ifMatch, unlessSeen } from './request-headers.ts';

const addressAccepted = 'one IPv4 address, such as 203.0.113.7';

const diagnosisQuery = z.lazy(() =>
  strictMembers(
    {
      egress: onTheWire(
        z
          .string({ error: addressAccepted })
          .refine((text) => parseIpRange(text)?.prefixLength === 32 && !text.includes('/'), { error: addressAccepted })
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

const keyAccepted =
  'the key itself, without its name: 16 to 256 letters, digits, + / - _ = in one piece, with blanks or quotes around it or without';

/** What stands around a key in a log, a settings file or a shell. */
const around = String.raw`[\s\u200b"'\x60“”‘’,;\\]*`;
/**
 * Keys are 32 or 84 letters and digits today, and Azure promises neither length nor alphabet, so every base64 text may be one. With a
 * name before it, a bracket around it or a full stop after it another text would be compared, and called none of ours.
 */
const base64 = '[0-9A-Za-z+/_-]';
const foundKey = new RegExp(`^${around}(${base64}{14,254}(?:${base64}{2}|${base64}=|==))${around}$`, 'u');

const identifyBody = z.lazy(() =>
  strictMembers(
    {
      key: z
        .string({ error: keyAccepted })
        .regex(foundKey, { error: keyAccepted })
        .transform((text) => new SecretText(foundKey.exec(text)?.[1] ?? ''))
        .describe(`A key that somebody found: ${keyAccepted}.`),
    },
    'an object with the key',
  ),
);

/** Claims targets that belong to another Keyturn instance. */
const takeOver = z.boolean({ error: 'true or false' }).default(false);

const adoptBody = z.lazy(() =>
  strictMembers(
    {
      /** Which key consumers use today, if no pointer says so yet. */
      activeSlot: orNull(z.enum(slots, { error: 'key1 or key2; without it the pointer as it is, else key1' })),
      takeOver,
      confirm: confirmSchema,
    },
    'an object',
  ),
);

/** More than one request has time for; and so many of the longest names fill half of the longest body. */
const mostNames = 500;
const namesAccepted = { error: `all, or 1 to ${mostNames} names of targets` };

const adoptionsBody = z.lazy(() =>
  strictMembers(
    {
      targets: z
        .union(
          [
            z.literal('all'),
            z.array(z.string(namesAccepted).regex(targetName, namesAccepted), namesAccepted).min(1).max(mostNames),
          ],
          namesAccepted,
        )
        .describe(`\`all\`: every target that is known, declared or discovered. Else 1 to ${mostNames} names.`),
      takeOver,
    },
    'an object with targets',
  ),
);

const mostRisks = 10;
const risksAccepted = `at most ${mostRisks} names of risks as the plan tells them, with commas between`;

const offboardQuery = z.lazy(() =>
  strictMembers(
    {
      dryRun: dryRunParameter,
      history: z
        .enum(['keep', 'remove'], { error: 'keep or remove' })
        .default('keep')
        .describe('What becomes of the history and audit trails of its rotations; `keep` without it.'),
      confirm: onTheWire(
        z
          .string()
          .regex(new RegExp(`^[a-z-]{1,50}(?:,[a-z-]{1,50}){0,${mostRisks - 1}}$`), { error: risksAccepted })
          .transform((text) => text.split(','))
          .default([])
          .describe('Names of the risks that are taken, with commas between.'),
        {},
      ),
    },
    'dryRun, history and confirm',
  ),
);

const mostFilters = 20;
const namesWithCommas = (accepted: string, name: RegExp) =>
  z
    .string()
    .regex(new RegExp(`^(?:${name.source})(?:,(?:${name.source})){0,${mostFilters - 1}}$`), { error: accepted })
    .transform((text) => text.split(','))
    .optional();

const statesAccepted = `at most ${mostFilters} states with commas between, of ${targetStateNames.join(', ')}`;
const reasonsAccepted = `at most ${mostFilters} reasons of drift with commas between, as \`drift\` shows them`;
const subscriptionsAccepted = `at most ${mostFilters} ids of subscriptions with commas between`;
const instantAccepted = 'an instant in UTC, such as 2027-01-31T00:00:00Z';
/** As many as an instance is sized for: who needs all of them asks once. */
const mostListed = 10_000;

const listQuery = z.lazy(() =>
  strictMembers(
    {
      state: namesWithCommas(statesAccepted, new RegExp(targetStateNames.join('|'))).describe(
        `Targets in one of these states: ${statesAccepted}.`,
      ),
      drift: namesWithCommas(reasonsAccepted, /[a-z0-9-]{1,60}/).describe(
        `Targets with one of these findings: ${reasonsAccepted}.`,
      ),
      subscription: namesWithCommas(
        subscriptionsAccepted,
        /[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}/,
      ).describe(`Targets in one of these subscriptions: ${subscriptionsAccepted}.`),
      text: z
        .string()
        .min(1, { error: '1 to 200 characters' })
        .max(200, { error: '1 to 200 characters' })
        .optional()
        .describe('Targets whose name, account id or vault holds it, in any case.'),
      dueBefore: z.iso
        .datetime({ error: instantAccepted })
        .optional()
        .describe(`Targets whose next rotation is due before then: ${instantAccepted}.`),
      needsPerson: z
        .enum(['true', 'false'], { error: 'true or false' })
        .optional()
        .describe('Targets for which something waits for a person, or does not.'),
      sort: z
        .enum(targetSorts, { error: `one of ${targetSorts.join(', ')}` })
        .default('name')
        .describe('In which order: `name`, `due` (the earliest first), `state` or `subscription`.'),
      fields: z
        .enum(['all', 'summary'], { error: 'all or summary' })
        .default('all')
        .describe('`summary`: what a table shows of each.'),
      limit: limitParameter(firstPage.limit, mostListed),
      after: z
        .string()
        .regex(/^[0-9A-Za-z_-]{1,600}$/, { error: nextAccepted })
        .nullable()
        .default(null)
        .describe('The `next` of an earlier answer to the same query: what follows it is answered.'),
    },
    'parameters of the list',
  ).transform(({ state, subscription, text, dueBefore, needsPerson, ...rest }) => ({
    ...rest,
    states: state,
    subscriptions: subscription?.map((one) => one.toLowerCase()),
    text: text?.toLowerCase(),
    dueBeforeMs: dueBefore === undefined ? undefined : Date.parse(dueBefore),
    needsPerson: needsPerson === undefined ? undefined : needsPerson === 'true',
  })),
);

const nextAccepted = 'the next of an earlier answer to the same query';

function summaryOf(target: ListedTarget): TargetSummary {
  const { name, accountId, vault, origin, state, needsPerson, overdue, activeSlot, lastCompletedAt, nextDueAt } =
    target;
  const { drift, leakedKeys, rotation, blocked, lastRotation, hardeningStages } = target;
  return {
    ...{ name, accountId, vault, origin, state, needsPerson, overdue, activeSlot, lastCompletedAt, nextDueAt },
    drift: drift.map(({ reason }) => reason),
    leaked: leakedKeys.length > 0,
    rotation: rotation && { id: rotation.id, state: rotation.state },
    blocked: blocked?.reason ?? null,
    lastRotation,
    hardeningStage: hardeningStages?.stage ?? null,
  };
}

/** Targets: what is known of them, and how they come under care and leave it. */
export const targets: readonly Endpoint[] = [
  reading({
    name: 'list-targets',
    at: 'GET targets',
    role: 'Keyturn.Read',
    summary: 'Lists targets in pages, whether the instance is paused, and what tags on accounts led to.',
    headers: ['If-None-Match'],
    query: listQuery,
    answers: { 200: 'Targets' },
    async work({ request, app, query: { fields, ...query } }) {
      const [pause, answer] = await Promise.all([app.readPause(), app.listTargets(query)]);
      if (answer.kind === 'unknown-page')
        throw invalid('query', [
          { field: 'after', found: 'a text that no list in this order answered', accepted: nextAccepted },
        ]);
      if (answer.kind === 'unknown-drift')
        throw invalid('query', [
          {
            field: 'drift',
            found: JSON.stringify(answer.found),
            accepted: `reasons of drift: ${answer.known.join(', ')}`,
          },
        ]);
      const { targets: listed, total, next, discovery } = expected(request, answer, 'listed');
      const shown = fields === 'summary' ? listed.map(summaryOf) : listed;
      return unlessSeen(request, { pause, targets: shown, total, next, discovery });
    },
  }),
  reading({
    name: 'read-target',
    at: 'GET targets/{name}',
    role: 'Keyturn.Read',
    summary: 'Shows a target: its state, why, and what is due.',
    headers: ['If-None-Match'],
    answers: { 200: 'ListedTarget' },
    work: async ({ request, app, target }) =>
      unlessSeen(request, expected(request, await app.readTarget(target), 'found').target),
  }),
  reading({
    name: 'diagnose-target',
    at: 'GET targets/{name}/diagnosis',
    role: 'Keyturn.Read',
    summary: 'Shows why the rotation waits, and tests the five classic faults, each with its fix.',
    query: diagnosisQuery,
    answers: { 200: 'Diagnosis' },
    async work({ request, app, target, query: { egress } }) {
      const own = callerAddress(request);
      const given = egress === undefined ? null : ({ value: egress, from: 'query' } as const);
      const address = given ?? (own === null ? null : ({ value: own, from: 'request' } as const));
      const { diagnosisFor } = expected(request, await app.diagnose(target), 'diagnosed');
      return { jsonBody: diagnosisFor(address) };
    },
  }),
  taking(identifyBody, {
    name: 'identify-key',
    at: 'POST leaks/identify',
    role: 'Keyturn.Read',
    summary: 'Finds whose key this is, among the fingerprints of every target, retired keys too.',
    hidesBody: true,
    answers: { 200: 'Identified' },
    work: async ({ request, app, operator, body }) => ({
      jsonBody: expected(request, await app.identify(body.key, operator), 'identified').identified,
    }),
  }),
  // Adopting and repairing answer masked keys, and the same again when nothing differs.
  taking(adoptBody, {
    name: 'adopt-target',
    at: 'POST targets/{name}/adopt',
    role: 'Keyturn.Admin',
    summary: 'Adopts an account: stores its keys, endpoint and pointer, and regenerates nothing.',
    query: dryRunQuery,
    answers: { 200: 'StoredOrAdoption' },
    async work({ request, app, operator, target: name, body, query }) {
      if (query.dryRun)
        return { jsonBody: expected(request, await app.previewAdoption(name, body), 'previewed').adoption };
      const { target, secrets } = expected(request, await app.adopt(name, body, operator), 'adopted');
      return { jsonBody: { target, secrets } };
    },
  }),
  // 200 also if targets are blocked: each row says what became of it.
  taking(adoptionsBody, {
    name: 'adopt-many',
    at: 'POST adoptions',
    role: 'Keyturn.Admin',
    summary: 'Adopts the named targets, or all that are not adopted yet.',
    query: dryRunQuery,
    answers: { 200: 'Adoptions' },
    async work({ request, app, operator, body, query }) {
      const named = body.targets === 'all' ? 'all' : [...new Set(body.targets)];
      const asked = { targets: named, takeOver: body.takeOver, dryRun: query.dryRun } as const;
      return { jsonBody: expected(request, await app.adoptMany(asked, operator), 'done').adoptions };
    },
  }),
  taking(noBody, {
    name: 'repair-target',
    at: 'POST targets/{name}/repair',
    role: 'Keyturn.Operate',
    summary: 'Stores again what the account has, and regenerates nothing.',
    answers: { 200: 'Stored' },
    async work({ request, app, operator, target: name }) {
      const { target, secrets } = expected(request, await app.repair(name, operator), 'repaired');
      return { jsonBody: { target, secrets } };
    },
  }),
  // What was taken away, or the plan; asked again when nothing is left to do, 200 with an empty list.
  reading({
    name: 'offboard-target',
    at: 'DELETE targets/{name}',
    role: 'Keyturn.Admin',
    summary: 'Offboards a target: removes its record and Keyturn’s tags. Account, keys and secrets stay.',
    headers: ['If-Match'],
    query: offboardQuery,
    answers: { 200: 'OffboardedOrPlan' },
    async work({ request, app, operator, target, query }) {
      const answer = await app.offboard(target, { ...query, ifMatch: ifMatch(request) }, operator);
      switch (answer.kind) {
        case 'plan':
          return { headers: { etag: answer.etag }, jsonBody: answer.plan };
        case 'offboarded':
          return { jsonBody: { target: answer.target, offboarded: true, done: answer.plan.differences } };
        case 'unconditional':
          throw unconditional('A target leaves by a plan that was seen', answer.etag);
        default:
          throw refusal(request, answer);
      }
    },
  }),
];

/**
 * The IPv4 address that the request came from, as App Service tells it: the last entry of X-Forwarded-For, with a port.
 * Anybody who calls may write the entries before it; nothing is decided by this address, it is only tested and shown.
 */
function callerAddress(request: HttpRequest): string | null {
  const last = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '';
  const address = last.replace(/:\d+$/, '');
  return parseIpRange(address) === null || address.includes('/') ? null : address;
}
