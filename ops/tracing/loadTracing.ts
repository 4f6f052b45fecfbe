import type { Logger } from '../logger.ts';
import { NO_TRACING, type Tracing } from './tracing.ts';

/**
 * Tracing as the standard `OTEL_*` variables say. OpenTelemetry is loaded only when they name an exporter or where to
 * send to: without them it costs nothing.
 */
export async function loadTracing(env: NodeJS.ProcessEnv, logger: Logger): Promise<Tracing> {
  const exporter = env['OTEL_TRACES_EXPORTER'];
  const target = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (!(exporter || target) || exporter === 'none' || env['OTEL_SDK_DISABLED'] === 'true') return NO_TRACING;
  if (exporter && exporter !== 'otlp') {
    logger.warn('There are no traces: OTEL_TRACES_EXPORTER may be otlp or none', { exporter });
    return NO_TRACING;
  }
  const { createOpenTelemetry } = await import('./openTelemetry.ts');
  return createOpenTelemetry(logger);
}
