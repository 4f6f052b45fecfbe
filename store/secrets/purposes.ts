/** What a webhook's signing secrets are sealed for. */
export const purposeOfSecret = (webhookId: string) => `webhook ${webhookId} secret`;

/** What a webhook's hidden settings are sealed for. */
export const purposeOfSettings = (webhookId: string) => `webhook ${webhookId} settings`;

/** What a webhook's credentials are sealed for. */
export const purposeOfCredentials = (webhookId: string) => `webhook ${webhookId} credentials`;

/** What the ID token of a person's session is sealed for. */
export const purposeOfIdToken = (keyId: string) => `key ${keyId} ID token`;
