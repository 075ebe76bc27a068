// Puts what the package holds into package/, from which azd makes the zip.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const top = join(here, '../..');
rmSync(join(here, 'package'), { recursive: true, force: true });
for (const name of ['host.json', 'package.json', 'dist'])
  cpSync(join(top, name), join(here, 'package', name), {
    recursive: true,
    filter: (file) => !file.endsWith('.map'),
  });
