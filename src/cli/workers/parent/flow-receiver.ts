import type { Socket } from 'node:net';
import { ByteLog } from '../../../flow/body/byte-log.js';
import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import type { Flow } from '../../../flow/flow.js';
import { DamageLog } from '../../../serialize/input/damage.js';
import { storedBytes } from '../../../serialize/native/bodies/coded-body.js';
import type { NativeSource } from '../../../serialize/native/native-source.js';
import {
  decodeHead,
  HEAD_SIZE,
  KIND_FLOW,
  KIND_LABEL,
  type RecordHead,
} from '../../../serialize/native/record/record.js';
import { RecordDamage } from '../../../serialize/native/record/record-damage.js';
import { RecordParser } from '../../../serialize/native/record/record-parser.js';
import { Label } from '../label.js';
import { ACKNOWLEDGEMENT } from '../messages.js';
import type { FlowDelivery } from './flow-delivery.js';
import { ReceivedBytes } from './received-bytes.js';
import { RecordRun } from './record-run.js';
import type { RecentFlows } from './recovery.js';

/** Bodies up to this size are received into memory with their record; larger ones go into a log like those of live flows. */
const SMALL = 256 * 1024;

export interface FlowReceiverOptions {
  readonly policy: SpoolPolicy;
  readonly delivery: FlowDelivery;
  /** Remembers flows that may be in the worker's journal. */
  readonly recent: RecentFlows;
  /** Resolves when the outputs have written all flows so far. */
  flushed(): Promise<unknown>;
  onDamage(message: string): void;
}

/** Receives the records of a worker, and acknowledges them when the outputs have written them. */
export class FlowReceiver {
  /** Resolves when the worker's stream has ended, and all complete records have been written. */
  readonly ended: Promise<void>;
  private readonly input: ReceivedBytes;
  private readonly parser: RecordParser;
  private readonly label = new Label();
  private readonly run = new RecordRun();
  /** Size of the groups in a label, in bytes. */
  private readonly groupsSize: number;
  /** Offset of the end of the last delivered record. */
  private taken = 0;
  private acknowledged = 0;
  private acknowledging: Promise<void> | undefined;

  constructor(
    private readonly socket: Socket,
    private readonly options: FlowReceiverOptions,
  ) {
    this.input = new ReceivedBytes(socket, options.policy);
    this.groupsSize = Math.ceil(options.delivery.groups.length / 8);
    const damage = new DamageLog(this.input.name, false, ({ message }) => options.onDamage(message));
    this.parser = new RecordParser(this.input, new RecordDamage(damage));
    socket.on('error', () => {});
    this.ended = this.receive();
  }

  private async receive(): Promise<void> {
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

  /** Processes a record. @returns a promise only if it has to wait: false if the stream ends inside the record */
  private take(head: RecordHead): undefined | Promise<boolean> {
    const { input, label } = this;
    const length = HEAD_SIZE + head.metadataLength;
    const isSmall = head.bodiesLength <= SMALL;
    const wanted = isSmall ? length + head.bodiesLength : length;
    if (input.available < wanted) {
      return input.fill(wanted).then((there) => there >= wanted && (this.take(head) ?? true));
    }
    if (head.kind === KIND_LABEL) {
      label.read(input.buffer, input.at + HEAD_SIZE, this.groupsSize);
      input.at += length;
      return undefined;
    }
    if (head.kind !== KIND_FLOW) throw new Error(`a worker has sent a record of kind ${head.kind}`);
    if (isSmall && this.copy()) return this.run.behind?.then(() => true);
    const pending = this.decode(head, length, isSmall);
    if (!pending) label.clear();
    return pending?.finally(() => label.clear());
  }

  /** Copies one or more records as bytes. @returns false if the first one has to be decoded */
  private copy(): boolean {
    const { input, label, run } = this;
    const { copiers, needsFlow } = this.options.delivery.consumersOf(label.groups);
    if (needsFlow) return false;
    const length = run.copy(input.buffer, input.at, label, copiers);
    if (length === 0) return false;
    if (label.id !== undefined) this.options.recent.addId(label.id);
    if (label.isSet) label.clear();
    input.at += length;
    return true;
  }

  private decode(head: RecordHead, length: number, isSmall: boolean): undefined | Promise<boolean> {
    const { input } = this;
    input.inMemory = isSmall;
    const source = this.parser.parse(head, length, false);
    const flow = source && this.parser.flow(source.bodies);
    if (!flow) throw new Error('a worker has sent a record that cannot be read');
    flow.source = source;
    source.untouched = true;
    input.at += length;
    if (!isSmall) return this.receiveBodies(source).then((whole) => (whole ? (this.deliver(flow) ?? true) : false));
    input.at += head.bodiesLength;
    return this.deliver(flow);
  }

  /** @returns false if the stream ends inside the bodies */
  private async receiveBodies({ bodies }: NativeSource): Promise<boolean> {
    for (const { entry, source } of bodies) {
      const stored = storedBytes(source);
      if (await this.input.take(entry.length, stored instanceof ByteLog ? stored : undefined)) continue;
      for (const body of bodies) body.source?.release();
      return false;
    }
    return true;
  }

  private deliver(flow: Flow): undefined | Promise<true> {
    const { delivery, recent } = this.options;
    recent.add(flow);
    const { groups, chain, isContained } = this.label;
    const pending = delivery.deliver(flow, groups);
    const note = (): true => {
      if (isContained) this.run.noteChain(chain!, delivery.copiers, delivery.consumersOf(groups).copiers);
      return true;
    };
    if (pending) return pending.then(note);
    note();
    return undefined;
  }

  /** Acknowledges the records delivered so far. Each round includes the records delivered during the previous one. */
  private async acknowledge(): Promise<void> {
    while (this.acknowledged < this.taken) {
      const { taken } = this;
      const { recent } = this.options;
      const ids = recent.unacknowledged;
      await this.options.flushed();
      this.acknowledged = taken;
      const message = Buffer.allocUnsafe(ACKNOWLEDGEMENT);
      message.writeDoubleLE(taken);
      if (this.socket.writable) this.socket.write(message);
      recent.acknowledge(ids);
    }
    this.acknowledging = undefined;
  }
}
