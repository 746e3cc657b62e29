import { createServer, type Server } from 'node:net';
import type { Test } from 'tap';
import { until } from './until.js';
import { Wire } from './wire.js';

/** The behaviour of a raw server on a connection; `index` counts connections. */
export type Script = (wire: Wire, index: number) => void | Promise<void>;

/** A server without a protocol: it follows its script and records every byte. */
export class RawOrigin {
  readonly connections: Wire[] = [];
  port = 0;
  private readonly server: Server;

  private constructor(
    private readonly t: Test,
    private readonly script: Script,
  ) {
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const wire = new Wire(socket);
      this.connections.push(wire);
      void this.serve(wire, this.connections.length - 1);
    });
  }

  /** Listens until the end of the test. */
  static async start(t: Test, script: Script = () => {}, host = '127.0.0.1'): Promise<RawOrigin> {
    const origin = new RawOrigin(t, script);
    await new Promise<void>((resolve, reject) => {
      origin.server.once('error', reject);
      origin.server.listen(0, host, resolve);
    });
    const address = origin.server.address();
    origin.port = typeof address === 'object' && address ? address.port : 0;
    t.teardown(() => origin.close());
    return origin;
  }

  /** `127.0.0.1:PORT` */
  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Waits for a connection. */
  async connection(index = 0): Promise<Wire> {
    await until(() => this.connections.length > index, `connection ${index} to the origin`);
    return this.connections[index]!;
  }

  close(): void {
    this.server.close();
    for (const wire of this.connections) wire.socket.destroy();
  }

  private async serve(wire: Wire, index: number): Promise<void> {
    try {
      await this.script(wire, index);
    } catch (error) {
      // The script of a closed connection fails while it waits; the test notices what is missing.
      if (!wire.closed) this.t.fail(`script of the origin: ${(error as Error).message}`);
    }
  }
}

/** A minimal response with a body. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A script that answers the requests of a connection in order; requests must have no body. */
export function answering(...answers: (string | Buffer)[]): Script {
  return async (wire) => {
    for (const [at, answer] of answers.entries()) {
      await wire.until(() => wire.closed || wire.text.split('\r\n\r\n').length > at + 1, `request ${at}`);
      if (wire.closed) return;
      wire.send(answer);
    }
  };
}
