import { createCipheriv, createDecipheriv, createECDH, createHash, createHmac, randomBytes, sign } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import type { Identity } from './identity.js';
import { listen } from './listen.js';

export interface LegacyTlsServerOptions extends Identity {
  /** Whether it supports secure renegotiation (RFC 5746). */
  secureRenegotiation?: boolean;
  /** The key that signs its key exchange. */
  digest?: 'sha1' | 'sha256';
}

const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION_DATA = 23;
const VERSION = Buffer.from([3, 3]);
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nlegacy';

/**
 * A TLS 1.2 server (RFC 5246) from before RFC 5746, which no library supports any more. It speaks only
 * ECDHE-ECDSA-AES128-GCM-SHA256 on P-256, sends one response per connection, and verifies nothing.
 * @returns its port
 */
export async function legacyTlsServer(t: Test, options: LegacyTlsServerOptions): Promise<number> {
  return listen(
    t,
    createServer((socket) => {
      serve(socket, options).catch(() => socket.destroy());
    }),
  );
}

async function serve(
  socket: Socket,
  { key, cert, secureRenegotiation = true, digest = 'sha256' }: LegacyTlsServerOptions,
): Promise<void> {
  const records = readRecords(socket);
  const next = async (): Promise<Buffer> => (await records.next()).value!;
  const transcript: Buffer[] = [];
  const say = (type: number, ...parts: Buffer[]): void => {
    const body = message(type, ...parts);
    transcript.push(body);
    socket.write(record(HANDSHAKE, body));
  };

  const hello = await next();
  transcript.push(hello);
  const clientRandom = hello.subarray(6, 38);
  const serverRandom = randomBytes(32);
  const extensions = Buffer.from(secureRenegotiation ? '0005ff01000100' : '', 'hex');
  say(2, VERSION, serverRandom, Buffer.from([0, 0xc0, 0x2b, 0]), extensions);
  say(11, sized(3, sized(3, Buffer.from(cert.replace(/-----[^-]+-----|\s/g, ''), 'base64'))));
  const ecdh = createECDH('prime256v1');
  const parameters = Buffer.concat([Buffer.from([3, 0, 23]), sized(1, ecdh.generateKeys())]);
  const signature = sign(digest, Buffer.concat([clientRandom, serverRandom, parameters]), key);
  say(12, parameters, Buffer.from([digest === 'sha1' ? 2 : 4, 3]), sized(2, signature));
  say(14);

  const keyExchange = await next();
  transcript.push(keyExchange);
  const secret = ecdh.computeSecret(keyExchange.subarray(5));
  const master = prf(secret, 'master secret', Buffer.concat([clientRandom, serverRandom]), 48);
  const keys = prf(master, 'key expansion', Buffer.concat([serverRandom, clientRandom]), 40);
  const client = new Protection(keys.subarray(0, 16), keys.subarray(32, 36));
  const own = new Protection(keys.subarray(16, 32), keys.subarray(36, 40));
  await next();
  transcript.push(client.open(HANDSHAKE, await next()));
  const hash = createHash('sha256').update(Buffer.concat(transcript)).digest();
  socket.write(record(CHANGE_CIPHER_SPEC, Buffer.from([1])));
  socket.write(record(HANDSHAKE, own.seal(HANDSHAKE, message(20, prf(master, 'server finished', hash, 12)))));
  client.open(APPLICATION_DATA, await next());
  socket.end(record(APPLICATION_DATA, own.seal(APPLICATION_DATA, Buffer.from(RESPONSE))));
}

/** AES-128-GCM of one direction (RFC 5288). */
class Protection {
  private count = 0n;

  constructor(
    private readonly key: Buffer,
    private readonly salt: Buffer,
  ) {}

  seal(type: number, content: Buffer): Buffer {
    const nonce = sequence(this.count);
    const cipher = createCipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, nonce]));
    cipher.setAAD(this.additional(type, content.length));
    return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  }

  open(type: number, sealed: Buffer): Buffer {
    const decipher = createDecipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, sealed.subarray(0, 8)]));
    decipher.setAAD(this.additional(type, sealed.length - 24));
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(8, -16)), decipher.final()]);
  }

  private additional(type: number, length: number): Buffer {
    const size = Buffer.from([length >> 8, length & 0xff]);
    return Buffer.concat([sequence(this.count++), Buffer.from([type]), VERSION, size]);
  }
}

async function* readRecords(socket: Socket): AsyncGenerator<Buffer, undefined> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) {
      const end = 5 + bytes.readUInt16BE(3);
      yield bytes.subarray(5, end);
      bytes = bytes.subarray(end);
    }
  }
}

function record(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), VERSION, sized(2, body)]);
}

function message(type: number, ...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([type]), sized(3, Buffer.concat(parts))]);
}

/** Bytes with a length prefix of the given size. */
function sized(bytes: number, content: Buffer): Buffer {
  const size = Buffer.alloc(bytes);
  size.writeUIntBE(content.length, 0, bytes);
  return Buffer.concat([size, content]);
}

function sequence(count: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(count);
  return bytes;
}

/** RFC 5246 section 5. */
function prf(secret: Buffer, label: string, seed: Buffer, size: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label), seed]);
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();
  const blocks: Buffer[] = [];
  for (let a = hmac(labelled); blocks.length * 32 < size; a = hmac(a)) {
    blocks.push(hmac(Buffer.concat([a, labelled])));
  }
  return Buffer.concat(blocks).subarray(0, size);
}
