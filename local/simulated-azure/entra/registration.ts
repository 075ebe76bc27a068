/** An app registration, and what signs in for it in this tenant. */
export interface Registration {
  /** Of the application object; `appId` is the client id. */
  readonly id: string;
  readonly appId: string;
  displayName: string;
  signInAudience: string;
  identifierUris: readonly string[];
  appRoles: readonly Entitlement[];
  api: ApiSettings;
  /** Addresses of pages that sign people in: the platform "single-page application". */
  spa: { readonly redirectUris: readonly string[] };
  /** What it asks of other apps, Microsoft Graph among them. */
  requiredResourceAccess: readonly { readonly resourceAppId: string; readonly resourceAccess: readonly object[] }[];
  /** Null: nobody can sign in to it. With it go the roles that it gave. */
  servicePrincipal: { readonly id: string; readonly appRoleAssignedTo: AppRoleAssignment[] } | null;
}

/** A role or a scope. */
export type Entitlement = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly value: string | null;
  readonly isEnabled: boolean;
};

export interface ApiSettings {
  readonly requestedAccessTokenVersion: number | null;
  readonly oauth2PermissionScopes: readonly Entitlement[];
  readonly preAuthorizedApplications: readonly {
    readonly appId: string;
    readonly delegatedPermissionIds: readonly string[];
  }[];
}

interface AppRoleAssignment {
  readonly id: string;
  readonly appRoleId: string;
  readonly principalId: string;
  readonly resourceId: string;
}
