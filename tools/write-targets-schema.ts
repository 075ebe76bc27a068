import { writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { targetsDocument } from '../src/targets/target-schema.ts';
import { readOptions } from './read-options.ts';

export const targetsSchemaFile = 'docs/targets.schema.json';

/** The JSON Schema of a targets file, for editors. Rules between fields and targets are checked when the app starts. */
export function targetsSchemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(targetsDocument, { io: 'input' }), null, 2)}\n`;
}

if (import.meta.main) {
  const { help } = readOptions({ options: { help: { type: 'boolean' } } });
  if (help) console.log(`npm run schema\n\nWrites ${targetsSchemaFile}, the JSON Schema of a targets file.`);
  else {
    await writeFile(targetsSchemaFile, targetsSchemaText());
    console.log(`wrote ${targetsSchemaFile}`);
  }
}
