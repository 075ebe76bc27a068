import { heldToTable } from './held-to-table.ts';

heldToTable('rotate');
heldToTable('copy');
heldToTable('adopt');
heldToTable('repair');
heldToTable('offboard');
heldToTable('watch');
heldToTable('discover');
heldToTable('notify');
heldToTable('readers');
