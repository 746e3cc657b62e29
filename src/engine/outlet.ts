import type { Socket } from 'node:net';

/** Beyond this many bytes that the kernel has not taken, whoever feeds an outlet is paused. */
const HIGH_WATER = 128 * 1024;
/** Pieces up to this size are copied into one write with the head: cheaper than a write of several buffers. */
const COPY_LIMIT = 8 * 1024;

/** The writing side of a socket: puts a head and the first piece of its body into one write, and tells when to wait. */
export class Outlet {
  /** Called when there is room again after `full`. */
  onDrain: () => void = () => {};
  private head: Buffer | undefined;

  constructor(readonly socket: Socket) {
    socket.on('drain', () => this.onDrain());
  }

  /** Keeps a head back until the first piece of the body, or `flush`. */
  writeHead(head: Buffer): void {
    this.flush();
    this.head = head;
  }

  write(bytes: Buffer): void {
    const head = this.head;
    if (head === undefined) {
      this.socket.write(bytes);
      return;
    }
    this.head = undefined;
    if (head.buffer === bytes.buffer && head.byteOffset + head.length === bytes.byteOffset) {
      this.socket.write(Buffer.from(head.buffer, head.byteOffset, head.length + bytes.length));
    } else if (bytes.length <= COPY_LIMIT) {
      this.socket.write(Buffer.concat([head, bytes]));
    } else {
      this.socket.cork();
      this.socket.write(head);
      this.socket.write(bytes);
      this.socket.uncork();
    }
  }

  /** Forgets a head that is still kept back. @returns whether there was one */
  dropHead(): boolean {
    const dropped = this.head !== undefined;
    this.head = undefined;
    return dropped;
  }

  flush(): void {
    if (this.head === undefined) return;
    this.socket.write(this.head);
    this.head = undefined;
  }

  /** True while the peer takes less than it is sent. */
  get full(): boolean {
    return this.socket.writableLength > HIGH_WATER;
  }
}
