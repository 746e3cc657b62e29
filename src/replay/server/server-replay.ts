import { BoundedMap } from '../../flow/bounded-map.js';
import type { HttpFlow } from '../../flow/flow.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import type { Log } from '../../flow/log.js';
import type { ReportSuite } from '../../flow/report.js';
import { AnswerCache } from './answers/answer-cache.js';
import type { AnswerFiles } from './answers/answer-files.js';
import type { SequenceOptions } from './answers/answer-index.js';
import type { RecordedAnswer } from './answers/recorded-answer.js';
import { Variants } from './answers/variants.js';
import type { KeyField } from './key/key-field.js';
import type { KeyOptions } from './key/key-options.js';
import { keyOf, requestFields } from './key/request-key.js';
import { withUnknownBody } from './key/unknown-body.js';
import { explainMiss, plainMiss } from './miss/explain-miss.js';
import { closestLines, type Miss, missLine } from './miss/miss.js';
import { offlineResponse } from './miss/offline-response.js';
import type { Redact } from './miss/without-secrets.js';
import { makeResponse, type ResponseOptions } from './response/make-response.js';
import { hasCopy } from './response/not-modified.js';
import { DateMover } from './response/refresh.js';
import { ServerReplayResults } from './results.js';
import { unusedAnswers } from './unused.js';
import { answerUpgrade } from './upgrade/answer-upgrade.js';

/**
 * The treatment of a request without a recorded answer: forwarding to its server, closing the connection, or an empty response
 * with this status.
 */
type Extra = 'forward' | 'kill' | number;

export interface ServerReplayOptions {
  readonly keys: KeyOptions;
  readonly sequence: SequenceOptions;
  readonly response: ResponseOptions;
  readonly extra: Extra;
  /** Whether connections to servers are forbidden. */
  readonly offline: boolean;
  /** Whether requests without an answer are forwarded and recorded. */
  readonly records: boolean;
  /** Maximum bytes of answers in memory. */
  readonly memory: number;
  readonly log: Log;
  /** Whether flows come from clients rather than from a capture. */
  readonly live: boolean;
  /** Returns the request to look up; by default, the request itself. */
  readonly prepare?: ((request: HttpRequest) => Promise<PreparedRequest>) | undefined;
  /** Redacts explanations of misses. */
  readonly redact?: Redact | undefined;
  /** Called with a flow that is forwarded and recorded. */
  readonly onRecorded?: (flow: HttpFlow) => void;
}

/** The request to look up instead of another one. */
interface PreparedRequest {
  readonly request: HttpRequest;
  /** Frees the copy of the body. */
  readonly release: () => void;
}

/** Maximum number of different misses to remember, so that each is explained once. */
const REMEMBERED = 10_000;
/** Maximum number of pending explanations; further misses are not explained. */
const MAX_PENDING = 100;

/**
 * Answers requests from captures. An answer is a recorded response that can be sent again; a miss is a request without an
 * answer.
 */
