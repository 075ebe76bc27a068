import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';
import { rotationAnswer } from '../../cli/screen/rotation-watch.ts';
import { callTally, type Operations } from './call-tally.ts';
import type { Consumers } from './consumers.ts';
import { copiedTarget, demoCopy, demoSecrets, demoTarget } from './demo-target.ts';
import { ends, followRotation } from './follow-rotation.ts';
import type { AdminAnswer, Operator } from './operator.ts';
import { type CopySeen, copyIn, objectIdOf, type Readers } from './scene.ts';
import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

/** Who and what the play needs. */
export interface Cast {
  readonly stage: Stage;
  readonly operator: Operator;
  readonly consumers: Consumers;
  readonly screen: Screen;
}

/** How a rotation went. */
export interface Rotated {
  readonly id: string;
  /** How it ended, or the state in which it was when the patience had ended. */
  readonly state: string;
  readonly detail: string | null;
  readonly activeSlot: string | null;
  /** What the function app itself asked, from the request to the end of the rotation. */
  readonly armCalls: Operations;
  readonly vaultCalls: Operations;
  readonly seconds: number;
  /** Who read the new key last when the overlap was over, and who the old one, by the vault's audit log. */
  readonly readers: Readers;
  /** How the rotation of the account whose key was copied went meanwhile, and what the copy holds then. */
  readonly copied: CopySeen & { readonly rotation: string; readonly detail: string | null; readonly isInStep: boolean };
}

/** A healthy rotation takes half a minute; one that takes this long is stuck. */
const patienceMs = 3 * 60_000;

const adoption = z.object({
  secrets: z.array(z.object({ secret: z.string(), change: z.string(), shows: z.string() })),
});
const problem = z.object({ detail: z.string() });
const target = z.object({ activeSlot: z.string().nullable() });

/** Adopts the account, sets the consumers to work, and rotates its keys before everybody's eyes. */
export async function play(cast: Cast): Promise<Rotated> {
  await adopt(cast);
  cast.consumers.start();
  cast.screen.say('✔ Five consumers follow the pointer and call the AI service ten times a second.');
  cast.screen.say(
    `  A sixth has a copy of the key of ${copiedTarget.name}: ${demoCopy.secretName} in ${demoCopy.vault}.\n`,
  );
  await beRefused(cast);
  return await rotate(cast);
}

async function adopt({ operator, consumers, screen }: Cast): Promise<void> {
  screen.say('… Keyturn adopts the account; it looks twice, five seconds apart.');
  const [answer, copied] = await Promise.all(
    [demoTarget, copiedTarget].map(({ name }) => operator.ask('POST', `targets/${name}/adopt`)),
  );
  expected(copied, 200);
  const { secrets } = adoption.parse(expected(answer, 200));
  screen.say(`✔ Keyturn adopted ${demoTarget.name}. Now the vault ${demoTarget.vault} has:`);
  for (const { secret, change, shows } of secrets) screen.say(`    ${secret.padEnd(23)} ${change.padEnd(8)} ${shows}`);
  const { name, masked, contentType, tags, expiresOn } = await consumers.read(demoSecrets.key1);
  const short = Object.entries(tags).filter(([, value]) => value.length < 40);
  const until = expiresOn === null ? 'without end' : `until ${expiresOn.slice(0, 10)}`;
  screen.say(`✔ A consumer reads ${name} back: ${masked}, ${contentType}, ${until}, tags`);
  screen.say(`${short.map(([tag, value]) => `    ${tag}=${value}`).join('\n')}\n`);
}

/** The first rotation kills a key that Keyturn knows nothing about: it wants a person's word first. */
async function beRefused({ operator, screen }: Cast): Promise<void> {
  const refused = await operator.ask('POST', `targets/${demoTarget.name}/rotations`);
  const { detail } = problem.parse(expected(refused, 409));
  screen.say(`✔ A rotation without a word on the inactive key is refused, with 409:\n    ${detail}`);
  screen.say('  So the operator says "inactiveKeyUnused": true, and it begins.\n');
}

async function rotate(cast: Cast): Promise<Rotated> {
  const { stage, operator, consumers, screen } = cast;
  const { local } = stage;
  const { azure } = local;
  const callsBefore = azure.calls.length;
  const startedMs = performance.now();
  const [id = '', copiedId = ''] = await Promise.all(
    [demoTarget, copiedTarget].map(async ({ name }) => {
      const answer = await operator.ask('POST', `targets/${name}/rotations`, { inactiveKeyUnused: true });
      return rotationAnswer.parse(expected(answer, 202)).id;
    }),
  );
  const last = await followRotation({ local, operator, consumers, screen }, id, callsBefore, patienceMs);
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  const functionApp = objectIdOf(azure.world, 'func-keyturn');
  const tally = callTally(azure, callsBefore);
  const [armCalls, vaultCalls] = [tally.by(functionApp, 'arm'), tally.by(functionApp, 'vault')];
  screen.endScene();
  const copied = await copyInStep(cast, copiedId);
  const { activeSlot } = target.parse(expected(await operator.ask('GET', `targets/${demoTarget.name}`), 200));
  return {
    id,
    state: last.state,
    detail: last.detail,
    activeSlot,
    armCalls,
    vaultCalls,
    seconds,
    readers: last.readers,
    copied,
  };
}

const copiedLookEveryMs = 500;
const copiedAnswer = rotationAnswer.extend({ reason: z.string().nullable() });

/** Waits until both keys of the other account were replaced. Its rotation stays open for an hour, in which the copy is read twice more. */
async function copyInStep({ stage, operator }: Cast, id: string): Promise<Rotated['copied']> {
  const untilMs = Date.now() + patienceMs;
  for (;;) {
    const { state, reason, detail } = copiedAnswer.parse(
      expected(await operator.look(`targets/${copiedTarget.name}/rotations/${id}`), 200),
    );
    const isInStep = state === 'completed' || reason === 'copies-watched';
    if (isInStep || ends.includes(state) || Date.now() > untilMs)
      return { rotation: state, detail, isInStep, ...copyIn(stage.local.azure.world) };
    await after(copiedLookEveryMs);
  }
}

function expected(answer: AdminAnswer | undefined, wanted: number): unknown {
  const { status = 0, body = null } = answer ?? {};
  if (status === wanted) return body;
  const { detail } = problem.catch({ detail: 'no reason given' }).parse(body);
  throw new Error(`The admin API answered ${status} where ${wanted} was expected: ${detail}`);
}

const idleLookEveryMs = 1_000;
const standing = z.object({ rotation: z.object({ id: z.string(), state: z.string() }).nullable() });

/** Shows every rotation that somebody starts from now on, for as long as the demo stays up. */
export async function watchOn({ stage, operator, consumers, screen }: Cast): Promise<never> {
  const { local } = stage;
  let resting: string | null = null;
  for (;;) {
    screen.count(consumers.counts);
    await after(idleLookEveryMs);
    const callsBefore = local.azure.calls.length;
    const { status, body } = await operator.look(`targets/${demoTarget.name}`);
    const rotation = status === 200 ? standing.parse(body).rotation : null;
    // One that waits for a person has been shown; it is shown again when it goes on.
    if (rotation === null || (rotation.state === 'suspended' && rotation.id === resting)) continue;
    const patience = Number.POSITIVE_INFINITY;
    const last = await followRotation({ local, operator, consumers, screen }, rotation.id, callsBefore, patience);
    screen.endScene();
    screen.say(`The rotation is ${last.state}. ${last.detail ?? ''}`.trimEnd());
    screen.say('');
    resting = rotation.id;
  }
}
