import type { ArmOperation } from '../arm-call.ts';
import { queryResources } from './query-resources.ts';

/** What of Microsoft.ResourceGraph is simulated: queries. */
export const microsoftResourceGraph: readonly ArmOperation[] = [
  { method: 'POST', path: '/providers/Microsoft.ResourceGraph/resources', answer: queryResources },
];
