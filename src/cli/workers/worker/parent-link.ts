import type { BoundSocket } from '../../../engine/index.js';
import type { ToParent, ToWorker, WorkerStart } from '../messages.js';

/** The handlers of a worker for messages from its parent. */
export interface LinkHandlers {
  stop(graceMs: number): void;
  force(): void;
  captures(paths: readonly string[]): void;
  /** The parent process has ended. */
  orphaned(): void;
}

/** The message channel between a worker and its parent. */
export class ParentLink {
  /** Resolves with the start message and the listening sockets. */
  readonly started: Promise<{ start: WorkerStart; sockets: readonly BoundSocket[] }>;
  /** Resolves when the worker may serve clients, or should stop. */
  readonly released: Promise<void>;
  /** Milliseconds that exchanges in progress may take after `stop`; undefined before it. */
  graceMs: number | undefined;
  private handlers: LinkHandlers | undefined;
  private readonly sockets: BoundSocket[] = [];
  private start: WorkerStart | undefined;
  private release!: () => void;
  private begin!: (started: { start: WorkerStart; sockets: readonly BoundSocket[] }) => void;
  private gone = false;
  private readonly keys: ((pem: string) => void)[] = [];
  /** Pending calls of `alone`. */
  private readonly pendingAlone: (() => void)[] = [];

  constructor() {
    this.started = new Promise((resolve) => {
      this.begin = resolve;
    });
    this.released = new Promise((resolve) => {
      this.release = resolve;
    });
    process.on('message', (message: ToWorker, handle: unknown) => this.receive(message, handle));
    process.on('disconnect', () => {
      this.gone = true;
      this.release();
      this.handlers?.orphaned();
    });
  }

  /** Sets the handlers. An end of the parent or a `stop` that came before is passed on at once. */
  handle(handlers: LinkHandlers): void {
    this.handlers = handlers;
    if (this.gone) handlers.orphaned();
    else if (this.graceMs !== undefined) handlers.stop(this.graceMs);
  }

  get isOrphaned(): boolean {
    return this.gone;
  }

  send(message: ToParent): void {
    // A failure means that the parent is gone, and the event `disconnect` reports that.
    if (process.connected) process.send!(message, undefined, undefined, () => {});
  }

  /** Requests the RSA key of leaf certificates from the parent. */
  rsaKey(): Promise<string> {
    return new Promise((resolve) => {
      this.keys.push(resolve);
      this.send({ type: 'rsa-key' });
    });
  }

  /**
   * Tells the parent that a script requires a single process. Resolves when the parent has confirmed that this is the only
   * worker.
   */
  alone(script: string): Promise<void> {
    return new Promise((resolve) => {
      this.pendingAlone.push(resolve);
      this.send({ type: 'alone', script });
    });
  }

  private receive(message: ToWorker, handle: unknown): void {
    switch (message.type) {
      case 'start':
        this.start = message.start;
        break;
      case 'socket':
        this.sockets.push(handle as BoundSocket);
        break;
      case 'serve':
        return this.release();
      case 'stop':
        this.send({ type: 'heard' });
        this.graceMs = Math.min(this.graceMs ?? Number.POSITIVE_INFINITY, message.graceMs);
        this.release();
        return this.handlers?.stop(this.graceMs);
      case 'force':
        this.send({ type: 'heard' });
        return this.handlers?.force();
      case 'captures':
        return this.handlers?.captures(message.captures);
      case 'alone':
        for (const resolve of this.pendingAlone.splice(0)) resolve();
        return;
      case 'rsa-key':
        for (const resolve of this.keys.splice(0)) resolve(message.pem);
    }
    const { start, sockets } = this;
    if (start && sockets.length === start.sockets) this.begin({ start, sockets });
  }
}
