import { describeApi } from '../src/functions/describe-api.ts';
import { endpoints } from '../src/functions/endpoints.ts';

console.log(JSON.stringify(describeApi(endpoints), null, 2));
