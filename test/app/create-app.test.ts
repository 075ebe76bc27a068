import { expect, it } from 'vitest';
import { createApp } from '../../src/app/create-app.ts';
import { FailureError } from '../../src/shared/failure.ts';
import { fixedTargets } from '../../src/targets/target-source.ts';
import { memoryWorld } from '../memory-world/memory-world.ts';

const failing = (code: string) => async () => {
  throw new FailureError({ kind: 'not-applied', code, retryAfterMs: null });
};

it.each<[string, find: (name: string) => Promise<null>, logged: object[] | 'comes again']>([
  [
    'is none any more: it is dropped',
    async () => null,
    [{ event: 'wake-up-dropped', target: 'demo', reason: 'unknown-target' }],
  ],
  [
    'is not known before a first document is accepted: the sweep sends another',
    failing('targets-unknown'),
    [{ event: 'wake-up-dropped', target: 'demo', reason: 'targets-unknown' }],
  ],
  ['cannot be looked up now: the queue sends it again', failing('ServerBusy'), 'comes again'],
])('a message whose target %s', async (_, find, logged) => {
  const { ports, log } = memoryWorld();
  const advanced = createApp({ ...ports, targets: { ...fixedTargets([]), find } }).advance({
    target: 'demo',
    wakeSeq: 1,
  });
  if (logged === 'comes again') await expect(advanced).rejects.toThrow('ServerBusy');
  else await advanced;
  expect(log).toEqual(logged === 'comes again' ? [] : logged);
});

it('an app without targets measures that there are none', async () => {
  const { ports, log } = memoryWorld();
  await createApp({ ...ports, targets: fixedTargets([]) }).sweep();
  expect(log).toContainEqual(expect.objectContaining({ event: 'fleet-measured', targets: 0, unknown: 0 }));
});
