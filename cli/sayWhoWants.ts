/** Says on stderr that an event went to nobody, and how to see why. */
export function sayWhoWants(eventType: string, deliveryCount: number): void {
  if (deliveryCount > 0) return;
  console.error(`No webhook of that client wants ${eventType}: relay webhooks list shows what each one wants.`);
}
