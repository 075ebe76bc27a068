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
