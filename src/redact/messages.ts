import { SpoolPolicy } from '../flow/body/spool-policy.js';
import { type Message, MessageLog } from '../flow/message-log/messagelog.js';
import { redactContent } from './body/content.js';
import { WindowSearch } from './body/stream.js';
import type { Findings } from './findings.js';
import type { Redactor } from './redactor.js';
import { applyToBytes, type Edit } from './text/edits.js';

/** The place of a secret in reports. */
const PLACE = 'messages';

/** Redacts the content of one message. @returns undefined if it contains no secret */
export function redactMessage(
  redactor: Redactor,
  content: Buffer,
  onFound: (name: string) => void,
): Buffer | undefined {
  if (content.length === 0) return undefined;
  const kind = redactor.searcher.kinds.of(undefined, content);
  return redactContent(redactor.searcher, content, kind, redactor.replace, onFound)?.bytes;
}

/**
 * Redacts messages. Messages of a WebSocket are searched one by one. TCP messages are pieces of two streams, and a secret may
 * extend over several of them.
 * @returns undefined if they contain no secret
 */
export async function redactMessages(
  redactor: Redactor,
  log: MessageLog,
  findings: Findings,
  isStream: boolean,
): Promise<MessageLog | undefined> {
  if (isStream) return redactPieces(redactor, log, findings);
  let copy: MessageLog | undefined;
  let seen = 0;
  for await (const message of log) {
    const content = redactMessage(redactor, message.content, (name) => findings.add(PLACE, name));
    if (content) copy ??= await copyFirst(redactor, log, seen);
    if (copy) await append(copy, content ? { ...message, content } : message);
    seen++;
  }
  return copy;
}

async function copyFirst(redactor: Redactor, log: MessageLog, count: number): Promise<MessageLog> {
  const copy = newLog(redactor);
  let seen = 0;
  for await (const message of log) {
    if (seen++ === count) break;
    await append(copy, message);
  }
  return copy;
}

function newLog({ policy }: Redactor): MessageLog {
  const log = new MessageLog();
  log.keepIn(policy ?? new SpoolPolicy());
  return log;
}

async function append(log: MessageLog, message: Message): Promise<void> {
  if (!log.append(message)) await log.drained();
}

async function redactPieces(redactor: Redactor, log: MessageLog, findings: Findings): Promise<MessageLog | undefined> {
  const client = new PieceSearch(redactor, (name) => findings.add(PLACE, name));
  const server = new PieceSearch(redactor, (name) => findings.add(PLACE, name));
  for await (const { fromClient, content } of log) (fromClient ? client : server).push(content);
  client.end();
  server.end();
  if (client.edits.length === 0 && server.edits.length === 0) return undefined;
  const copy = newLog(redactor);
  const [toClient, toServer] = [new PieceEditor(server.edits), new PieceEditor(client.edits)];
  for await (const message of log) {
    const content = (message.fromClient ? toServer : toClient).next(message.content);
    await append(copy, { ...message, content });
  }
  return copy;
}

/** Finds the secrets in one direction of a connection. Its pieces are searched as a stream. */
class PieceSearch {
  /** Their offsets are offsets in the stream. */
  readonly edits: Edit[] = [];
  private search: WindowSearch | undefined;
  private pending: Buffer[] = [];
  private size = 0;
  private offset = 0;

  constructor(
    private readonly redactor: Redactor,
    private readonly onFound: (name: string) => void,
  ) {}

  push(content: Buffer): void {
    this.pending.push(content);
    this.size += content.length;
    if (this.size >= (this.search?.wanted ?? FIRST)) this.run(false);
  }

  end(): void {
    this.run(true);
  }

  private run(isLast: boolean): void {
    const bytes = Buffer.concat(this.pending, this.size);
    this.pending = [];
    this.size = 0;
    const { searcher, replace } = this.redactor;
    const options = { searcher, replace, onFound: this.onFound };
    const kind = { ...searcher.kinds.of(undefined, bytes), wide: undefined, isForm: false };
    this.search ??= new WindowSearch(kind, options, false);
    const found = this.search.search(bytes, isLast);
    for (const edit of found.edits) {
      this.edits.push({ ...edit, start: edit.start + this.offset, end: edit.end + this.offset });
    }
    this.offset += found.bytes.length;
  }
}

const FIRST = 256 * 1024;

/** Applies the edits of a stream to its pieces. A replacement is written to the piece in which the secret begins. */
class PieceEditor {
  private offset = 0;
  private at = 0;

  constructor(private readonly edits: readonly Edit[]) {}

  next(piece: Buffer): Buffer {
    const start = this.offset;
    const end = start + piece.length;
    this.offset = end;
    const inside: Edit[] = [];
    for (let edit = this.edits[this.at]; edit && edit.start < end; edit = this.edits[this.at]) {
      const begins = edit.start >= start;
      inside.push({
        ...edit,
        start: Math.max(0, edit.start - start),
        end: Math.min(piece.length, edit.end - start),
        text: begins ? edit.text : '',
      });
      if (edit.end > end) break;
      this.at++;
    }
    return inside.length === 0 ? piece : applyToBytes(piece, inside);
  }
}
