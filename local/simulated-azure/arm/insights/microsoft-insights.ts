import type { ArmOperation } from '../arm-call.ts';
import { listActivity } from './activity-log.ts';

/** Microsoft.Insights, as far as the activity log goes. */
export const microsoftInsights: readonly ArmOperation[] = [
  {
    method: 'GET',
    path: '/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values',
    answer: listActivity,
  },
];
