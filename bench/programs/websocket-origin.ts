import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/*
 * `node websocket-origin.js`: a WebSocket server that sends back every message. It knows only what the benchmark sends: messages in one frame,
 * masked and not compressed. On raw sockets, as a library would be the bottleneck.
 */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const server = createServer({ noDelay: true }, (socket) => {
  let pending: Buffer = Buffer.alloc(0);
  let isOpen = false;
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    pending = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
    if (!isOpen) {
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const key = /^sec-websocket-key: *(\S+)/im.exec(pending.toString('latin1', 0, end))?.[1] ?? '';
      const accept = createHash('sha1')
        .update(key + MAGIC)
        .digest('base64');
      const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}`;
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`);
      pending = pending.subarray(end + 4);
      isOpen = true;
    }
    pending = echo(socket, pending);
  });
});

/** Sends back the whole frames. @returns the rest */
function echo(socket: Socket, bytes: Buffer): Buffer {
  let at = 0;
  while (bytes.length - at >= 2) {
    const short = bytes[at + 1]! & 0x7f;
    const size = short < 126 ? 0 : short === 126 ? 2 : 8;
    const start = at + 2 + size + 4;
    if (bytes.length < start) break;
    const length = size === 0 ? short : size === 2 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6);
    if (bytes.length < start + length) break;
    const answer = Buffer.concat([bytes.subarray(at, start - 4), bytes.subarray(start, start + length)]);
    answer[1]! &= 0x7f;
    unmask(answer, 2 + size, bytes.subarray(start - 4, start));
    socket.write(answer);
    at = start + length;
  }
  return bytes.subarray(at);
}

/** Takes the mask off, in place. The benchmark has one of zeros, and mitmdump its own. */
function unmask(bytes: Buffer, from: number, key: Buffer): void {
  if (key.readUInt32LE(0) === 0) return;
  for (let at = from; at < bytes.length; at++) bytes[at]! ^= key[(at - from) & 3]!;
}

server.listen(0, '127.0.0.1', 4096, () => {
  console.error(`WebSocket origin listening at 127.0.0.1:${(server.address() as AddressInfo).port}.`);
});
