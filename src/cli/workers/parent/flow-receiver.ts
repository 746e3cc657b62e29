import type { Socket } from 'node:net';
import { ByteLog } from '../../../flow/body/bytelog.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Flow } from '../../../flow/flow.js';
import { DamageLog } from '../../../serialize/input/damage.js';
import { storedBytes } from '../../../serialize/native/bodies/coded-body.js';
import {
  decodeHead,
  HEAD_SIZE,
  KIND_FLOW,
  KIND_LABEL,
  type RecordHead,
} from '../../../serialize/native/record/record.js';
import { RecordDamage } from '../../../serialize/native/record/record-damage.js';
import { RecordParser } from '../../../serialize/native/record/record-parser.js';
import { ACKNOWLEDGEMENT } from '../messages.js';
import { ReceivedBytes } from './received-bytes.js';

/** Bodies up to this size are taken with their record; larger ones are kept like those of live flows. */
const SMALL = 256 * 1024;

export interface FlowReceiverOptions {
  policy: SpoolPolicy;
  /**
   * Takes a flow, and releases it.
   * @param label says which groups the flow belongs to; undefined if there is only one
   * @returns a promise if the next flow has to wait
   */
  onFlow: (flow: Flow, label: Buffer | undefined) => undefined | Promise<void>;
  /** Resolves when the flows so far are written; undefined if nothing writes them. */
  flushed: () => Promise<unknown>;
  onDamage: (message: string) => void;
}

/** Reads the records that a worker sends, and acknowledges them when they are written. */
export class FlowReceiver {
  /** Resolves when the worker has ended, and all complete records have been taken and written. */
  readonly ended: Promise<void>;
  private readonly input: ReceivedBytes;
  private readonly parser: RecordParser;
  private label: Buffer | undefined;
  /** Offset up to which flows were taken. */
  private taken = 0;
  private acknowledged = 0;
  private acknowledging: Promise<void> | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly options: FlowReceiverOptions,
  ) {
    this.input = new ReceivedBytes(socket, options.policy);
    const damage = new DamageLog(this.input.name, false, ({ message }) => options.onDamage(message));
    this.parser = new RecordParser(this.input, new RecordDamage(damage));
    socket.on('error', () => {});
    this.ended = this.run();
  }

  private async run(): Promise<void> {
    const { input } = this;
    try {
      for (;;) {
        if (input.available < HEAD_SIZE && (await input.fill(HEAD_SIZE)) < HEAD_SIZE) break;
        const head = decodeHead(input.buffer, input.at);
        if (!head) throw new Error('a worker has sent something that is no record');
        const pending = this.take(head);
        if (pending && !(await pending)) break;
        this.taken = input.start + input.at;
        this.acknowledging ??= this.acknowledge();
      }
    } catch (error) {
      this.options.onDamage((error as Error).message);
      this.socket.destroy();
    }
    await this.acknowledging;
    await this.options.flushed();
  }

  /** @returns a promise only if it has to wait: whether the record was there to its end */
  private take(head: RecordHead): undefined | Promise<boolean> {
    const { input } = this;
    const length = HEAD_SIZE + head.metadataLength;
    const isSmall = head.bodiesLength <= SMALL;
    const wanted = isSmall ? length + head.bodiesLength : length;
    if (input.available < wanted) {
      return input.fill(wanted).then((there) => there >= wanted && (this.take(head) ?? true));
    }
    if (head.kind === KIND_LABEL) {
      this.label = Buffer.from(input.buffer.subarray(input.at + HEAD_SIZE, input.at + length));
      input.at += length;
      return undefined;
    }
    if (head.kind !== KIND_FLOW) throw new Error(`a worker has sent a record of kind ${head.kind}`);
    input.inMemory = isSmall;
    const source = this.parser.parse(head, length, false);
    const flow = source && this.parser.flow(source.bodies);
    if (!flow) throw new Error('a worker has sent a record that cannot be read');
    flow.source = source;
    source.untouched = true;
    input.at += length;
    if (!isSmall)
      return this.takeLarge(
        flow,
        source.bodies.map(({ entry, source: body }) => [entry.length, body] as const),
      );
    input.at += head.bodiesLength;
    return this.options.onFlow(flow, this.label)?.then(() => true);
  }

  private async takeLarge(
    flow: Flow,
    bodies: readonly (readonly [length: number, body: Parameters<typeof storedBytes>[0]])[],
  ): Promise<boolean> {
    for (const [length, body] of bodies) {
      const stored = storedBytes(body);
      if (await this.input.take(length, stored instanceof ByteLog ? stored : undefined)) continue;
      for (const [, each] of bodies) each?.release();
      return false;
    }
    await this.options.onFlow(flow, this.label);
    return true;
  }

  /** One at a time, for all flows that have been taken meanwhile. */
  private async acknowledge(): Promise<void> {
    while (this.acknowledged < this.taken) {
      const { taken } = this;
      await this.options.flushed();
      this.acknowledged = taken;
      const message = Buffer.allocUnsafe(ACKNOWLEDGEMENT);
      message.writeDoubleLE(taken);
      if (this.socket.writable) this.socket.write(message);
    }
    this.acknowledging = undefined;
  }
}
