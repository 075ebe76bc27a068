import { heldToTable } from './held-to-table.ts';

heldToTable('access');
heldToTable('keyless');
heldToTable('diagnose');
