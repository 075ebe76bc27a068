import { type Endpoint, reading } from '../endpoint.ts';
import { pageQuery } from '../page-query.ts';
import { refusal } from '../refusal.ts';

/** 200 AuditTrailView, or 404. */
export const readAuditTrail: Endpoint = reading({
  name: 'read-audit-trail',
  method: 'GET',
  route: 'targets/{name}/rotations/{id}/audit-trail',
  role: 'Keyturn.Read',
  summary: "A rotation's evidence: plan, steps, versions, fingerprints, and the request ids of its calls to Azure.",
  query: pageQuery(200, 1_000),
  answers: { 200: 'AuditTrail' },
  async work({ request, app, target, id, query }) {
    const answer = await app.readAuditTrail(target, id, query);
    if (answer.kind !== 'found') throw refusal(request, answer);
    return { jsonBody: answer.auditTrail };
  },
});
