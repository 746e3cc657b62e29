import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds between the requests of a client that is not in a hurry. */
const PACE = 100;

/** Clients that send requests through a proxy, each one at a time, until they are stopped or the proxy has ended. */
export class Load {
  /** Numbers of requests with a complete response, and its time in milliseconds of `performance.now()`. */
  readonly answered = new Map<number, number>();
  /** Whether the clients send as fast as they can. Tests that wait for responses to age need not keep the machine busy. */
  hurried = true;
  /** When the requests without a response were sent. */
  private readonly pending = new Map<number, number>();
  private longest = 0;
  private readonly agent: Agent;
  private readonly clients: Promise<void>[];
  private number = 0;
  private stopped = false;

  /**
   * @param port of the proxy
   * @param url makes the URL of a request from its number
   */
  constructor(
    private readonly port: number,
    private readonly url: (number: number) => string,
    clients = 8,
    first = 0,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: clients });
    this.number = first;
    this.clients = Array.from({ length: clients }, () => this.run());
  }

  /** Number of requests sent, including earlier rounds. */
  get next(): number {
    return this.number;
  }

  /** Whether a response arrived more than this number of milliseconds ago. */
  lastsFor(time: number): boolean {
    const [first] = this.answered.values();
    return first !== undefined && performance.now() - first > time;
  }

  /** The longest time between a request and its response so far, in milliseconds; also of those without a response. */
  slowest(): number {
    const now = performance.now();
    return Math.max(this.longest, ...[...this.pending.values()].map((sent) => now - sent));
  }

  /** Resolves when all requests are answered. @returns their numbers */
  async stop(): Promise<number[]> {
    this.stopped = true;
    await Promise.all(this.clients);
    this.agent.destroy();
    return [...this.answered.keys()].sort((one, other) => one - other);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const number = this.number++;
      const sent = performance.now();
      this.pending.set(number, sent);
      try {
        await this.ask(this.url(number));
      } catch {
        return;
      } finally {
        this.pending.delete(number);
      }
      const now = performance.now();
      this.longest = Math.max(this.longest, now - sent);
      this.answered.set(number, now);
      if (!this.hurried) await setTimeout(PACE);
    }
  }

  private async ask(url: string): Promise<void> {
    const asking = request({ host: '127.0.0.1', port: this.port, path: url, agent: this.agent }).end();
    const [response] = await once(asking, 'response');
    for await (const _chunk of response);
    if (response.statusCode !== 200 || !response.complete) throw new Error(`status ${response.statusCode}`);
  }
}
