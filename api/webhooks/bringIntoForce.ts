import type { AppServices } from '../appServices.ts';

/**
 * Lets this process work with a webhook as it is now, before its caller is answered. Other processes hear of it from
 * PostgreSQL, and so does this one if the read fails: the change is made, so that is no reason to answer with an error.
 */
export async function bringIntoForce(
  { directory, logger }: Pick<AppServices, 'directory' | 'logger'>,
  webhookId: string,
): Promise<void> {
  await directory.refresh(webhookId).catch((error: unknown) => {
    logger.warn('A changed webhook could not be read back', { webhookId, error });
  });
}
