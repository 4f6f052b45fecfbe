import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Told of each error that is logged at level `error`, with the other members of its line. */
export type CaptureException = (error: unknown, context: Record<string, unknown>) => unknown;

/**
 * Loads the module that reports errors to wherever an installation collects them.
 * @param path of an ES or CommonJS module that exports `captureException`, as seen from the working directory.
 * @throws when it cannot be loaded or exports no such function: a process that was to report errors must not run without.
 */
export async function loadErrorHook(path: string | undefined): Promise<CaptureException | undefined> {
  if (path === undefined) return undefined;
  const url = pathToFileURL(resolve(path)).href;
  const module = (await import(url)) as Record<string, unknown>;
  const { captureException } = module;
  if (typeof captureException !== 'function') throw new Error(`ERROR_HOOK: ${path} exports no captureException`);
  return captureException as CaptureException;
}
