import { type ArmOperation, at } from '../arm-call.ts';
import { listActivity } from './activity-log.ts';

/** Microsoft.Insights, as far as the activity log goes. */
export const microsoftInsights: readonly ArmOperation[] = [
  ...at('/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values', {
    GET: listActivity,
  }),
];
