import { connectReading } from './client.js';

export interface WebSocketLoad {
  /** Port of 127.0.0.1 to connect to. */
  port: number;
  /** Value of `Host`; the request target is in absolute form. */
  host: string;
  connections: number;
  /** Bytes of a message. */
  size: number;
  seconds: number;
}

/**
 * Sends messages over WebSockets for some seconds, each when the one before has come back.
 * @returns how many came back
 * @throws Error if a connection fails or is closed early
 */
export async function exchangeMessages({ port, host, connections, size, seconds }: WebSocketLoad): Promise<number> {
  const frame = textFrame(size);
  // What comes back has no mask.
  const answer = frame.length - 4;
  const opening = Buffer.from(
    `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const deadline = performance.now() + seconds * 1000;
  let exchanged = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let head = '';
      let isOpen = false;
      let left = 0;
      const next = (): void => {
        if (performance.now() >= deadline) {
          resolve();
          socket.destroy();
          return;
        }
        left = answer;
        socket.write(frame);
      };
      const take = (bytes: Buffer): void => {
        if (!isOpen) {
          head += bytes.toString('latin1');
          if (!head.endsWith('\r\n\r\n')) return;
          if (!head.startsWith('HTTP/1.1 101 ')) reject(new Error(`No WebSocket: ${head.split('\r\n')[0]}`));
          isOpen = true;
          next();
          return;
        }
        left -= bytes.length;
        if (left > 0) return;
        exchanged++;
        next();
      };
      const socket = connectReading(port, take, reject);
      socket.once('connect', () => socket.write(opening));
      socket.once('close', () => reject(new Error('A WebSocket was closed early')));
    });
  await Promise.all(Array.from({ length: connections }, one));
  return exchanged;
}

/** A text message in one frame, with a mask of zeros. */
function textFrame(size: number): Buffer {
  const length = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + length + 4 + size, 'x');
  frame.fill(0, 0, frame.length - size);
  frame[0] = 0x81;
  frame[1] = 0x80 | (length === 0 ? size : length === 2 ? 126 : 127);
  if (length === 2) frame.writeUInt16BE(size, 2);
  else if (length === 8) frame.writeUIntBE(size, 4, 6);
  return frame;
}
