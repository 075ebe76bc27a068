import { type ArmOperation, at } from '../arm-call.ts';
import { queryResources } from './query-resources.ts';

/** What of Microsoft.ResourceGraph is simulated: queries. */
export const microsoftResourceGraph: readonly ArmOperation[] = [
  ...at('/providers/Microsoft.ResourceGraph/resources', { POST: queryResources }),
];
