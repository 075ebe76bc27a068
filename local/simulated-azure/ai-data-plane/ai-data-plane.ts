import { unknownRequest } from '../azure.ts';
import type { Service } from '../exchange.ts';
import { admit } from './admit.ts';
import { findOperation } from './operations.ts';
import { resourceNotFound } from './refusals.ts';

/**
 * The data plane of AI accounts: language detection, Azure OpenAI, and of each other kind the call that tries a key, at `{subdomain}.cognitiveservices.azure.com`,
 * `.openai.azure.com`, `.services.ai.azure.com` and `{region}.api.cognitive.microsoft.com`.
 * As at the real gateway, the network is asked first, then the credential, then whether the account's kind has the
 * operation; only then does the operation see the request.
 */
export const aiDataPlane: Service = async (exchange) => {
  const operation = findOperation(exchange);
  if (operation === null) return unknownRequest(exchange);
  if (operation === 'no-such-version') return resourceNotFound();
  exchange.note.operation = operation.dataAction;
  const admission = await admit(exchange, operation);
  if (admission.kind === 'refused') return admission.answer;
  return operation.answer(exchange, admission.account, operation);
};
