import type { ArmOperation } from '../arm-call.ts';
import {
  deleteEventSubscription,
  getEventSubscription,
  getFullUrl,
  listEventSubscriptions,
  putEventSubscription,
} from './event-subscriptions.ts';
import { getOperationResult, getOperationStatus } from './operations.ts';
import {
  deleteSystemTopic,
  getSystemTopic,
  listSystemTopics,
  patchSystemTopic,
  putSystemTopic,
} from './system-topics.ts';

const provider = '/subscriptions/{subscription}/providers/Microsoft.EventGrid';
const inGroup = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventGrid';
const topic = `${inGroup}/systemTopics/{topic}`;
const ofTopic = `${topic}/eventSubscriptions`;
/** Below any resource whose events are taken. */
const ofResource = '{+scope}/providers/Microsoft.EventGrid/eventSubscriptions';

/** Microsoft.EventGrid: system topics, and event subscriptions of them or of the resources themselves. */
export const microsoftEventGrid: readonly ArmOperation[] = [
  { method: 'GET', path: `${provider}/systemTopics`, answer: listSystemTopics },
  { method: 'GET', path: `${inGroup}/systemTopics`, answer: listSystemTopics },
  { method: 'GET', path: topic, answer: getSystemTopic },
  { method: 'PUT', path: topic, answer: putSystemTopic },
  { method: 'PATCH', path: topic, answer: patchSystemTopic },
  { method: 'DELETE', path: topic, answer: deleteSystemTopic },
  { method: 'GET', path: `${provider}/operationsStatus/{operation}`, answer: getOperationStatus },
  { method: 'GET', path: `${provider}/operationResults/{operation}`, answer: getOperationResult },
  ...[ofTopic, ofResource].flatMap((all): ArmOperation[] => [
    { method: 'GET', path: all, answer: listEventSubscriptions },
    { method: 'GET', path: `${all}/{name}`, answer: getEventSubscription },
    { method: 'PUT', path: `${all}/{name}`, answer: putEventSubscription },
    { method: 'DELETE', path: `${all}/{name}`, answer: deleteEventSubscription },
    { method: 'POST', path: `${all}/{name}/getFullUrl`, answer: getFullUrl },
  ]),
];
