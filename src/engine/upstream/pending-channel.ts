import type { LeaveSignal } from '../net/leave-signal.js';
import type { ServerChannel } from './server-channel.js';

/** A connection that is opened before a request needs it. `take` transfers its ownership. */
export class PendingChannel {
  private taken = false;

  /**
   * @param opening resolves to an error if it failed
   * @param signal aborted when the client has left
   */
  constructor(
    private readonly opening: Promise<ServerChannel | Error>,
    signal: LeaveSignal,
  ) {
    signal.addEventListener('abort', () => this.dispose());
    if (signal.aborted) this.dispose();
  }

  /** Takes the connection, or the error of opening it. @returns undefined if it was taken before */
  take(): Promise<ServerChannel | Error> | undefined {
    if (this.taken) return undefined;
    this.taken = true;
    return this.opening;
  }

  /** Passes the connection to a listener once it is open, which it may be already, unless it is taken before. */
  whenOpen(listener: (channel: ServerChannel) => void): void {
    void this.opening.then((channel) => {
      if (this.taken || channel instanceof Error || channel.destroyed) return;
      this.taken = true;
      listener(channel);
    });
  }

  /** Closes the connection if it was not taken. */
  dispose(): void {
    void this.take()?.then((channel) => {
      if (!(channel instanceof Error)) channel.destroy();
    });
  }
}
