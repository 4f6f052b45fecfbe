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
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        firstId ??= field('id');
        if (!field('event')) continue;
        const data = JSON.parse(field('data')) as Record<string, unknown>;
        messages.push({ id: field('id'), event: field('event'), data });
      }
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
