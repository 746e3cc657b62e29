import { Worker } from 'node:worker_threads';

/** Messages to and from the worker. */
export interface BcryptQuestion {
  id: number;
  password: string;
  hash: string;
}
export interface BcryptAnswer {
  id: number;
  matches: boolean;
}

interface Waiting {
  resolve(matches: boolean): void;
  reject(error: Error): void;
}

/**
 * Compares passwords with bcrypt hashes in a worker thread, one at a time. bcrypt is slow by design; on the main thread it would
 * stop all traffic. The thread is started on first use.
 */
export class Bcrypt {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  compare(password: string, hash: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      this.waiting.set(id, { resolve, reject });
      this.worker ??= this.start();
      this.worker.postMessage({ id, password, hash } satisfies BcryptQuestion);
    });
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(new URL('./bcrypt-worker.js', import.meta.url));
    // The thread does not keep the program running.
    worker.unref();
    worker.on('message', ({ id, matches }: BcryptAnswer) => {
      this.waiting.get(id)?.resolve(matches);
      this.waiting.delete(id);
    });
    const ended = (error: Error): void => {
      if (this.worker !== worker) return;
      this.worker = undefined;
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    };
    worker.on('error', ended);
    worker.on('exit', () => ended(new Error('The bcrypt worker thread exited.')));
    return worker;
  }
}
