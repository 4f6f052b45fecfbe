/** Where people reach Relay, as far as its configuration says. */
export interface PublicPlace {
  PUBLIC_URL: string;
  knowsPublicUrl: boolean;
}

/** What links to this Relay begin with, without a slash at the end: PUBLIC_URL, or where it was not given, where the request went. */
export function publicBase(
  { knowsPublicUrl, PUBLIC_URL }: PublicPlace,
  { isSecure, header }: { isSecure: boolean; header: (name: string) => string | undefined },
): string {
  const host = header('host');
  return knowsPublicUrl || !host ? PUBLIC_URL : `${isSecure ? 'https' : 'http'}://${host}`;
}
