import { CODE, FLAG, FRAME, PREFACE } from '../../src/engine/http2/frames/constants.js';
import { FrameReader } from '../../src/engine/http2/frames/frame-reader.js';
import { frameHead, headersFrames, settingsAck, settingsFrame } from '../../src/engine/http2/frames/frame-writer.js';
import { HpackDecoder } from '../../src/engine/http2/hpack/decoder.js';
import { HpackEncoder } from '../../src/engine/http2/hpack/encoder.js';

export type RawField = readonly [name: string, value: string, neverIndexed?: boolean];

/** A frame of any kind. */
export function rawFrame(type: number, flags: number, streamId: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload as string, 'latin1');
  return Buffer.concat([frameHead(type, flags, streamId, bytes.length), bytes]);
}

export const GET: readonly RawField[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.test'],
];

/** One end of an HTTP/2 connection that can send anything, and describes what it receives in lines. */
export class Http2Peer {
  readonly encoder = new HpackEncoder();
  /** Received frames: `HEADERS 1 end :status=200 a=b`, `DATA 1 abc`, `RST_STREAM 1 PROTOCOL_ERROR`, `GOAWAY 0 …`. */
  readonly seen: string[] = [];
  /** The length of `seen` at each acknowledgement of SETTINGS. */
  readonly acknowledged: number[] = [];
  private readonly reader = new FrameReader();
  private readonly decoder = new HpackDecoder();
  private data = { streamId: 0, content: [] as Buffer[] };
  private preface: number;

  /** @param send to the other end @param isServer the other end sends the preface */
  constructor(
    private readonly send: (bytes: Buffer) => void,
    private readonly isServer = false,
  ) {
    this.preface = isServer ? PREFACE.length : 0;
  }

  /** Sends preface, SETTINGS and the acknowledgement of the other end's. */
  start(...settings: [number, number][]): void {
    const preface = this.isServer ? '' : PREFACE;
    this.send(Buffer.concat([Buffer.from(preface), settingsFrame(settings), settingsAck()]));
  }

  /** Sends frames in one write. */
  frames(...frames: readonly Buffer[]): void {
    this.send(Buffer.concat(frames));
  }

  /** A HEADERS frame. */
  head(streamId: number, fields: readonly RawField[], end = false): Buffer {
    for (const [name, value, neverIndexed = false] of fields) this.encoder.add(name, value, neverIndexed);
    return headersFrames(streamId, this.encoder.finish(), end, 16_384);
  }

  receive(chunk: Buffer): void {
    const skipped = Math.min(this.preface, chunk.length);
    this.preface -= skipped;
    this.reader.read(chunk.subarray(skipped), {
      onFrame: (type, flags, streamId, payload) => this.note(type, flags, streamId, payload),
      onDataBegin: (_flags, streamId) => {
        this.data = { streamId, content: [] };
      },
      onData: (content) => void this.data.content.push(Buffer.from(content)),
      onDataEnd: (flags) => {
        const { streamId, content } = this.data;
        const text = Buffer.concat(content).toString('latin1');
        this.seen.push(
          `DATA ${streamId}${endOf(flags)} ${text.length > 100 ? `${text.length} bytes` : text}`.trimEnd(),
        );
      },
    });
  }

  private note(type: number, flags: number, streamId: number, payload: Buffer): void {
    const name = TYPES[type] ?? `type ${type}`;
    if (type === FRAME.headers) {
      const fields: string[] = [];
      this.decoder.decode(payload, (key, value, never) => fields.push(`${key}=${value}${never ? '!' : ''}`));
      this.seen.push(`${name} ${streamId}${endOf(flags)} ${fields.join(' ')}`);
    } else if (type === FRAME.rstStream) this.seen.push(`${name} ${streamId} ${codeOf(payload.readUInt32BE(0))}`);
    else if (type === FRAME.goAway)
      this.seen.push(`${name} ${payload.readUInt32BE(0)} ${codeOf(payload.readUInt32BE(4))}`);
    else if (type === FRAME.ping) this.seen.push(`${name}${flags & FLAG.ack ? ' ack' : ''}`);
    else if (type === FRAME.windowUpdate) this.seen.push(`${name} ${streamId} ${payload.readUInt32BE(0)}`);
    else if (type !== FRAME.settings) this.seen.push(name);
    else if (flags & FLAG.ack) this.acknowledged.push(this.seen.length);
  }
}

const TYPES: readonly string[] = [
  'DATA',
  'HEADERS',
  'PRIORITY',
  'RST_STREAM',
  'SETTINGS',
  'PUSH_PROMISE',
  'PING',
  'GOAWAY',
  'WINDOW_UPDATE',
  'CONTINUATION',
];

function endOf(flags: number): string {
  return flags & FLAG.endStream ? ' end' : '';
}

function codeOf(code: number): string {
  return Object.entries(CODE).find(([, value]) => value === code)?.[0] ?? String(code);
}
