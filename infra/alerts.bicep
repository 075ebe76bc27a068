// The alerts on the log; those on events that could not be delivered stand in vault-events.bicep.

@description('Required. Name of the function app.')
param name string

@description('Required. Region.')
param location string

@description('Required. Tags.')
param tags { *: string }

@description('Required. Resource id of the Application Insights resource.')
param logId string

@description('Required. Resource ids of the action groups.')
param actionGroupIds string[]

// Silence is the alarm: bad settings, a stopped app and a broken deployment all look like this.
resource heartbeat 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: '${name}-heartbeat'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${name} has stopped sweeping'
    description: 'No sweep was finished for 30 minutes; there is one every 5 minutes. Rotations may be standing still.'
    severity: 1
    enabled: true
    scopes: [logId]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT30M'
    criteria: {
      allOf: [
        {
          query: 'traces | where message contains \'"event":"swept"\''
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: actionGroupIds }
  }
}

// Each sweep says how things stand, so an alert ends by itself when they are right again.
var standingAlerts = [
  {
    name: 'suspended'
    says: 'has a rotation that waits for a person'
    query: 'traces | where message contains \'"event":"fleet-measured"\' | extend m = parse_json(message) | where toint(m.suspended) > 0'
  }
  {
    name: 'overdue'
    says: 'has a target whose keys are overdue, or whose rotation or change makes no progress'
    query: 'traces | where message contains \'"event":"fleet-measured"\' | extend m = parse_json(message) | where toint(m.overdue) > 0'
  }
  {
    name: 'leaked'
    says: 'has a target with a leaked key that may still be valid'
    query: 'traces | where message contains \'"event":"fleet-measured"\' | extend m = parse_json(message) | where toint(m.leaked) > 0'
  }
  {
    name: 'untold'
    says: 'could not tell people something for more than a day'
    query: 'traces | where message contains \'"event":"notification-given-up"\''
  }
  {
    // The host's own words: a message was taken five times and put aside.
    name: 'poison'
    says: 'could not work off a message of one of its queues'
    query: 'traces | where message startswith \'Message has reached MaxDequeueCount\''
  }
]

resource standing 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in standingAlerts: {
    name: '${name}-${alert.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${name} ${alert.says}'
      description: 'docs/audit-and-metrics.md has what to do, and the query that names the targets.'
      severity: 2
      enabled: true
      scopes: [logId]
      evaluationFrequency: 'PT15M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: actionGroupIds }
    }
  }
]
