import type {
  EventGridFunctionOptions,
  HttpFunctionOptions,
  HttpHandler,
  StorageQueueFunctionOptions,
  TimerFunctionOptions,
} from '@azure/functions';
import { answering } from '../api/answering.ts';
import type { Edge } from '../api/edge.ts';
import { endpoints, readOpenapi } from '../api/endpoints.ts';
import { secretEvents, secretNearExpiry } from './secret-events.ts';
import { advanceRotation, sweep } from './wake-ups.ts';

/** A function by its name and what wakes it. */
export type Registration =
  | { readonly name: string; readonly trigger: 'timer'; readonly options: TimerFunctionOptions }
  | { readonly name: string; readonly trigger: 'queue'; readonly options: StorageQueueFunctionOptions }
  | { readonly name: string; readonly trigger: 'event-grid'; readonly options: EventGridFunctionOptions }
  | { readonly name: string; readonly trigger: 'http'; readonly options: HttpFunctionOptions };

/** No function keys: the access token decides, in `authorise`. */
const authLevel = 'anonymous';

/** Where the admin API begins. The host adds no prefix of its own (host.json), so that the pages stand at the root. */
const apiPath = 'api';

/**
 * Every function of the app.
 * @param settings what the host must know of them when the functions are registered
 * @param page answers every path that is none of the others
 */
export function functions(
  edge: Edge,
  settings: { readonly sweepSchedule: string; readonly eventsQueue: string },
  page: HttpHandler,
): readonly Registration[] {
  return [
    {
      name: 'sweep',
      trigger: 'timer',
      options: { schedule: settings.sweepSchedule, handler: sweep(edge) },
    },
    {
      name: 'advance-rotation',
      trigger: 'queue',
      options: { queueName: 'advance-rotation', connection: 'AzureWebJobsStorage', handler: advanceRotation(edge) },
    },
    {
      name: 'read-openapi',
      trigger: 'http',
      options: { authLevel, methods: ['GET'], route: `${apiPath}/openapi.json`, handler: readOpenapi },
    },
    { name: 'secret-near-expiry', trigger: 'event-grid', options: { handler: secretNearExpiry(edge) } },
    {
      name: 'secret-events',
      trigger: 'queue',
      options: { queueName: settings.eventsQueue, connection: 'AzureWebJobsStorage', handler: secretEvents(edge) },
    },
    ...endpoints.map((endpoint): Registration => {
      const { name, method } = endpoint;
      const route = `${apiPath}/${endpoint.route}`;
      const options: HttpFunctionOptions = { authLevel, methods: [method], route, handler: answering(edge, endpoint) };
      return { name, trigger: 'http', options };
    }),
    {
      // The host asks functions in the order of their names: this one has the last, so that it takes nobody's path.
      name: 'web-page',
      trigger: 'http',
      options: { authLevel, methods: ['GET', 'HEAD'], route: '{*path}', handler: page },
    },
  ];
}
