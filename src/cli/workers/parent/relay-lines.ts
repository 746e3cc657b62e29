import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { LineSink } from '../../../terminal/line-sink.js';
import { LINES_FOR, LINES_HEAD } from '../messages.js';

/** Prints the lines of a worker; lines that it wrote together stay together. Resolves at the end of the stream. */
export async function relayLines(from: Readable, display: LineSink, stderr: LineSink): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      while (bytes.length >= LINES_HEAD) {
        const end = LINES_HEAD + bytes.readUInt32LE(1);
        if (bytes.length < end) break;
        const out = bytes[0] === LINES_FOR.display ? display : stderr;
        out.write(bytes.toString('utf8', LINES_HEAD, end));
        bytes = bytes.subarray(end);
        await out.drained();
      }
      rest = bytes;
    }
  } catch {
    // The worker was killed.
  }
}

/** Prints the text on a worker's own stdout or stderr, such as the output of `console.log` in a script, line by line. */
export async function relayText(from: Readable, out: LineSink): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const text = rest + decoder.write(chunk);
      const end = text.lastIndexOf('\n') + 1;
      out.write(text.slice(0, end));
      rest = text.slice(end);
      await out.drained();
    }
  } catch {
    // The worker was killed.
  }
  rest += decoder.end();
  if (rest !== '') out.write(`${rest}\n`);
}
