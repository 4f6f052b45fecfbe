/** What receivers see as `user-agent`. */
export const USER_AGENT = 'Relay-Webhooks/1';
