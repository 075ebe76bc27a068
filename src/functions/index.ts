import type { HttpFunctionOptions, StorageQueueFunctionOptions, TimerFunctionOptions } from '@azure/functions';
import { advanceRotation } from './advance-rotation.queue.ts';
import { answering } from './answering.ts';
import type { Edge } from './edge.ts';
import { endpoints } from './endpoints.ts';
import { readOpenapi } from './read-openapi.http.ts';
import { sweep } from './sweep.timer.ts';

/** A function by its name and what wakes it. */
export type Registration =
  | { readonly name: string; readonly trigger: 'timer'; readonly options: TimerFunctionOptions }
  | { readonly name: string; readonly trigger: 'queue'; readonly options: StorageQueueFunctionOptions }
  | { readonly name: string; readonly trigger: 'http'; readonly options: HttpFunctionOptions };

/** No function keys: the access token decides, in `authorise`. */
const authLevel = 'anonymous';

/** Every function of the app. */
export function functions(edge: Edge, sweepSchedule: string): readonly Registration[] {
  return [
    {
      name: 'sweep',
      trigger: 'timer',
      options: { schedule: sweepSchedule, handler: sweep(edge) },
    },
    {
      name: 'advance-rotation',
      trigger: 'queue',
      options: { queueName: 'advance-rotation', connection: 'AzureWebJobsStorage', handler: advanceRotation(edge) },
    },
    {
      name: 'read-openapi',
      trigger: 'http',
      options: { authLevel, methods: ['GET'], route: 'openapi.json', handler: readOpenapi },
    },
    ...endpoints.map((endpoint): Registration => {
      const { name, method, route } = endpoint;
      const options: HttpFunctionOptions = {
        authLevel,
        methods: [method],
        route,
        handler: answering(edge, endpoint),
      };
      return { name, trigger: 'http', options };
    }),
  ];
}
