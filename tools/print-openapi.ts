import { describeApi } from '../src/api/describe-api.ts';
import { endpoints } from '../src/api/endpoints.ts';
import { readOptions } from './read-options.ts';

const { help } = readOptions({ options: { help: { type: 'boolean' } } });
console.log(
  help
    ? 'npm run --silent openapi\n\nPrints the description of the admin API, OpenAPI 3.1 as JSON.'
    : JSON.stringify(describeApi(endpoints), null, 2),
);
