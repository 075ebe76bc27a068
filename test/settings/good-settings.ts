/** The least that the app needs, as environment variables on a laptop. */
export const goodSettings = {
  KEYTURN_TENANT_ID: '11111111-1111-1111-1111-111111111111',
  KEYTURN_API_CLIENT_ID: '22222222-2222-2222-2222-222222222222',
  KEYTURN_INSTANCE: 'keyturn-test',
  KEYTURN_TARGETS: '[]',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
} as const;
