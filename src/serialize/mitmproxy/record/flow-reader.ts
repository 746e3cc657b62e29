import type { Flow } from '../../../flow/flow.js';
import type { RecordReadJob } from '../../format.js';
import type { DamageLog } from '../../input/damage.js';
import type { Input } from '../../input/input.js';
import type { ReadOptions, ReadSummary } from '../../input/read-options.js';
import { FieldError } from '../../shared/field-error.js';
import { type DecodedFlow, FlowDecoder } from '../flow-decoder.js';
import type { RecordOutline } from '../tnetstring/record-outline.js';
import { LONGEST_PREFIX, type Prefix, readPrefix, TnetstringError } from '../tnetstring/tnetstring.js';
import { VERSIONS, VersionError } from '../versions.js';
import { OldWebSockets } from './old-websocket.js';
import { MitmproxySource } from './record-copy.js';
import { CutOffError, RecordScanner } from './record-scanner.js';
import { Resync } from './resync.js';

/** Records up to this size are read into the window as a whole. */
const SMALL = 64 * 1024;
/** The same for an input that can be read only once, so that the search can go back after damage. */
const SMALL_ONCE = 1024 * 1024;

/** Reads the flows of a mitmproxy file one by one. */
export class FlowReader {
  /** The end of the last flow read. */
  end: number | undefined;
  private readonly summary: ReadSummary = { flows: 0, recovered: 0, unknown: 0, damaged: 0 };
  private readonly decoder = new FlowDecoder();
  private readonly webSockets = new OldWebSockets();
  private readonly input: Input;
  private readonly options: ReadOptions;
  private readonly damage: DamageLog;
  private readonly onFlow: RecordReadJob['onFlow'];
  private readonly scanner: RecordScanner;
  private readonly resync: Resync;
  private readonly prefix: Prefix = { start: 0, length: 0 };
  private toldVersion = false;

  constructor({ input, options, damage, onFlow }: RecordReadJob) {
    this.input = input;
    this.options = options;
    this.damage = damage;
    this.onFlow = onFlow;
    this.scanner = new RecordScanner(input, { policy: options.policy, keeps: options.wantsBodies !== undefined });
    this.resync = new Resync(input, damage);
  }

  async run(): Promise<ReadSummary> {
    const { input, resync } = this;
    for (;;) {
      const buffered = input.buffer.length - input.at;
      if (buffered <= 0 && (await input.fill(LONGEST_PREFIX)) === 0) break;
      const offset = input.start + input.at;
      const length = await this.recordLength(offset);
      const outline = length === undefined ? undefined : await this.scan(offset, length);
      const decoded = outline && this.decode(outline);
      if (decoded) {
        const pending = this.take(decoded, offset);
        if (pending) await pending;
      } else if (resync.isLost && !(await resync.next(offset))) break;
      this.damage.check();
    }
    resync.end();
    for (const flow of this.webSockets.rest()) await this.deliver(flow);
    this.summary.damaged = this.damage.count;
    return this.summary;
  }

  /** Size of the next record. @returns undefined without a length, or if the input ends first */
  private async recordLength(offset: number): Promise<number | undefined> {
    const { input, prefix } = this;
    if (input.buffer.length - input.at < LONGEST_PREFIX) await input.fill(LONGEST_PREFIX);
    const end = Math.min(input.buffer.length, input.at + LONGEST_PREFIX);
    if (!readPrefix(input.buffer, input.at, end, prefix)) {
      this.resync.failed(offset, 'missing length', input.buffer.length - input.at < LONGEST_PREFIX);
      return undefined;
    }
    const length = prefix.start - input.at + prefix.length + 1;
    const buffered = input.buffer.length - input.at;
    if (buffered < length && length <= (input.once ? SMALL_ONCE : SMALL) && (await input.fill(length)) < length) {
      this.resync.failed(offset, 'the end is cut off', true);
      return undefined;
    }
    if (!input.reaches(length) && !(await input.grows(length))) {
      this.resync.failed(offset, 'the end is cut off', true);
      return undefined;
    }
    return length;
  }

  /** @returns undefined if the record is invalid */
  private async scan(offset: number, length: number): Promise<RecordOutline | undefined> {
    try {
      return await this.scanner.scan();
    } catch (error) {
      if (!(error instanceof TnetstringError)) throw error;
      this.resync.failed(offset, error.message, error instanceof CutOffError, offset + length);
      return undefined;
    }
  }

  /** Passes on a flow, or the flows that it completes. */
  private take(decoded: DecodedFlow, offset: number): undefined | Promise<void> {
    const { flow, version } = decoded;
    this.end = this.input.start + this.input.at;
    if (this.resync.follow(offset)) this.summary.recovered++;
    if (version >= VERSIONS.websocket) return this.deliver(flow);
    return this.deliverAll(this.webSockets.take(decoded));
  }

  /** @returns undefined if the record is invalid */
  private decode(outline: RecordOutline): DecodedFlow | undefined {
    try {
      const decoded = this.decodeFrom(outline);
      const { flow } = decoded;
      if (!this.input.once || outline.holes.length === 0 || this.options.wantsBodies?.(flow)) return decoded;
      outline.release();
      return this.decodeFrom(outline.withoutPayloads());
    } catch (error) {
      outline.release();
      if (error instanceof VersionError && !this.resync.isLost) this.refuseVersion(outline, error);
      else if (isDamage(error)) this.refuse(outline, error);
      else throw error;
      return undefined;
    }
  }

  private decodeFrom(outline: RecordOutline): DecodedFlow {
    const decoded = this.decoder.decode(outline);
    decoded.flow.source = new MitmproxySource(outline, decoded.version);
    return decoded;
  }

  private refuseVersion({ offset }: RecordOutline, error: VersionError): void {
    if (this.toldVersion) {
      this.damage.count++;
      return;
    }
    this.toldVersion = true;
    this.damage.report('version', offset, `the flow at offset ${offset} cannot be read: ${error.message}`);
  }

  private refuse({ offset }: RecordOutline, error: Error): void {
    // During the search for a record, an invalid one is a false hit.
    if (this.resync.isLost) this.resync.failed(offset, error.message, false);
    else this.damage.report('metadata', offset, `the flow at offset ${offset} is invalid: ${error.message}`);
  }

  private async deliverAll(flows: readonly Flow[]): Promise<void> {
    for (const flow of flows) await this.deliver(flow);
  }

  private deliver(flow: Flow): undefined | Promise<void> {
    this.summary.flows++;
    return this.onFlow(flow) ?? undefined;
  }
}

function isDamage(error: unknown): error is Error {
  return error instanceof TnetstringError || error instanceof FieldError || error instanceof VersionError;
}
