import * as z from 'zod';
import { strictMembers } from '../shared/field-problem.ts';
import { confirmSchema } from './confirm-schema.ts';

/** For operations that need nothing told but the risks that are taken, where there are some. */
export const confirmBody = z.lazy(() =>
  strictMembers({ confirm: confirmSchema }, 'an object with confirm, or no body'),
);
