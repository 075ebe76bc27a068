import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { appRoles } from '../../src/api/app-role.ts';
import { levels } from '../../src/api/invocation-log.ts';
import { measureFleet } from '../../src/app/sweep/measure.ts';
import type { LogEvent } from '../../src/shared/log-event.ts';
import { compiled, deployed, type Resource } from './deployed.ts';

const templates = [...compiled('azuredeploy.json'), ...compiled('grants.json')];
const [main] = templates;

describe('the parameters', () => {
  it.each(templates)('of $path say whether they are required', ({ parameters }) => {
    for (const [name, { metadata, defaultValue }] of Object.entries(parameters))
      expect(metadata.description, name).toMatch(defaultValue === undefined ? /^Required\. / : /^Optional\. /);
  });

  it('of the example are those of main.bicep, with every required one', () => {
    const example = readFileSync('infra/main.bicepparam', 'utf8');
    const given = [...example.matchAll(/^param (\w+)/gm)].map(([, name = '']) => name);
    const declared = Object.entries(main?.parameters ?? {});
    expect(given.filter((name) => !declared.some(([one]) => one === name))).toEqual([]);
    const required = declared.filter(([, one]) => one.defaultValue === undefined).map(([name]) => name);
    expect(required.filter((name) => !given.includes(name))).toEqual([]);
  });

  it('that a page names are there', () => {
    const [readme = '', security = ''] = ['infra/README.md', 'docs/security.md'].map((page) =>
      readFileSync(page, 'utf8'),
    );
    const words = (text: string) => [...text.matchAll(/`([a-z]\w+)(?:: [^`]*)?`/g)].map(([, name = '']) => name);
    const inTable = readme.match(/^\| the tenant wants[\s\S]*?\n\n/m)?.[0] ?? '';
    const elsewhere = words(readme + security).filter((name) => /(?:Ids?|Topic|Events|Role|Reference)$/.test(name));
    const declared = [...Object.keys(main?.parameters ?? {}), ...Object.keys(main?.outputs ?? {})];
    expect(words(inTable).length).toBeGreaterThan(15);
    expect([...words(inTable), ...elsewhere].filter((name) => !declared.includes(name))).toEqual([]);
  });
});

it('a deployment of as many vaults and subscriptions as the guide says is not too large', () => {
  const [, vaults, subscriptions] =
    /up to (\d+) vaults in (\d+)\s+subscriptions/.exec(readFileSync('infra/README.md', 'utf8')) ?? [];
  const { resources } = JSON.parse(readFileSync('infra/azuredeploy.json', 'utf8'));
  const size = (value: unknown) => JSON.stringify(value).length;
  // What is nested counts again for each turn of a loop.
  const expanded =
    size(resources) + Number(vaults) * size(resources.events) + Number(subscriptions) * size(resources.access);
  // https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices#template-limits
  expect(expanded).toBeLessThan(4_000_000);
  expect(expanded).toBeGreaterThan(2_000_000);
});

describe('the alerts', () => {
  const { ofType } = deployed('tags');
  const onLog = ofType('Microsoft.Insights/scheduledQueryRules');
  const onEvents = ofType('Microsoft.Insights/metricAlerts');
  const nameOf = ({ name }: Resource) => name.replace('func-keyturn-contoso-', '').replace(/-evgt-.*/, '');
  const queries = onLog.map((one) => ({
    name: nameOf(one),
    query: String(Object(one.properties.criteria).allOf[0].query),
  }));
  const logEvents = Object.keys(levels);

  it('are told of on the page on alerts, with what to do', () => {
    const page =
      readFileSync('docs/audit-and-metrics.md', 'utf8').split('| alert | means |')[1]?.split('\n\n')[0] ?? '';
    const listed = [...page.matchAll(/^\| `([\w-]+)` \| .+ \| .+ \|$/gm)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual([...new Set([...onLog, ...onEvents].map(nameOf))].toSorted());
  });

  it('look for events that are logged, and for numbers that they hold', () => {
    const measured = measureFleet([]);
    for (const { query } of queries.filter(({ name }) => name !== 'poison')) {
      const [, event = ''] = /"event":"([a-z-]+)"/.exec(query) ?? [];
      expect(logEvents).toContain(event);
      for (const [, field = ''] of query.matchAll(/\bm\.(\w+)/g)) expect(measured).toHaveProperty(field, 0);
    }
    expect(queries).toHaveLength(6);
  });

  it('on a message that cannot be worked off look for what the host says then', () => {
    // https://github.com/Azure/azure-webjobs-sdk, QueueProcessor: "Message has reached MaxDequeueCount of 5. Moving message to queue '…-poison'."
    const query = queries.find(({ name }) => name === 'poison')?.query ?? '';
    expect("Message has reached MaxDequeueCount of 5. Moving message to queue 'advance-rotation-poison'.").toContain(
      /startswith '(.*)'$/.exec(query)?.[1],
    );
  });

  it("watch each vault's topic for events of Keyturn's own subscription that were lost", () => {
    const [subscription] = ofType('Microsoft.EventGrid/systemTopics/eventSubscriptions');
    const topics = ofType('Microsoft.EventGrid/systemTopics').map(({ id }) => id);
    for (const metric of ['DeadLetteredCount', 'DroppedEventCount']) {
      const watching = onEvents.filter(({ properties }) => JSON.stringify(properties).includes(metric));
      expect(watching.flatMap(({ properties }) => properties.scopes)).toEqual(topics);
      for (const { properties } of watching)
        expect(properties.criteria).toMatchObject({
          allOf: [{ dimensions: [{ name: 'EventSubscriptionName', values: [subscription?.name.split('/')[1]] }] }],
        });
    }
  });

  it('on the heartbeat look for the line that a sweep logs', () => {
    const counts = { woken: 0, started: 0, suspended: 0, failed: 0, running: 0, held: 0, looks: 0 };
    const swept: LogEvent = { event: 'swept', paused: false, targets: 1, ...counts };
    const query = queries.find(({ name }) => name === 'heartbeat')?.query ?? '';
    expect(query).toMatch(/^traces \| where message contains '.+'$/);
    expect(JSON.stringify(swept)).toContain(/'(.*)'/.exec(query)?.[1]);
  });

  it('call the action groups', () => {
    const group = expect.stringMatching(/\/actionGroups\/ag-contoso$/);
    for (const { properties } of onLog) expect(properties.actions).toEqual({ actionGroups: [group] });
    for (const { properties } of onEvents) expect(properties.actions).toEqual([{ actionGroupId: group }]);
  });
});

describe('the app registration', () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(`infra/app-registration/${file}.json`, 'utf8'));

  it('has the app roles that the admin API asks for, for people and for apps', () => {
    const role = { id: expect.any(String), isEnabled: true, allowedMemberTypes: ['User', 'Application'] };
    expect(read('roles')).toMatchObject(appRoles.map((value) => ({ ...role, value })));
  });

  it('lets the Azure CLI use the scope that it has', () => {
    const [, id = ''] = /"id":"(.*?)"/.exec(JSON.stringify(read('scope'))) ?? [];
    expect(read('azure-cli')).toMatchObject({ api: { preAuthorizedApplications: [{ delegatedPermissionIds: [id] }] } });
  });
});
