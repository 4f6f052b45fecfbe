import { readMessages } from '../../client/readMessages.ts';

interface StreamMessage {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** Follows `GET /api/stream` and keeps what came. */
export async function followStream(url: string, headers: Record<string, string>) {
  const abort = new AbortController();
  const response = await fetch(`${url}/api/stream`, { headers, signal: abort.signal });
  const messages: StreamMessage[] = [];
  let isOpen = response.ok;
  let firstId: string | undefined;
  async function read(): Promise<void> {
    for await (const { id, event, data } of readMessages(response.body as unknown as AsyncIterable<Uint8Array>)) {
      firstId ??= id ?? '';
      if (event) messages.push({ id: id ?? '', event, data: JSON.parse(data) as Record<string, unknown> });
    }
  }
  const reading = (response.ok ? read() : Promise.resolve()).catch(() => undefined).finally(() => (isOpen = false));
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    messages,
    /** What a reader would resume from that goes at once. */
    firstId: () => firstId,
    isOpen: () => isOpen,
    async close() {
      abort.abort();
      await reading;
    },
  };
}
