/** Programs that fetch a link from a message to show what is behind it, as they name themselves. */
const PREVIEWS =
  /bot\b|bot\/|preview|crawl|spider|facebookexternalhit|whatsapp|skypeuri|slack-imgproxy|mattermost|safelinks/i;

/** Whether a program asks that would open a link for nobody, by its User-Agent. */
export function isPreview(userAgent: string | undefined): boolean {
  return userAgent !== undefined && PREVIEWS.test(userAgent);
}
