import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';

/** For operations that need nothing told: a body with members in it is a mistake that somebody should hear of. */
export const noBody = z.lazy(() => strictMembers({}, 'an empty object, or no body'));
