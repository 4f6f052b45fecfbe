import type { Dispatcher } from 'undici';
import type { TrackedConnection, TrackedDispatch } from './connections.ts';
import { describeFailure } from './describeFailure.ts';
import type { AttemptError } from './errors.ts';
import { ResponseBody } from './responseBody.ts';
import { keepHeaders } from './responseHeaders.ts';

/** A response as it is recorded: the body cut at 16 KiB, the headers at 8 KiB. */
export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What one HTTP exchange came to. With both, the response had begun when it broke off. */
export interface ExchangeResult {
  response: HttpResponse | null;
  error: AttemptError | null;
  /** A kept-alive connection closed without a byte of response: it was most likely closing before the request. */
  stale: boolean;
}

/** One POST, to be over by `deadline` (on the `performance.now()` clock), `timeoutMs` after the attempt began. */
export interface ExchangeRequest {
  url: URL;
  /** The path and query, as they are sent. */
  target: string;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
  deadline: number;
  /** Closes the connection afterwards. */
  closeAfter?: boolean;
}

/** Sends one request over a dispatcher and waits for the end of the response. Never rejects, never outlives the deadline. */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<ExchangeResult> {
  return new Promise((resolve) => {
    const handler = new ExchangeHandler(request, resolve);
    const options: TrackedDispatch = {
      origin: request.url.origin,
      path: request.target,
      method: 'POST',
      headers: request.headers,
      body: request.body,
      reset: request.closeAfter ?? false,
      onRouted: (connection) => handler.routedTo(connection),
    };
    try {
      dispatcher.dispatch(options, handler);
    } catch (error) {
      handler.fail(error);
    }
  });
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  private readonly request: ExchangeRequest;
  private readonly resolve: (result: ExchangeResult) => void;
  private readonly timer: NodeJS.Timeout;
  private readonly body = new ResponseBody();
  private settled = false;
  private controller: Dispatcher.DispatchController | undefined;
  private connection: TrackedConnection | undefined;
  private reused = false;
  private firstByte = false;
  private head: { status: number; headers: Record<string, string> } | undefined;

  constructor(request: ExchangeRequest, resolve: (result: ExchangeResult) => void) {
    this.request = request;
    this.resolve = resolve;
    // One turn of the event loop, to take a response that arrived in time while this process was busy.
    this.timer = setTimeout(() => setImmediate(() => this.expire()), request.deadline - performance.now());
  }

  routedTo(connection: TrackedConnection): void {
    this.connection = connection;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.settled) return controller.abort(new Error('The deadline has passed'));
    this.reused = this.connection?.claim() ?? false;
  }

  onResponseStarted(): void {
    this.firstByte = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx announce a response that is still to come.
    if (status >= 200) this.head = { status, headers: keepHeaders(headers) };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.body.add(chunk)) return;
    this.settle(null);
    controller.abort(new Error('The response is longer than anyone needs'));
  }

  onResponseEnd(): void {
    this.settle(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  fail(error: unknown): void {
    this.settle(
      describeFailure(error, {
        connected: this.controller !== undefined,
        responded: this.head !== undefined,
        https: this.request.url.protocol === 'https:',
      }),
    );
  }

  private expire(): void {
    const { timeoutMs } = this.request;
    if (this.controller === undefined) {
      this.settle({ code: 'connect_timeout', message: `No connection within ${timeoutMs} ms` });
    } else if (this.head === undefined) {
      this.settle({ code: 'timeout', message: `No response within ${timeoutMs} ms` });
    } else {
      this.settle({ code: 'timeout', message: `The response did not end within ${timeoutMs} ms` });
    }
    this.controller?.abort(new Error('The deadline has passed'));
  }

  private settle(error: AttemptError | null): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    this.resolve({
      response: this.head === undefined ? null : { ...this.head, body: this.body.text() },
      error,
      stale: error?.code === 'reset' && this.reused && !this.firstByte,
    });
  }
}
