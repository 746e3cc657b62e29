import { FLAG, FRAME } from '../../../src/engine/http2/frames/constants.js';
import { Http2Peer, type RawField, rawFrame } from '../../support/http2-peer.js';

export type Version = '1.0' | '1.1' | '2';

/** A message that a script sends. */
export interface Script {
  /** `POST /x`, or a status. */
  start: string;
  fields?: readonly RawField[];
  /** `length` has Content-Length, `unknown` ends with its message, `none` is no body. */
  framing: 'length' | 'unknown' | 'none';
  /** The value of Content-Length, if it is not that of the content. */
  length?: number;
  content?: string;
  trailers?: readonly RawField[];
  /** Interim responses before it. */
  interim?: readonly string[];
}

/** A message as it arrived. */
export interface Received {
  /** `POST /x`, or the status. */
  start: string;
  interim: string[];
  fields: Map<string, string>;
  body: string;
  /** `a=1` */
  trailers: string;
  state: 'complete' | 'open' | 'cut';
}

/** A client or a server that is a script, in some version of HTTP. */
export interface End {
  receive(bytes: Buffer): void;
  /** @param parts `head` leaves the body open, `rest` sends it @param content instead of that of the script */
  send(script: Script, parts?: 'head' | 'rest', content?: string): void;
  /** Breaks the message off. */
  cut(): void;
  /** @param over how the connection was ended @param bodiless the message cannot have a body */
  received(over: string | undefined, bodiless?: boolean): Received;
}

export function createEnd(version: Version, isServer: boolean, give: (bytes: Buffer | null) => void): End {
  return version === '2' ? new Http2End(isServer, give) : new Http1End(version, isServer, give);
}

class Http1End implements End {
  private bytes = '';

  constructor(
    private readonly version: '1.0' | '1.1',
    private readonly isServer: boolean,
    private readonly give: (bytes: Buffer | null) => void,
  ) {}

  receive(bytes: Buffer): void {
    this.bytes += bytes.toString('latin1');
  }

