import type { Notification } from '../../src/notifications/notification.ts';

/** A notification of a suspended rotation; a test changes what it is about. */
export function buildNotification(change: Partial<Notification> = {}): Notification {
  return {
    id: '5f0c2a58-8f53-4f0f-9a06-0d6a3b1c2d3e-suspended-1767614400000',
    kind: 'suspended',
    at: '2026-01-05T12:00:00.000Z',
    instance: 'func-keyturn-contoso',
    target: 'ai-contoso',
    account:
      '/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/rg-contoso/providers/Microsoft.CognitiveServices/accounts/ai-contoso',
    vault: 'https://kv-contoso.vault.azure.net',
    slot: 'key2',
    rotationId: '5f0c2a58-8f53-4f0f-9a06-0d6a3b1c2d3e',
    reason: 'pointer-moved',
    detail: 'Somebody moved the pointer during the rotation.',
    whatToDo: 'Somebody moved the pointer. Move it back to where the rotation had it, then resume.',
    adminCall: 'POST /api/targets/ai-contoso/rotations/5f0c2a58-8f53-4f0f-9a06-0d6a3b1c2d3e/resume',
    ...change,
  };
}

/** What a switch of a target with a direct-value secret gives consumers. */
export const switchedSecrets = {
  pointer: { name: 'ai-services-active-key', version: 'c2a1f0de4b5a4e0f9d3c2b1a09f8e7d6' },
  key: { name: 'ai-services-key2', version: '0f9e8d7c6b5a49382716051423324150' },
  direct: { name: 'ai-services-key', version: '5a4b3c2d1e0f49788796a5b4c3d2e1f0' },
} as const satisfies Notification['secrets'];

/** A notification of a switch. */
export function buildSwitch(change: Partial<Notification> = {}): Notification {
  return buildNotification({
    id: '5f0c2a58-8f53-4f0f-9a06-0d6a3b1c2d3e-switched-1767614400000',
    kind: 'key-switched',
    reason: 'switched',
    detail: 'Consumers are given the new key. The old one stays valid for the overlap.',
    whatToDo:
      'Read the pointer and its key, or the direct value, once more. Whoever does not goes on with a valid key until its cache is over.',
    adminCall: 'GET /api/targets/ai-contoso/rotations/5f0c2a58-8f53-4f0f-9a06-0d6a3b1c2d3e',
    secrets: switchedSecrets,
    ...change,
  });
}
