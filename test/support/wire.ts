import { connect, type Socket } from 'node:net';
import { PATIENCE } from './patience.js';

interface Waiter {
  met: () => boolean;
  resolve: () => void;
  reject: () => void;
}

/** One end of a raw TCP connection: records received bytes, and waits for conditions on them. */
export class Wire {
  /** Bytes received so far. */
  size = 0;
  /** The peer ended its side with FIN. */
  ended = false;
  /** The connection is closed or reset. */
  closed = false;
  /** Error code of the connection, such as `ECONNRESET`. */
  error: string | undefined;
  private chunks: Buffer[] = [];
  private waiters: Waiter[] = [];

  constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.size += chunk.length;
      this.look();
    });
    socket.on('end', () => {
      // If a reset arrives together with the last bytes, Node reports an end; a write reveals the reset.
      if (socket.writable) socket.write('', (error) => this.noteEnd(error));
      else this.noteEnd();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.closed = true;
      this.look();
    });
  }

  static connect(port: number, host = '127.0.0.1'): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host, allowHalfOpen: true, noDelay: true });
      const wire = new Wire(socket);
      socket.once('connect', () => resolve(wire));
      socket.once('error', reject);
    });
  }

  /** All received bytes. */
  get bytes(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? Buffer.alloc(0);
  }

  /** All received bytes as latin1. */
  get text(): string {
    return this.bytes.toString('latin1');
  }

  /** Text is sent as latin1. */
  send(content: string | Buffer): void {
    this.socket.write(typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  }

  /** Sends data and ends our side. */
  end(content: string | Buffer = ''): void {
    this.socket.end(typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  }

  /** Resets the connection. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /**
   * Waits until a condition holds; it is checked after each event of this connection.
   * @throws Error if the connection ends first, or at the time limit
   */
  async until(met: () => boolean, what: string): Promise<void> {
    if (met()) return;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        met,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: () => {
          clearTimeout(timer);
          this.waiters = this.waiters.filter((other) => other !== waiter);
          reject(new Error(`Waited in vain for ${what}; ${this.describe()}`));
        },
      };
      const timer = setTimeout(waiter.reject, PATIENCE);
      this.waiters.push(waiter);
      if (this.closed) waiter.reject();
    });
  }

  /** Waits until this was received, so many times. */
  has(text: string, times = 1): Promise<void> {
    return this.until(() => this.text.split(text).length > times, `${JSON.stringify(text)} (${times} times)`);
  }

  /** Waits until a number of bytes was received. */
  hasBytes(count: number): Promise<void> {
    return this.until(() => this.size >= count, `${count} bytes`);
  }

  /** Waits for the end of the peer's side. @returns the received text */
  async whole(): Promise<string> {
    await this.until(() => this.ended || this.closed, 'the end');
    return this.text;
  }

  /** Waits until the connection is closed. @returns `end`, the error code, or `cut` otherwise */
  async over(): Promise<string> {
    await this.until(() => this.closed, 'the connection to be over');
    return this.error ?? (this.ended ? 'end' : 'cut');
  }

  private noteEnd(error?: Error | null): void {
    this.ended = !error;
    this.look();
  }

  private look(): void {
    const met = this.waiters.filter((waiter) => waiter.met());
    if (met.length > 0) this.waiters = this.waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve();
    if (this.closed) for (const waiter of this.waiters) waiter.reject();
  }

  private describe(): string {
    const state = `${this.ended ? 'ended, ' : ''}${this.closed ? 'closed, ' : ''}${this.error ? `${this.error}, ` : ''}`;
    return `${state}${this.size} bytes received: ${JSON.stringify(this.bytes.toString('latin1', 0, 2000))}`;
  }
}
