import { heldToTable } from './held-to-table.ts';

heldToTable('rotate');
heldToTable('adopt');
heldToTable('repair');
heldToTable('watch');
heldToTable('discover');
heldToTable('tell');
