import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { targetsSchemaFile, targetsSchemaText } from '../../tools/write-targets-schema.ts';

it('the published schema of a targets file is the one that the app checks with; if not, run "npm run schema"', () => {
  expect(JSON.parse(readFileSync(targetsSchemaFile, 'utf8'))).toEqual(JSON.parse(targetsSchemaText()));
});
