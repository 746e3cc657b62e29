import type { SpoolPolicy } from '../../../flow/body/spool-policy.js';
import { type Flow, type HttpFlow, releaseFlow } from '../../../flow/flow.js';
import { systemErrorText } from '../../../flow/system-error.js';
import type { Damage } from '../../../serialize/input/damage.js';
import { type ReadInput, type ReadOptions, type ReadSummary, readFlows } from '../../../serialize/input/reader.js';
import { NativeSource } from '../../../serialize/native/native-source.js';
import { ReadChains } from '../../../serialize/shared/certificates.js';
import type { FlowPosition } from '../../../serialize/sorted/flow-index.js';
import { RecordFiles } from '../../../serialize/sorted/record-files.js';
import { SpooledFlows } from '../../../serialize/sorted/spooled-flows.js';
import type { KeyField } from '../key/key-field.js';
import type { KeyOptions } from '../key/key-options.js';
import { keyOf, requestFields, SIGNATURE_SIZE, signatureOf } from '../key/request-key.js';
import { hasUnknownBody, withUnknownBody } from '../key/unknown-body.js';
import { variantOf } from '../key/variant.js';
import { isNotModified } from '../response/not-modified.js';
import { AnswerIndex } from './answer-index.js';
import { isAnswer } from './recorded-answer.js';
import { Unanswered } from './unanswered.js';

/** An error of the system. */
interface Unreadable extends Omit<Damage, 'kind'> {
  readonly kind: 'unreadable';
}

export interface AnswerFilesOptions {
  readonly keys: KeyOptions;
  readonly policy: SpoolPolicy;
  /** Whether `add` fails at the first damage. */
  readonly strict: boolean;
  /** Also called for what can no longer be read later. */
  readonly onDamage: (damage: Damage | Unreadable) => void;
  /** Called for each flow with an answer. The flow is released afterwards. */
  readonly onAnswer: (flow: HttpFlow) => void;
  /** Whether a flow was redacted with an unknown key. */
  readonly isRedactedOtherwise?: (flow: HttpFlow) => boolean;
}

/**
 * The recorded answers of captures. Memory holds only the keys of their requests and their positions in files. Inputs without
 * random access (pipes, compressed files, formats other than the native one) are first copied to a temporary flow file.
 */
export class AnswerFiles {
  readonly index = new AnswerIndex();
  /** Whether there are answers to requests with unknown bodies. */
  hasUnknownBodies = false;
  /** HTTP flows without a usable answer. */
  readonly unanswered = new Unanswered();
  private readonly chains = new ReadChains();
  private readonly files: RecordFiles;
  private readonly readOptions: ReadOptions;
  private readonly signature = new Uint32Array(SIGNATURE_SIZE);

  get keys(): KeyOptions {
    return this.options.keys;
  }

  constructor(private readonly options: AnswerFilesOptions) {
    const { policy, strict, onDamage } = options;
    this.readOptions = {
      policy,
      strict,
      onDamage,
      wantsBodies: (flow) => flow.type === 'http',
      mayChange: () => false,
      releasesFlows: true,
    };
    this.files = new RecordFiles({ ...this.readOptions, strict: false }, this.chains, 'served');
  }

  /** Adds the answers of a capture. @throws the errors of `readFlows`; OutputError if the temporary file cannot be written */
  async add(from: ReadInput): Promise<ReadSummary> {
    let spooled: SpooledFlows | undefined;
    try {
      const summary = await readFlows(from, this.readOptions, (flow) => {
        if (flow.type !== 'http') return releaseFlow(flow);
        if (!isAnswer(flow)) return this.addUnanswered(flow);
        const place = this.placeOf(flow);
        if (place && !spooled) return this.addAnswer(flow, place);
        spooled ??= new SpooledFlows(this.options.policy);
        return spooled.copy(flow, this.options.onDamage);
      });
      if (spooled) await this.addSpooled(spooled);
      return summary;
    } finally {
      spooled?.close();
    }
  }

  /** Reads the flow of an answer, with a small body. @returns undefined if it can no longer be read, which is reported */
  read(entry: number): HttpFlow | undefined {
    const place = this.index.placeOf(entry);
    let found: Flow | undefined;
    try {
      void this.files.read(place, (flow) => {
        found = flow;
      });
    } catch (error) {
      const message = `a recorded answer cannot be read: ${systemErrorText(error)}`;
      this.options.onDamage({ kind: 'unreadable', offset: place.offset, message });
    }
    return found as HttpFlow | undefined;
  }

  close(): Promise<void> {
    return this.files.close();
  }

  private placeOf({ source }: Flow): FlowPosition | undefined {
    if (!(source instanceof NativeSource) || source.input.once) return undefined;
    return { file: this.files.numberOf(source.input.name), offset: source.offset };
  }

  /** @returns a promise only if the body is not in memory */
  private addAnswer(flow: HttpFlow, place: FlowPosition): void | Promise<void> {
    this.chains.keep(flow);
    this.options.onAnswer(flow);
    const fields = requestFields(flow, this.options.keys);
    if (fields instanceof Promise) {
      return fields.then((found) => this.addToIndex(flow, found, place)).finally(() => releaseFlow(flow));
    }
    this.addToIndex(flow, fields, place);
    return releaseFlow(flow);
  }

  /** @returns a promise only if the body is not in memory */
  private addUnanswered(flow: HttpFlow): void | Promise<void> {
    const { unanswered } = this;
    const reason = unanswered.note(flow);
    if (!reason) return releaseFlow(flow);
    const add = (found: KeyField[]): void => {
      const fields = this.comparedFields(flow, found);
      const { kept, complete } = flow.request.body;
      // A server that cannot be reached gets no body, and so none is recorded.
      unanswered.add(keyOf(kept && complete ? fields : withUnknownBody(fields)), reason);
    };
    const fields = requestFields(flow, this.options.keys);
    if (fields instanceof Promise) return fields.then(add).finally(() => releaseFlow(flow));
    add(fields);
    return releaseFlow(flow);
  }

  /** The fields of a recorded request in the form in which requests are compared with them. */
  private comparedFields(flow: HttpFlow, fields: KeyField[]): KeyField[] {
    const { keys, isRedactedOtherwise } = this.options;
    if (!keys.redacted || !isRedactedOtherwise?.(flow)) return fields;
    keys.redacted.note(fields);
    return keys.redacted.apply(fields);
  }

  private addToIndex(flow: HttpFlow, found: KeyField[], place: FlowPosition): void {
    const { keys } = this.options;
    let fields = this.comparedFields(flow, found);
    if (hasUnknownBody(flow)) {
      this.hasUnknownBodies = true;
      fields = withUnknownBody(fields);
    }
    this.index.add(keyOf(fields), signatureOf(fields, this.signature), place, {
      notModified: isNotModified(flow),
      variant: variantOf(flow, keys),
    });
  }

  /** Adds the answers of a temporary file, and takes ownership of the file. @throws OutputError if the file is incomplete */
  async addSpooled(spooled: SpooledFlows): Promise<void> {
    const file = await this.files.addTemporary(await spooled.finish());
    await this.files.readAll(file, (flow, offset) => this.addAnswer(flow as HttpFlow, { file, offset }));
  }
}
