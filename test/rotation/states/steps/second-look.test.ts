import { describe, expect, it } from 'vitest';
import { accountTags, instanceTag } from '../../../../src/keys/ownership-tags.ts';
import { FailureError } from '../../../../src/shared/failure.ts';
import { everyWrite, type Ready } from './step-scene.ts';

const secondMs = 1_000;

/** The round's reads may still be rested on, but would not be once one more slow call is over: the step reads once more. */
async function readLongAgo({ session, step, world, target }: Ready): Promise<void> {
  const { salt } = step.state;
  world.adversary.before = () => world.clock.advance(0.1 * secondMs);
  await session.vault(salt);
  world.adversary = {};
  const copies = target.copies.map(({ name }) => session.copy(name, salt));
  await Promise.all([session.look(salt), session.account(), ...copies]);
  world.clock.advance(4.3 * secondMs);
  expect(session.isAging()).toBe(true);
}

const anotherInstanceTakesIt = ({ put, world, target }: Ready) =>
  put('active-key', world.vault.value('ai-services-active-key') ?? '', {
    ...accountTags(target.account.armId),
    [instanceTag]: 'keyturn-elsewhere',
  });

/** Steps that write down what they are about to send. */
const hasIntent = ({ kind }: Ready['step']) => ['regenerate', 'store-direct', 'store-pointer'].includes(kind);

// The fence of the lease and the age of what was read hold here all the time: nothing but the step's own guard stops it.
describe.each(Object.entries(everyWrite))('%s', (_, prepare) => {
  it('goes on if the second look finds what the first did', async () => {
    const ready = prepare();
    await readLongAgo(ready);
    expect(await ready.perform(ready.step)).toMatchObject({ kind: 'done' });
    expect(ready.sent()).toEqual(ready.sends);
  });

  it('sends nothing if the second look finds the target taken over, and takes its intent back', async () => {
    const ready = prepare();
    await readLongAgo(ready);
    anotherInstanceTakesIt(ready);
    expect(await ready.perform(ready.step)).toEqual({
      kind: 'instead',
      decision: { kind: 'suspend', reason: 'taken-over' },
    });
    expect(ready.sent()).toEqual([]);
    if (hasIntent(ready.step)) expect(ready.saved.at(-1)).toEqual(ready.step.state);
    else expect(ready.saved).toEqual([]);
  });

  it('sends nothing if the second look fails, and takes its intent back', async () => {
    const ready = prepare();
    await readLongAgo(ready);
    ready.world.adversary.before = ({ service }) => {
      if (service === 'arm' || service === 'vault')
        throw new FailureError({ kind: 'not-applied', code: 'unreachable', retryAfterMs: null });
    };
    expect(await ready.perform(ready.step)).toMatchObject({ kind: 'failed', state: ready.step.state });
    expect(ready.sent()).toEqual([]);
    if (hasIntent(ready.step)) expect(ready.saved.at(-1)).toEqual(ready.step.state);
  });
});

it('disables only what the second look would disable', async () => {
  const prepare = everyWrite['disabling superseded versions'];
  if (prepare === undefined) throw new TypeError('no such write');
  const ready = prepare();
  await readLongAgo(ready);
  const { step, world } = ready;
  if (step.kind !== 'disable-versions') throw new TypeError(step.kind);
  const [first, second] = step.versions;
  // Somebody puts a version back: it is the secret's latest again.
  world.vault.restore(first?.name ?? '', first?.version ?? '');
  const done = await ready.perform(step);
  expect(ready.sent()).toEqual([`disable ${second?.name}`]);
  expect(done).toEqual({ kind: 'done', state: { ...step.state, superseded: [] } });
});

describe.each(Object.entries(everyWrite).filter(([, prepare]) => hasIntent(prepare().step)))('%s', (_, prepare) => {
  it.each([
    ['at once', false],
    ['after a second look', true],
  ])('sends nothing %s if an operator asked for something meanwhile', async (_, isLate) => {
    const ready = prepare();
    if (isLate) await readLongAgo(ready);
    ready.requestComesIn();
    expect(await ready.perform(ready.step)).toEqual({ kind: 'decide-again' });
    expect(ready.sent()).toEqual([]);
    expect(ready.saved).toEqual([]);
  });

  it('is written down before it is sent', async () => {
    const ready = prepare();
    const sentBefore: (readonly string[])[] = [];
    ready.onIntent(() => sentBefore.push(ready.sent()));
    await ready.perform(ready.step);
    expect(sentBefore).toEqual([[]]);
    expect(ready.saved).toEqual([
      {
        ...ready.step.state,
        sent: expect.objectContaining({ atMs: expect.any(Number) }),
        ...(ready.step.kind === 'regenerate' ? { firstLook: null } : {}),
      },
    ]);
    expect(ready.sent()).toEqual(ready.sends);
  });
});
