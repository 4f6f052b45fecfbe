import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';

/** How long an address is waited for before the next one is tried beside it (RFC 8305 §5). */
const NEXT_ADDRESS_MS = 250;

/**
 * Connects to whichever of a name's addresses takes the connection first: each next one is tried when those before it have failed
 * or take long, and none is given up because it is slow. What is not needed is closed.
 * @param connect begins to connect to one address.
 * @throws what failed, an AggregateError when several addresses did; the reason of the signal when that comes first.
 */
export function dial(
  addresses: readonly LookupAddress[],
  connect: (address: LookupAddress) => Socket,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const waiting = takingTurns(addresses);
    const connecting = new Set<Socket>();
    const errors: Error[] = [];
    let timer: NodeJS.Timeout | undefined;

    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      for (const socket of connecting) socket.destroy();
    };
    const giveUp = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const next = (): void => {
      clearTimeout(timer);
      const address = waiting.shift();
      if (address) begin(address);
      else if (connecting.size === 0) {
        end();
        reject(errors.length === 1 && errors[0] ? errors[0] : new AggregateError(errors));
      }
    };
    const begin = (address: LookupAddress): void => {
      const socket = connect(address);
      const failed = (error: Error): void => {
        connecting.delete(socket);
        errors.push(error);
        next();
      };
      connecting.add(socket.once('error', failed));
      socket.once('connect', () => {
        socket.off('error', failed);
        connecting.delete(socket);
        end();
        resolve(socket);
      });
      if (waiting.length > 0) timer = setTimeout(next, NEXT_ADDRESS_MS);
    };

    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    next();
  });
}

/** The families in turn, so that one that leads nowhere costs one wait (RFC 8305 §4). */
function takingTurns(addresses: readonly LookupAddress[]): LookupAddress[] {
  const [first] = addresses;
  const same = addresses.filter(({ family }) => family === first?.family);
  const other = addresses.filter(({ family }) => family !== first?.family);
  return same.flatMap((address, index) => [address, ...other.slice(index, index + 1)]).concat(other.slice(same.length));
}
