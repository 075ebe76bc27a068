import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ToldText } from '../../local/told.ts';
import { issued, told } from './run-scan.ts';

// Loaded once a process, however many test files share it.
subscribe('keyturn.local.secret', (secret) => issued(String(secret)));
subscribe('keyturn.local.text', (message) => {
  const { where, text } = message as ToldText;
  told(where, text);
});
subscribe('keyturn.local.folder', (folder) => {
  for (const entry of readdirSync(String(folder), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) told(`the storage's ${entry.name}`, readFileSync(join(entry.parentPath, entry.name), 'latin1'));
});
for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const write = console[level].bind(console);
  console[level] = (...words: unknown[]) => {
    told('the console', words.map((word) => (typeof word === 'string' ? word : inspect(word, { depth: 9 }))).join(' '));
    write(...words);
  };
}
