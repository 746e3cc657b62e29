import { isUtf8 } from 'node:buffer';
import type { HttpFlow } from '../../flow/flow.js';
import { isControl, type Message } from '../../flow/message-log/message.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import { type Difference, MAX_DIFFERENCES, shorten } from '../difference.js';
import type { Equality } from '../equality.js';
import type { OnScalars } from '../json/compare-json.js';
import { compareContent, size } from './compare-content.js';

const TEXT = 1;

interface WholeMessage {
  readonly opcode: number;
  readonly bytes: Buffer;
}

/** Compares the messages that servers sent, one by one, and the close codes of WebSockets. Pings and pongs are ignored. */
export async function compareMessages(
  recorded: HttpFlow,
  replayed: HttpFlow,
  equality: Equality,
  limit: number,
  onScalars?: OnScalars,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  if (recorded.messages && replayed.messages) {
    const before = serverMessages(recorded.messages, limit);
    const after = serverMessages(replayed.messages, limit);
    for (let number = 1; ; number++) {
      const [was, now] = [(await before.next()).value, (await after.next()).value];
      if (!was && !now) break;
      if (differences.length < MAX_DIFFERENCES) {
        differences.push(...compareMessage(number, was, now, equality, onScalars));
      }
    }
  }
  const [was, now] = [recorded.websocket, replayed.websocket];
  // At the end of a replay, either side may close first by chance.
  if (was && now && !was.byClient && !now.byClient && was.code !== now.code) {
    const shown = { was: was.code?.toString(), now: now.code?.toString() };
    differences.push({ kind: 'messages', place: 'close code', group: 'close code', ...shown });
  }
  return differences;
}

function compareMessage(
  number: number,
  was: WholeMessage | undefined,
  now: WholeMessage | undefined,
  equality: Equality,
  onScalars: OnScalars | undefined,
): Difference[] {
  const place = `message ${number}`;
  const group = 'messages';
  if (!was || !now || (was.opcode === TEXT) !== (now.opcode === TEXT)) {
    return [{ kind: 'messages', place, group, was: was && show(was), now: now && show(now) }];
  }
  const contentType = was.opcode === TEXT ? undefined : 'application/octet-stream';
  const found = compareContent(
    'messages',
    { bytes: was.bytes, contentType },
    { bytes: now.bytes, contentType },
    equality,
    onScalars,
  );
  return found.map((each) => ({
    ...each,
    place: `${place} ${each.place}`,
    group: each.values?.place.startsWith('$') ? `message ${each.group}` : group,
  }));
}

function show({ opcode, bytes }: WholeMessage): string {
  const isText = opcode === TEXT && isUtf8(bytes);
  return isText ? JSON.stringify(shorten(bytes.toString('utf8', 0, 1000))) : size(bytes.length);
}

/** Joins the parts of messages. @param limit bytes of each message to keep */
async function* serverMessages(log: MessageLog, limit: number): AsyncGenerator<WholeMessage, undefined> {
  const parts: Buffer[] = [];
  let kept = 0;
  for await (const message of log as AsyncIterable<Message>) {
    if (message.fromClient || message.dropped || isControl(message.opcode)) continue;
    if (kept <= limit) parts.push(Buffer.from(message.content));
    kept += message.content.length;
    if (message.more) continue;
    yield { opcode: message.opcode, bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) };
    parts.length = 0;
    kept = 0;
  }
  if (parts.length > 0) yield { opcode: 0, bytes: Buffer.concat(parts) };
  return undefined;
}
