import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageLog } from '../../../flow/message-log/message-log.js';

export interface ByteConversation {
  readonly messages: MessageLog | undefined;
  /** Whether the recorded server cut off the connection. */
  readonly breaks: boolean;
  /** Factor for the recorded delays; with 0, the server waits only for the client. */
  readonly factor: number;
  /** Receives a warning about a difference from the recording, or about an early end. */
  readonly warn: (what: string) => void;
}

/**
 * Plays the server of an upgraded connection that was recorded as bytes. Bytes are sent once the client has sent as many bytes
 * as were recorded before them. The client may send other bytes; the first difference is reported. Never rejects.
 */
export async function playBytes(stream: Duplex, conversation: ByteConversation): Promise<void> {
  const { messages, breaks, factor, warn } = conversation;
  stream.on('error', () => {});
  const client = new ClientBytes(stream);
  let before: number | undefined;
  let differs = false;
  try {
    for await (const { fromClient, content, timestamp, dropped, injected } of messages ?? []) {
      if (fromClient) {
        const found = injected ? 'same' : await client.compare(content);
        if (found === 'ended') break;
        if (found === 'other' && !differs) warn('the bytes of the client differ from the recorded ones');
        differs ||= found === 'other';
      } else if (!dropped) {
        const milliseconds = (timestamp - (before ?? timestamp)) * 1000 * factor;
        if (milliseconds > 0) await sleep(milliseconds, undefined, { ref: false });
        await write(stream, content);
      }
      before = timestamp;
    }
    if (breaks) stream.destroy();
    else stream.end();
    await client.finish();
  } catch (error) {
    if (!stream.destroyed) warn((error as Error).message);
    stream.destroy();
  } finally {
    messages?.release();
  }
}

/** Compares the bytes of a client with a recording. */
class ClientBytes {
  private readonly chunks: AsyncIterator<Buffer>;
  private rest: Buffer = Buffer.alloc(0);

  constructor(stream: Duplex) {
    this.chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Reads as many bytes as were recorded, and compares them. */
  async compare(recorded: Buffer): Promise<'same' | 'other' | 'ended'> {
    let isSame = true;
    for (let at = 0; at < recorded.length; ) {
      if (this.rest.length === 0) {
        const { value, done } = await this.chunks.next();
        if (done) return 'ended';
        this.rest = value;
      }
      const count = Math.min(this.rest.length, recorded.length - at);
      isSame &&= this.rest.subarray(0, count).equals(recorded.subarray(at, at + count));
      this.rest = this.rest.subarray(count);
      at += count;
    }
    return isSame ? 'same' : 'other';
  }

  /** Reads to the end of the stream, which closes the connection. */
  async finish(): Promise<void> {
    while (!(await this.chunks.next()).done);
  }
}

async function write(stream: Duplex, content: Buffer): Promise<void> {
  if (!stream.writable || stream.write(content)) return;
  await new Promise<void>((resolve) => {
    stream.once('drain', resolve);
    stream.once('close', resolve);
  });
}
