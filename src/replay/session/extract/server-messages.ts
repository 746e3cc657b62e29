import type { HttpFlow } from '../../../flow/flow.js';
import { isControl } from '../../../flow/message-log/message.js';
import type { ExtractRules } from '../rules/extract-rules.js';
import { extractFromJsonIfValid } from './json.js';
import type { ValueExtractor } from './value-extractor.js';

/** A text message of the server of a WebSocket. */
export interface ServerText {
  /** Its position among the messages of the server, from 1. */
  readonly number: number;
  readonly timestamp: number;
  readonly content: Buffer;
}

/** Opcode of a text message (RFC 6455 section 5.2). */
const TEXT = 1;

/** The recorded text messages of a server, except for those that are larger than the limit. */
export async function* serverTexts({ messages, websocket }: HttpFlow, limit: number): AsyncGenerator<ServerText> {
  if (!messages || !websocket) return;
  let number = 0;
  for await (const { fromClient, injected, opcode, more, timestamp, content } of messages) {
    if (fromClient || injected || isControl(opcode)) continue;
    number++;
    if (opcode === TEXT && !more && content.length <= limit) yield { number, timestamp, content };
  }
}

/**
 * Extracts the values of a message: of JSON, also after a number as in Socket.IO, or a single value.
 * @param path of the request that opened the WebSocket
 */
export function extractFromServerText(
  { number, content }: Omit<ServerText, 'timestamp'>,
  path: string,
  rules: ExtractRules,
  extractor: ValueExtractor,
): void {
  const label = `message ${number}`;
  if (!rules.isEmpty) rules.extractMessage(content, label, (...found) => extractor.ruleValue(...found));
  const text = content.toString('latin1').trim();
  const start = /^\d{0,9}/.exec(text)![0].length;
  if (text[start] === '{' || text[start] === '[') extractFromJsonIfValid(text.slice(start), path, extractor, label);
  else if (!/\s/.test(text)) extractor.value(text, { name: '', keys: [], place: () => label });
}