  send(script: Script, parts?: 'head' | 'rest', content = script.content ?? ''): void {
    const { framing, length, trailers = [], fields = [], interim = [] } = script;
    const isChunked = framing === 'unknown' && this.version === '1.1';
    let text = '';
    if (parts !== 'rest') {
      text = interim.map((status) => `HTTP/${this.version} ${status} Interim\r\n\r\n`).join('');
      text += this.isServer
        ? `HTTP/${this.version} ${script.start} Reason\r\n`
        : `${script.start} HTTP/${this.version}\r\nHost: a.test\r\n`;
      for (const [name, value] of fields) text += `${name}: ${value}\r\n`;
      if (framing === 'length') text += `Content-Length: ${length ?? content.length}\r\n`;
      if (isChunked) text += 'Transfer-Encoding: chunked\r\n';
      text += '\r\n';
    }
    if (content !== '') text += isChunked ? `${content.length.toString(16)}\r\n${content}\r\n` : content;
    if (isChunked && parts !== 'head') {
      text += `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    }
    this.give(Buffer.from(text, 'latin1'));
    if (this.isServer && framing === 'unknown' && !isChunked && parts !== 'head') this.give(null);
  }

  cut(): void {
    this.give(null);
  }

  received(over: string | undefined, bodiless = false): Received {
    const interim: string[] = [];
    let rest = this.bytes;
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) break;
      const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
      rest = rest.slice(end + 4);
      const start = this.isServer ? line.split(' ').slice(0, 2).join(' ') : line.split(' ')[1]!;
      if (/^1\d\d$/.test(start)) {
        interim.push(start);
        continue;
      }
      const fields = fieldsOf(lines);
      return { start, interim, fields, ...this.body(rest, fields, over, bodiless) };
    }
    return { start: '', interim, fields: new Map(), body: '', trailers: '', state: over ? 'cut' : 'open' };
  }

  private body(
    rest: string,
    fields: Map<string, string>,
    over: string | undefined,
    bodiless: boolean,
  ): Pick<Received, 'body' | 'trailers' | 'state'> {
    const unfinished = over === undefined ? 'open' : 'cut';
    if (bodiless) return { body: rest, trailers: '', state: 'complete' };
    if (fields.get('transfer-encoding') === 'chunked') {
      let body = '';
      let left = rest;
      for (;;) {
        const found = /^([\da-f]+)\r\n/.exec(left);
        if (!found) return { body, trailers: '', state: unfinished };
        const size = Number.parseInt(found[1]!, 16);
        left = left.slice(found[0].length);
        if (size === 0) break;
        body += left.slice(0, size);
        left = left.slice(size + 2);
      }
      const isComplete = left === '\r\n' || left.endsWith('\r\n\r\n');
      const trailers = [...fieldsOf(left.split('\r\n').filter((line) => line !== ''))];
      const text = trailers.map(([name, value]) => `${name}=${value}`).join(' ');
      return { body, trailers: text, state: isComplete ? 'complete' : unfinished };
    }
    const length = fields.get('content-length');
    if (length !== undefined) {
      return { body: rest, trailers: '', state: rest.length === Number(length) ? 'complete' : unfinished };
    }
    if (this.isServer) return { body: rest, trailers: '', state: 'complete' };
    return { body: rest, trailers: '', state: over === 'closed' ? 'complete' : unfinished };
  }
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

class Http2End implements End {
  private readonly peer: Http2Peer;

  constructor(
    private readonly isServer: boolean,
    give: (bytes: Buffer | null) => void,
  ) {
    this.peer = new Http2Peer(give, isServer);
    this.peer.start();
  }

  receive(bytes: Buffer): void {
    this.peer.receive(bytes);
  }

  send(script: Script, parts?: 'head' | 'rest', content = script.content ?? ''): void {
    const { framing, length, trailers, fields = [], interim = [] } = script;
    const { peer } = this;
    const frames: Buffer[] = [];
    if (parts !== 'rest') {
      for (const status of interim) frames.push(peer.head(1, [[':status', status]]));
      const [method, path] = script.start.split(' ') as [string, string];
      const start: RawField[] = this.isServer
        ? [[':status', script.start]]
        : [
            [':method', method],
            [':scheme', 'http'],
            [':path', path],
            [':authority', 'a.test'],
          ];
      const sized: RawField[] = framing === 'length' ? [['content-length', String(length ?? content.length)]] : [];
      frames.push(peer.head(1, [...start, ...fields, ...sized], content === '' && !trailers && parts !== 'head'));
    }
    const isLast = parts !== 'head' && !trailers;
    if (content !== '') frames.push(rawFrame(FRAME.data, isLast ? FLAG.endStream : 0, 1, content));
    if (trailers && parts !== 'head') frames.push(peer.head(1, trailers, true));
    peer.frames(...frames);
  }

  cut(): void {
    this.peer.frames(rawFrame(FRAME.rstStream, 0, 1, '\0\0\0\x02'));
  }

  received(): Received {
    const message: Received = { start: '', interim: [], fields: new Map(), body: '', trailers: '', state: 'open' };
    for (const line of this.peer.seen) {
      const [type, id, ...words] = line.split(' ');
      if (id !== '1') continue;
      // What comes after the end, or the end itself.
      if (type === 'RST_STREAM' && message.state === 'open') message.state = 'cut';
      if (words[0] === 'end') {
        message.state = 'complete';
        words.shift();
      }
      if (type === 'DATA') message.body += words.join(' ');
      if (type === 'HEADERS') this.head(message, words);
    }
    return message;
  }

  private head(message: Received, words: readonly string[]): void {
    const fields = new Map(
      words.map((word) => {
        const at = word.indexOf('=');
        return [word.slice(0, at), word.slice(at + 1)];
      }),
    );
    const status = fields.get(':status');
    if (message.start !== '') message.trailers = words.join(' ');
    else if (status !== undefined && /^1/.test(status)) message.interim.push(status);
    else {
      message.start = status ?? `${fields.get(':method')} ${fields.get(':path')}`;
      message.fields = fields;
    }
  }
}
