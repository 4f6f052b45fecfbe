type Attributes = Record<string, string | number | boolean>;

/** A piece of work in a trace. */
export interface Span {
  /** The W3C trace context to hand on; null when there is no trace. */
  readonly traceparent: string | null;
  /** To be called once. With `error`, a short class such as `timeout`, the work failed. */
  end(result?: { name?: string; attributes?: Attributes; error?: string | undefined }): void;
}

export interface Tracing {
  /** @param options.parent the trace context that the work belongs to; null begins a trace. */
  start(
    name: string,
    options: { kind: 'server' | 'internal' | 'client'; parent: string | null; attributes?: () => Attributes },
  ): Span;
  /** Sends what is still to be sent; gives up after some seconds. */
  stop(): Promise<void>;
}

/** Makes no spans and hands the caller's trace context on as it came, so that a receiver can still join the trace. */
export const NO_TRACING: Tracing = {
  start: (_name, { parent }) => ({ traceparent: parent, end: () => undefined }),
  stop: () => Promise.resolve(),
};
