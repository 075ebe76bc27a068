import type { ArmOperation } from '../arm-call.ts';
import {
  deleteTopic,
  getTopic,
  getTopicOperation,
  getTopicOperationResult,
  listTopicKeys,
  listTopics,
  patchTopic,
  putTopic,
  regenerateTopicKey,
} from './topics.ts';

const provider = '/subscriptions/{subscription}/providers/Microsoft.EventGrid';
const inGroup = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.EventGrid';
const topic = `${inGroup}/topics/{topic}`;

/** Microsoft.EventGrid/topics: custom topics, their keys, and the operations that change them. */
export const eventGridTopicOperations: readonly ArmOperation[] = [
  { method: 'GET', path: `${provider}/topics`, answer: listTopics },
  { method: 'GET', path: `${inGroup}/topics`, answer: listTopics },
  { method: 'GET', path: topic, answer: getTopic },
  { method: 'PUT', path: topic, answer: putTopic },
  { method: 'PATCH', path: topic, answer: patchTopic },
  { method: 'DELETE', path: topic, answer: deleteTopic },
  { method: 'POST', path: `${topic}/listKeys`, answer: listTopicKeys },
  { method: 'POST', path: `${topic}/regenerateKey`, answer: regenerateTopicKey },
  { method: 'GET', path: `${provider}/locations/{location}/operationsStatus/{operation}`, answer: getTopicOperation },
  {
    method: 'GET',
    path: `${provider}/locations/{location}/operationResults/{operation}`,
    answer: getTopicOperationResult,
  },
];
