/** One message of a stream of server-sent events; `event` is empty for one that only carries an id or a wait. */
export interface StreamMessage {
  id: string | null;
  event: string;
  data: string;
  /** How long the server asks to wait before connecting again, in ms. */
  retryMs: number | null;
}

/**
 * The messages in a stream of server-sent events as they arrive (WHATWG HTML, "Parsing an event stream"). A quiet stream
 * tells where it stands by ids without data, which eventsource-parser drops before its version 4, for Node 22.
 */
export async function* readMessages(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamMessage> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be half of a CRLF.
    const whole = text.endsWith('\r') ? text.length - 1 : text.length;
    const blocks = (text.slice(0, whole).replace(/\r\n?/g, '\n') + text.slice(whole)).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield readMessage(block);
  }
}

function readMessage(block: string): StreamMessage {
  const message: StreamMessage = { id: null, event: '', data: '', retryMs: null };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') message.id = value;
    else if (field === 'event') message.event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'retry' && /^\d+$/.test(value)) message.retryMs = Number(value);
  }
  return { ...message, data: data.join('\n') };
}
