/** A host, an address without its brackets, and a port. */
export interface Endpoint {
  host: string;
  port: number;
}

/** Where a connection for an HTTP or HTTPS URL goes. */
export function endpointOf({ hostname, port, protocol }: URL): Endpoint {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}
