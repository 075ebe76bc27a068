import { createRequire } from 'node:module';

// Runs Azurite in a process that never outlives the one that started it: when the channel to the parent closes, for
// whatever reason, Azurite gets the signal on which it saves and stops.
process.once('disconnect', () => process.kill(process.pid, 'SIGINT'));
createRequire(import.meta.url)('azurite/dist/src/azurite.js');
