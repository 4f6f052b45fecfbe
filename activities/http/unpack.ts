import zlib from 'node:zlib';

/**
 * The beginning of a compressed body, at least `limit` bytes of it if there are so many; little more is ever unpacked.
 * @param coding the `content-encoding` (RFC 9110 §8.4.1).
 * @param packed the body or its beginning.
 * @returns null when the coding is not known or nothing could be unpacked.
 */
export function unpack(coding: string, packed: Buffer, limit: number): Promise<Buffer | null> {
  const unpacking = unpacker(coding.trim().toLowerCase(), packed);
  if (!unpacking) return Promise.resolve(null);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (): void => {
      unpacking.destroy();
      resolve(length === 0 ? null : Buffer.concat(chunks));
    };
    unpacking.on('error', end).on('end', end);
    unpacking.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) end();
    });
    unpacking.end(packed);
  });
}

/** What is cut off is unpacked as far as it goes. */
const PARTIAL = { finishFlush: zlib.constants.Z_SYNC_FLUSH };

function unpacker(coding: string, packed: Buffer) {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip(PARTIAL);
    case 'deflate':
      return hasZlibHeader(packed) ? zlib.createInflate(PARTIAL) : zlib.createInflateRaw(PARTIAL);
    case 'br':
      return zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    default:
      return null;
  }
}

/** Some senders leave the zlib format's two bytes out (RFC 9110 §8.4.1.2). */
function hasZlibHeader(packed: Buffer): boolean {
  return packed.length >= 2 && ((packed[0] ?? 0) & 0x0f) === 8 && packed.readUInt16BE(0) % 31 === 0;
}
