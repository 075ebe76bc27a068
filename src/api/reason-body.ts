import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { reasonSchema } from './reason-schema.ts';

/** For operations that want nothing but to be told why. */
export const reasonBody = z.lazy(() => strictMembers({ reason: reasonSchema }, 'an object with a reason'));
