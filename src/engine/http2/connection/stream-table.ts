import { Http2ConnectionError } from '../errors.js';
import { CODE, MAX_WINDOW } from '../frames/constants.js';
import type { Http2Stream } from './stream.js';

/** Maximum number of ended streams to remember. */
const REMEMBERED = 1000;

/** The streams of a connection and their states (RFC 9113 section 5.1). */
export class StreamTable {
  /** The highest stream of the peer so far. */
  lastPeerId = 0;
  private nextId = 1;
  private readonly live = new Map<number, Http2Stream>();
  /** Streams of ours whose first frame is not sent yet: it is queued, or waits for other streams to end. */
  private readonly waiting = new Set<Http2Stream>();
  /** The last streams that have ended, and those that we have reset. */
  private readonly ended = new Set<number>();
  private readonly reset = new Set<number>();
  /** The last stream that a server processes after its GOAWAY. */
  private lastProcessed = MAX_WINDOW;

  constructor(private readonly isServer: boolean) {}

  /** Number of streams, with those whose first frame is not sent yet. */
  get size(): number {
    return this.live.size + this.waiting.size;
  }

  /** No further stream can be opened. */
  get exhausted(): boolean {
    return this.nextId > MAX_WINDOW;
  }

  get(id: number): Http2Stream | undefined {
    return this.live.get(id);
  }

  add(stream: Http2Stream): void {
    this.live.set(stream.id, stream);
  }

  /** Gives a stream the next id. @param limit of live streams @returns false if it has to wait */
  open(stream: Http2Stream, limit: number): boolean {
    if (this.live.size >= limit || this.exhausted) return false;
    this.waiting.delete(stream);
    stream.id = this.nextId;
    this.nextId += 2;
    this.add(stream);
    return true;
  }

  /** A stream of ours has its first frame to send. */
  wait(stream: Http2Stream): void {
    this.waiting.add(stream);
  }

  eachWaiting(action: (stream: Http2Stream) => void): void {
    for (const stream of this.waiting) action(stream);
  }

  /** @param byPeer whether the peer has ended its side, or the stream; otherwise we have reset it */
  remove(stream: Http2Stream, byPeer: boolean): void {
    if (stream.id === 0) {
      this.waiting.delete(stream);
      return;
    }
    this.live.delete(stream.id);
    remember(byPeer ? this.ended : this.reset, stream.id);
  }

  each(action: (stream: Http2Stream) => void): void {
    for (const stream of this.live.values()) action(stream);
  }

  takeLive(): Http2Stream[] {
    const all = [...this.live.values()];
    this.live.clear();
    return all;
  }

  /** Takes the streams of which nothing was sent. */
  takeWaiting(): Http2Stream[] {
    const all = [...this.waiting];
    this.waiting.clear();
    return all;
  }

  /** Takes the streams that a server does not process after its GOAWAY. What it sends on them nevertheless is ignored. */
  takeAfter(last: number): Http2Stream[] {
    this.lastProcessed = Math.min(this.lastProcessed, last);
    const after = [...this.live.values()].filter(({ id }) => id > last);
    for (const { id } of after) this.live.delete(id);
    return after;
  }

  /** @throws Http2ConnectionError if the stream was never opened */
  checkNotIdle(id: number, frame: string): void {
    const isIdle = this.isServer ? (id & 1) === 0 || id > this.lastPeerId : (id & 1) === 0 || id >= this.nextId;
    if (isIdle) throw new Http2ConnectionError(CODE.protocolError, `${frame} on a stream that was not opened`);
  }

  /** We have reset a stream of the peer that was never added. */
  noteReset(id: number): void {
    remember(this.reset, id);
  }

  /** @throws Http2ConnectionError for a stream that is not live, unless we have reset it, or the server does not process it */
  checkAbandoned(id: number, frame: string): void {
    this.checkNotIdle(id, frame);
    if (this.reset.has(id) || (!this.isServer && id > this.lastProcessed)) return;
    if (this.ended.has(id)) throw new Http2ConnectionError(CODE.streamClosed, `${frame} on a stream that has ended`);
    throw new Http2ConnectionError(CODE.protocolError, `${frame} on a stream below the last one`);
  }
}

function remember(ids: Set<number>, id: number): void {
  ids.add(id);
  if (ids.size > REMEMBERED) ids.delete(ids.values().next().value!);
}
