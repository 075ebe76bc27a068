import { hardeningRowsContract } from '../contracts/hardening-rows.contract.ts';
import { memoryHardening } from '../memory-world/memory-hardening-rows.ts';

hardeningRowsContract('memory', async () => memoryHardening(() => 1_000).ports);