export class ServerReplay implements Addon {
  readonly name = 'server_replay';
  readonly results = new ServerReplayResults();
  private readonly cache: AnswerCache;
  private readonly variants: Variants;
  private readonly dates = new DateMover();
  private readonly explained = new BoundedMap<string, Promise<Miss>>(REMEMBERED);
  /** Explanations in progress. */
  private readonly pending = new Set<Promise<unknown>>();
  private explaining: Promise<unknown> = Promise.resolve();
  private reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly files: AnswerFiles,
    private readonly options: ServerReplayOptions,
  ) {
    const { reuse, after } = options.sequence;
    const isSentAgain = reuse || after !== 'miss';
    this.variants = new Variants(files);
    this.cache = new AnswerCache(files, isSentAgain ? options.memory : 0);
  }

  request(flow: HttpFlow): undefined | Promise<void> {
    if (flow.response !== undefined && flow.response !== flow.recordedResponse) return undefined;
    const fields = this.fieldsOf(flow);
    return fields instanceof Promise ? fields.then((found) => this.answer(flow, found)) : this.answer(flow, fields);
  }

  /** Reads content on disk for one flow after the other, so that memory does not grow with the number of requests. */
  private fieldsOf(flow: HttpFlow): KeyField[] | Promise<KeyField[]> {
    const { body } = flow.request;
    if (body.size === 0 || body.stored?.buffer) return this.readFields(flow);
    const read = this.reading.then(() => this.readFields(flow));
    this.reading = read.catch(() => {});
    return read;
  }

  private readFields(flow: HttpFlow): KeyField[] | Promise<KeyField[]> {
    const { prepare, keys } = this.options;
    return prepare ? this.preparedFields(flow, prepare) : requestFields(flow, keys);
  }

  private async preparedFields(
    flow: HttpFlow,
    prepare: NonNullable<ServerReplayOptions['prepare']>,
  ): Promise<KeyField[]> {
    const { request, release } = await prepare(flow.request);
    try {
      return await requestFields(flow, this.options.keys, request);
    } finally {
      release();
    }
  }

  private answer(flow: HttpFlow, fields: readonly KeyField[]): undefined | Promise<void> {
    const { index } = this.files;
    const key = keyOf(fields);
    const first = this.find(flow, fields, key);
    const mayUse304 = hasCopy(flow.request);
    const preferred = first === undefined ? undefined : this.variants.preferred(first, flow.request.headers);
    const entry = first === undefined ? undefined : index.useNext(first, this.options.sequence, mayUse304, preferred);
    const answer = entry === undefined ? undefined : this.cache.get(entry);
    if (!answer) return this.handleMiss(flow, fields, key, first === undefined ? 0 : index.count(first, mayUse304));
    this.results.hits++;
    return this.sendAnswer(flow, answer);
  }

  /** The first of the answers to a request, or to any with its head whose body the server did not wait for. */
  private find({ request }: HttpFlow, fields: readonly KeyField[], key: string): number | undefined {
    const { index, hasUnknownBodies } = this.files;
    const first = index.find(key);
    if (!hasUnknownBodies || request.body.size === 0) return first;
    return index.earlier(first, index.find(keyOf(withUnknownBody(fields))), this.options.sequence);
  }

  /** @returns a promise only if the content has to be decoded */
  private sendAnswer(flow: HttpFlow, answer: RecordedAnswer): undefined | Promise<void> {
    const { options } = this;
    const { response, interim } = answer;
    flow.isReplay = 'response';
    if (!response) {
      flow.kill();
      return undefined;
    }
    const isUpgrade = response.statusCode === 101;
    const made = isUpgrade
      ? answerUpgrade(flow, answer, response, options.response.latency, options.log)
      : makeResponse(answer, response, flow.request, options.response, this.dates);
    if (interim.length > 0) flow.interim = interim.map((each) => ({ ...each, headers: each.headers.clone() }));
    if (made instanceof Promise) return made.then((decoded) => this.setResponse(flow, decoded));
    this.setResponse(flow, made);
    return undefined;
  }

  private async handleMiss(flow: HttpFlow, fields: readonly KeyField[], key: string, used: number): Promise<void> {
    const { extra, offline, live, records, onRecorded } = this.options;
    if (records) {
      this.results.recorded++;
      onRecorded?.(flow);
      return;
    }
    this.results.misses++;
    const miss = this.explain(flow, fields, key, used);
    if (extra === 'kill') flow.kill();
    else if (extra !== 'forward') this.respond(flow, HttpResponse.make(extra));
    else if (offline && live) this.respond(flow, offlineResponse(flow.request, await miss));
  }

  /** Explains a miss. Only the first of equal misses is logged. */
  private explain(flow: HttpFlow, fields: readonly KeyField[], key: string, used: number): Promise<Miss> {
    const { keys, log, redact } = this.options;
    const name = `${key}${used}`;
    const known = this.explained.use(name);
    if (known) return known;
    const isBehind = this.pending.size >= MAX_PENDING;
    // Explanations are made sequentially, so that reading for them does not delay answers.
    const explained = isBehind
      ? Promise.resolve(plainMiss(flow.request, used))
      : this.explaining.then(() => explainMiss(flow.request, fields, used, this.files, keys, redact));
    // A miss that cannot be explained is still one.
    const explaining = explained
      .catch(() => plainMiss(flow.request, used))
      .then((miss) => {
        this.results.addMiss(miss);
        log.warn([missLine(miss), ...closestLines(miss)].join('\n'));
        this.pending.delete(explaining);
        return miss;
      });
    if (!isBehind) this.explaining = explaining;
    void this.explained.set(name, explaining);
    this.pending.add(explaining);
    return explaining;
  }

  private respond(flow: HttpFlow, response: HttpResponse): void {
    flow.isReplay = 'response';
    this.setResponse(flow, response);
  }

  /** Sets the response. If the flow comes from a capture, it replaces the recorded response. */
  private setResponse(flow: HttpFlow, response: HttpResponse): void {
    const { recordedResponse } = flow;
    if (recordedResponse) {
      response.timestampStart = recordedResponse.timestampStart;
      response.timestampEnd = recordedResponse.timestampEnd;
      response.delivery = undefined;
      recordedResponse.body.release();
    }
    flow.response = response;
  }

  /** The number of answers that were never sent. */
  get unusedCount(): number {
    let count = 0;
    for (const _ of this.files.index.unused(this.options.sequence.reuse)) count++;
    return count;
  }

  /** Waits for explanations in progress. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.pending);
  }

  /** The results, for a report. @param fails which of these results count as failures */
  suite(fails: { readonly miss: boolean; readonly unused: boolean }): ReportSuite {
    return this.results.suite(unusedAnswers(this.files, this.options.sequence.reuse), fails);
  }

  async close(): Promise<void> {
    await this.files.close();
  }
}
