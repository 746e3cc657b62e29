import { constants, createWriteStream, openSync, type WriteStream } from 'node:fs';

const BACKLOG_LIMIT = 1024 * 1024;
// `O_NONBLOCK`: opening a named pipe without a reader fails at once instead of blocking.
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

/**
 * Session secrets in the NSS key log format, for Wireshark and other tools: appends lines to a file that only our user
 * can read. A write error ends the log, not the program.
 */
export class KeyLog {
  private readonly stream: WriteStream | undefined;
  private broken = false;

  /** @param onError called once, with a sentence, when the log ends on an error */
  constructor(
    private readonly file: string,
    private readonly onError: (message: string) => void,
  ) {
    try {
      this.stream = createWriteStream(file, { fd: openSync(file, APPEND, 0o600) });
      this.stream.on('error', (error) => this.fail(error));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /**
   * The log for `TSDUMP_SSLKEYLOGFILE`, or else for `SSLKEYLOGFILE`, which other programs in the same environment also
   * write to.
   */
  static fromEnvironment(
    environment: Readonly<Record<string, string | undefined>>,
    onError: (message: string) => void,
  ): KeyLog | undefined {
    const file = environment.TSDUMP_SSLKEYLOGFILE || environment.SSLKEYLOGFILE;
    return file ? new KeyLog(file, onError) : undefined;
  }

  /** @param line from the `keylog` event of a TLS socket, with its newline */
  write(line: Buffer): void {
    if (this.broken || !this.stream) return;
    this.stream.write(line);
    if (this.stream.writableLength > BACKLOG_LIMIT) this.fail(new Error('its reader does not keep up'));
  }

  /** Resolves when all lines are in the file, or the log has failed. */
  close(): Promise<void> {
    const { stream } = this;
    if (!stream || stream.closed) return Promise.resolve();
    return new Promise((resolve) => {
      stream.once('close', resolve);
      if (!stream.destroyed) stream.end();
    });
  }

  private fail(reason: Error): void {
    if (this.broken) return;
    this.broken = true;
    this.stream?.destroy();
    this.onError(`TLS secrets are not written to ${this.file}: ${reason.message}`);
  }
}
