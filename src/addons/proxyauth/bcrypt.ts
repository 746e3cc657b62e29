import { Worker } from 'node:worker_threads';

/** What the worker is asked, and what it answers. */
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
 * Compares passwords with bcrypt hashes in a thread of its own, one after the other: a comparison takes a good part of a
 * second by intention, in which no traffic would flow. The thread is started for the first one.
 */
export class Bcrypt {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;

  compare(password: string, hash: string): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const id = ++this.asked;
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
    // The program does not stay for it.
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
    worker.on('exit', () => ended(new Error('The thread for bcrypt has ended.')));
    return worker;
  }
}
