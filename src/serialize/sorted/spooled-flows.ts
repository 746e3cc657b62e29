import { closeSync, createWriteStream, type WriteStream } from 'node:fs';
import type { TemporaryFile } from '../../flow/body/spool-cipher.js';
import type { SpoolPolicy } from '../../flow/body/spool-policy.js';
import { type Flow, releaseFlow } from '../../flow/flow.js';
import { systemErrorText } from '../../flow/system-error.js';
import type { Damage } from '../input/damage.js';
import { NativeWriter } from '../native/native-writer.js';
import type { OutputError, Sink } from '../output/sinks.js';

/** A temporary flow file for inputs that can be read only once. */
export class SpooledFlows {
  /** Number of flows in the file. */
  count = 0;
  private readonly file: TemporaryFile;
  private handedOver = false;
  private readonly writer: NativeWriter;
  private failure: OutputError | undefined;

  /** @throws Error (of `fs`) if it cannot be created */
  constructor(policy: SpoolPolicy) {
    this.file = policy.openFile();
    const onError = (error: OutputError): void => {
      this.failure = error;
    };
    this.writer = new NativeWriter(new SpoolSink(this.file, policy.dir), { onError });
  }

  /**
   * Writes a flow.
   * @param onProblem receives the reason why the flow or one of its bodies cannot be read or kept
   * @throws OutputError if the file cannot be written
   */
  async write(flow: Flow, onProblem: (error: Error) => void): Promise<void> {
    let pending: undefined | Promise<void>;
    try {
      pending = this.writer.write(flow);
    } catch (error) {
      onProblem(error as Error);
      return;
    }
    await pending?.catch(onProblem);
    if (this.failure) throw this.failure;
    this.count++;
  }

  /**
   * Copies a flow that is being read, and releases it. A flow that cannot be read as a whole is reported as damage.
   * @throws OutputError if the file cannot be written
   */
  async copy(flow: Flow, onDamage: (damage: Damage) => void): Promise<void> {
    await this.write(flow, (error) =>
      onDamage({
        kind: 'body',
        offset: 0,
        message: `Flow ${flow.id} cannot be read as a whole: ${systemErrorText(error)}`,
      }),
    );
    releaseFlow(flow);
  }

  /**
   * Ends writing.
   * @returns the file; the caller closes it
   * @throws OutputError if a write failed
   */
  async finish(): Promise<TemporaryFile> {
    await this.writer.close();
    if (this.failure) throw this.failure;
    this.handedOver = true;
    return this.file;
  }

  /** Closes the file, unless it was handed over. */
  close(): void {
    if (!this.handedOver) closeSync(this.file.fd);
    this.handedOver = true;
  }
}

class SpoolSink implements Sink {
  readonly name: string;
  size = 0;
  private readonly stream: WriteStream;
  private readonly encrypt: ((bytes: Buffer) => Buffer) | undefined;

  constructor({ fd, cipher }: TemporaryFile, dir: string) {
    this.name = `a temporary file in ${dir} (spool_dir)`;
    this.encrypt = cipher?.from(0);
    this.stream = createWriteStream('', { fd, autoClose: false });
    // The callbacks of the writes receive the error.
    this.stream.on('error', () => {});
  }

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    this.stream.cork();
    chunks.forEach((chunk, at) => {
      this.size += chunk.length;
      this.stream.write(this.encrypt ? this.encrypt(chunk) : chunk, at === chunks.length - 1 ? done : undefined);
    });
    this.stream.uncork();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
