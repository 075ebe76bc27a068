import type { HardeningScene, Request } from './hardening/requests.ts';
import type { OperatorAction } from './rotation/operators.ts';
import type { Scene } from './schedule.ts';

const minutesMs = 60_000;
const agree = [0, 0, 0];

/** Workers that got the same message. */
const workers: readonly Scene<never>[] = [
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
];

function meeting<A extends string>(name: string, ...roles: readonly (A | 'message')[]): Scene<A> {
  return { name, roles, aheadMs: agree, clocks: 'run', preemptions: 2 };
}

/** Who may meet on one account, and how often one of them may stand still or give way. */
export const scenes: readonly Scene<OperatorAction>[] = [
  ...workers,
  ...(
    ['cancel', 'roll back', 'hold', 'expedite', 'adopt', 'repair', 'report key1 leaked', 'report key2 leaked'] as const
  ).map((action) => meeting<OperatorAction>(`a worker and an operator who asks: ${action}`, 'message', action)),
  {
    name: 'a worker and another instance that takes the target over',
    roles: ['message', 'another instance'],
    aheadMs: agree,
    clocks: 'run',
    preemptions: 2,
  },
];

/** Who may meet over one change of hardening: by a message at each rest of its life, or before it begins. */
export function meetingsOf({ beside }: HardeningScene): readonly Scene<Request>[] {
  if (beside !== null)
    return [
      meeting<Request>('a worker and an operator who starts a rotation', 'message', 'start a rotation'),
      meeting<Request>('a worker and an operator who asks for the change', 'message', 'ask'),
      meeting<Request>('an operator who asks for the change, another who starts a rotation', 'ask', 'start a rotation'),
    ];
  return [
    ...workers,
    meeting<Request>('a worker and an operator who asks for the opposite', 'message', 'ask for the opposite'),
    meeting<Request>('a worker and an operator who pauses the instance', 'message', 'pause'),
    meeting<Request>('two operators who ask for the same', 'ask', 'ask'),
    meeting<Request>('two operators, one of whom asks for the opposite', 'ask', 'ask for the opposite'),
  ];
}
