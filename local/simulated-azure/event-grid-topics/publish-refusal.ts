import type { Exchange } from '../exchange.ts';

/** A refusal as the topics' endpoint writes it: the message ends in a report's name, and stands twice. */
export function publishRefusal(
  { azure }: Exchange,
  status: number,
  code: string,
  text: string,
  detailCode: string,
): Response {
  const at = new Date(azure.clock.nowMs()).toLocaleString('en-US', { timeZone: 'UTC' }).replace(',', '');
  // The one for a body that is too large has no report.
  const report =
    status === 413
      ? ''
      : ` Report '${crypto.randomUUID()}:0:${at} (UTC)' to our forums for assistance or raise a support ticket.`;
  const message = `${text}${report}`;
  return Response.json({ error: { code, message, details: [{ code: detailCode, message }] } }, { status });
}
