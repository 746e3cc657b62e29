import { writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Test } from 'tap';
import type { EventMark, EventMarks } from '../../src/flow/body/event-marks.js';
import { SpoolPolicy } from '../../src/flow/body/spool-policy.js';
import type { Flow } from '../../src/flow/flow.js';
import { HttpRequest } from '../../src/flow/http/http-request.js';
import type { HttpResponse } from '../../src/flow/http/http-response.js';
import type { Message, MessageLog } from '../../src/flow/message-log/message-log.js';
import type { WriterOptions } from '../../src/serialize/format.js';
import { OUTPUT_FORMATS, type OutputFormatName } from '../../src/serialize/formats.js';
import type { Damage, ReadOptions, ReadSummary } from '../../src/serialize/input/reader.js';
import { readFlows } from '../../src/serialize/input/reader.js';
import type { Sink } from '../../src/serialize/output/sinks.js';
import { randomCuts } from '../support/cuts.js';
import { Random } from '../support/random.js';

export const policy = new SpoolPolicy();

/** A sink that keeps what it gets. */
export class MemorySink implements Sink {
  readonly name = 'memory';
  readonly writes: Buffer[] = [];
  size = 0;

  write(chunks: readonly Buffer[], done: (error?: Error | null) => void): void {
    // The chunks are used again as soon as they are written.
    this.writes.push(Buffer.concat(chunks));
    this.size += this.writes.at(-1)!.length;
    setImmediate(done);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }
}

export function failOnError(error: Error): void {
  throw error;
}

/** The flows as a flow file. */
export function toBytes(flows: Iterable<Flow>, compress?: WriterOptions['compress']): Promise<Buffer> {
  return toFormat('native', flows, { policy, compress });
}

/** The flows as a file of any format. @param onWritten receives what was written, also after a failure */
export async function toFormat(
  format: OutputFormatName,
  flows: Iterable<Flow>,
  options: Partial<WriterOptions> = {},
  onWritten?: (bytes: Buffer) => void,
): Promise<Buffer> {
  const sink = new MemorySink();
  const writer = await OUTPUT_FORMATS[format].createWriter(sink, { onError: failOnError, ...options });
  try {
    for (const flow of flows) await writer.write(flow);
  } finally {
    await writer.close();
    onWritten?.(sink.bytes);
  }
  return sink.bytes;
}

export interface ReadResult {
  flows: Flow[];
  damage: Damage[];
  summary: ReadSummary;
}

/** Reads a stream of these chunks, or a file. Flows keep their bodies. */
export async function readAll(
  input: string | readonly Buffer[],
  options: Partial<ReadOptions> = {},
): Promise<ReadResult> {
  const flows: Flow[] = [];
  const damage: Damage[] = [];
  const summary = await readFlows(
    typeof input === 'string' ? { path: input } : { stream: Readable.from(input), name: 'input' },
    { policy, wantsBodies: () => true, onDamage: (found) => damage.push(found), ...options },
    (flow) => {
      flows.push(flow);
    },
  );
  return { flows, damage, summary };
}

/** Reads these bytes as a file and as a stream in pieces, which have to give the same. @param path for the file */
export async function readBoth(t: Test, path: string, content: string | Buffer, name?: string): Promise<ReadResult> {
  const bytes = Buffer.from(content as string);
  writeFileSync(path, bytes);
  const fromFile = await readAll(path);
  const fromStream = await readAll(randomCuts(bytes, new Random(bytes.length)));
  t.same(damageOf(fromStream.damage), damageOf(fromFile.damage), name ?? 'a file and a stream');
  t.same(pathsOf(fromStream.flows), pathsOf(fromFile.flows), name ?? 'a file and a stream');
  return fromFile;
}

/** Kind and offset of what was damaged. */
export function damageOf(damage: readonly Damage[]): [kind: string, offset: number][] {
  return damage.map(({ kind, offset }) => [kind, offset]);
}

/** The paths of requests, the types of other flows. */
export function pathsOf(flows: readonly Flow[]): string[] {
  return flows.map((flow) => (flow.type === 'http' ? flow.request.path : flow.type));
}

/** All that flows say, in a form that can be compared. */
export function describeFlows(flows: Iterable<Flow>): Promise<unknown[]> {
  return Promise.all([...flows].map(describeFlow));
}

/** What there is to know about a flow, bodies and messages included, for comparing. */
export async function describeFlow(flow: Flow): Promise<unknown> {
  const { source: _source, killed: _killed, client, server, ...rest } = flow;
  const shared = { ...rest, client: { ...client }, server: { ...server } };
  if (flow.type === 'dns') return withoutUndefined(shared);
  if (flow.type !== 'http') return withoutUndefined({ ...shared, messages: await describeMessages(flow.messages) });
  return withoutUndefined({
    ...shared,
    request: await describeMessage(flow.request),
    response: flow.response && (await describeMessage(flow.response)),
    interim: flow.interim?.map(({ headers, ...line }) => ({ ...line, headers: headers.bytes })),
    messages: flow.messages && (await describeMessages(flow.messages)),
  });
}

/** Keys that are undefined are as good as absent, and their order means nothing. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]));
}

async function describeMessage(message: HttpRequest | HttpResponse): Promise<unknown> {
  const { body, headers, trailers, timestampStart, timestampEnd, httpVersion } = message;
  const line =
    message instanceof HttpRequest
      ? [message.method, message.scheme, message.host, message.port, message.authority, message.path]
      : [message.statusCode, message.reason];
  const content = body.kept ? await body.rawBytes() : 'not kept';
  return {
    line,
    httpVersion,
    headers: headers.bytes,
    trailers: trailers?.bytes,
    marks: message instanceof HttpRequest ? undefined : await describeMarks(message.marks),
    timestampStart,
    timestampEnd,
    body: { content, size: body.size, complete: body.complete },
  };
}

async function describeMarks(marks: EventMarks | undefined): Promise<unknown> {
  if (!marks) return undefined;
  const all: EventMark[] = [];
  for await (const mark of marks) all.push(mark);
  return { marks: all, count: marks.count };
}

async function describeMessages(log: MessageLog): Promise<unknown> {
  const messages: Message[] = [];
  for await (const message of log) messages.push(message);
  return { messages, count: log.count, size: log.size };
}
