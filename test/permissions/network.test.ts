import { heldToTable } from './held-to-table.ts';

heldToTable('network');
