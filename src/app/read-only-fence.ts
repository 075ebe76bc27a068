import type { Fence } from '../shared/fence.ts';

/** The fence of who holds no lease: whatever it opens may read, and sends no write. */
export const readOnlyFence: Fence = () => false;
