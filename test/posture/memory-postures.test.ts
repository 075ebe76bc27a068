import { postureRowsContract } from '../contracts/posture-rows.contract.ts';
import { memoryPostures } from '../memory-world/memory-postures.ts';

postureRowsContract('memory', async () => memoryPostures(() => 1_000).ports);
