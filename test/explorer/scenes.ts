import type { OperatorAction } from './operators.ts';
import type { Scene } from './schedule.ts';

const minutesMs = 60_000;
const agree = [0, 0, 0];

/** Who may meet on one account, and how often one of them may stand still or give way. */
export const scenes: readonly Scene<OperatorAction>[] = [
  { name: 'one message, two workers', roles: ['message', 'message'], aheadMs: agree, clocks: 'run', preemptions: 3 },
  {
    name: 'two workers whose clocks are ten minutes apart',
    roles: ['message', 'message'],
    aheadMs: [-5 * minutesMs, 5 * minutesMs],
    clocks: 'run',
    preemptions: 2,
  },
  {
    name: 'two workers whose monotonic clock stops with the machine',
    roles: ['message', 'message'],
    aheadMs: agree,
    clocks: 'monotonic-stops',
    preemptions: 2,
  },
  {
    name: 'two workers whose wall clock is set back while they stand still',
    roles: ['message', 'message'],
    aheadMs: agree,
    clocks: 'wall-set-back',
    preemptions: 2,
  },
  {
    name: 'one message, three workers',
    roles: ['message', 'message', 'message'],
    aheadMs: agree,
    clocks: 'run',
    preemptions: 2,
  },
  ...(
    ['cancel', 'roll back', 'hold', 'expedite', 'adopt', 'repair', 'report key1 leaked', 'report key2 leaked'] as const
  ).map(
    (action): Scene<OperatorAction> => ({
      name: `a worker and an operator who asks: ${action}`,
      roles: ['message', action],
      aheadMs: agree,
      clocks: 'run',
      preemptions: 2,
    }),
  ),
  {
    name: 'a worker and another instance that takes the target over',
    roles: ['message', 'another instance'],
    aheadMs: agree,
    clocks: 'run',
    preemptions: 2,
  },
];
