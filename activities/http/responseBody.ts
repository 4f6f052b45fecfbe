import { TextDecoder } from 'node:util';
import { unpack } from './unpack.ts';

/** How much of a response body is kept, in bytes of UTF-8 (docs/CONTRACT.md §5). */
const MAX_KEPT_BODY_BYTES = 16 * 1024;

/** How much of a response body is read so that its connection can be used again, in bytes. */
export const MAX_READ_BODY_BYTES = 1024 * 1024;

/** Collects the beginning of a response body and only counts the rest. */
export class ResponseBody {
  private readonly kept: Buffer[] = [];
  private received = 0;

  /** Takes the next bytes; false once more than {@link MAX_READ_BODY_BYTES} have come. */
  add(chunk: Buffer): boolean {
    const room = MAX_KEPT_BODY_BYTES - this.received;
    // Copied: a slice would keep the whole network buffer it lies in.
    if (room > 0) this.kept.push(Buffer.from(chunk.subarray(0, room)));
    this.received += chunk.length;
    return this.received <= MAX_READ_BODY_BYTES;
  }

  /**
   * What was kept, as text of at most {@link MAX_KEPT_BODY_BYTES} bytes of UTF-8: bytes that are none in the charset of its
   * `content-type`, by default UTF-8, and U+0000, which PostgreSQL's text cannot hold, become U+FFFD. What is compressed in a known
   * `content-encoding` is unpacked, as far as it is kept.
   */
  async text(headers: Record<string, string>): Promise<string> {
    const coding = headers['content-encoding'] ?? '';
    const bytes = Buffer.concat(this.kept);
    const unpacked = await unpack(coding, bytes, MAX_KEPT_BODY_BYTES);
    const isCut = this.received > MAX_KEPT_BODY_BYTES || (unpacked?.length ?? 0) > MAX_KEPT_BODY_BYTES;
    const kept = (unpacked ?? bytes).subarray(0, MAX_KEPT_BODY_BYTES);
    // As a stream it leaves out what a cut left of a character.
    const text = decoderFor(headers['content-type'] ?? '').decode(kept, { stream: isCut });
    return truncateUtf8(text.replaceAll('\0', '\uFFFD'), MAX_KEPT_BODY_BYTES);
  }
}

/** UTF-8 where no charset is named, or one that is not known (https://encoding.spec.whatwg.org/#names-and-labels). */
function decoderFor(contentType: string): TextDecoder {
  const label = /;\s*charset="?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return new TextDecoder('utf-8', { ignoreBOM: true });
  }
}

/** Cuts a text to at most `maxBytes` bytes of UTF-8, between characters. */
function truncateUtf8(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes ? text : dropPartialCharacter(bytes.subarray(0, maxBytes)).toString('utf8');
}

/** Removes a character at the end whose last bytes were cut off. */
function dropPartialCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}

function sequenceLength(leadByte: number): number {
  if (leadByte >= 0xf0) return 4;
  if (leadByte >= 0xe0) return 3;
  return leadByte >= 0xc0 ? 2 : 1;
}
