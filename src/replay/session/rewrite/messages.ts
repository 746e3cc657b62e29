import type { HttpFlow } from '../../../flow/flow.js';
import type { Message } from '../../../flow/message-log/message.js';
import type { ValueSettings } from '../value-settings.js';
import { rewriteContent } from './body.js';
import { TextRewriter } from './text.js';
import type { ValueVisitor } from './visitor.js';

/** Opcode of a text message (RFC 6455 section 5.2). */
const TEXT = 1;

/** The text messages sent by the client of a WebSocket. */
export async function* clientMessages({ messages, websocket }: HttpFlow): AsyncGenerator<Message> {
  if (!messages || !websocket) return;
  for await (const message of messages) if (isClientText(message)) yield message;
}

function isClientText({ fromClient, opcode, dropped, injected }: Message): boolean {
  return fromClient && opcode === TEXT && !dropped && !injected;
}

/**
 * Visits and replaces the values in a client message, which is JSON or other text.
 * @param path of the request that opened the WebSocket
 * @returns the content; the same buffer if nothing was replaced
 */
export function rewriteMessage(message: Message, path: string, settings: ValueSettings, visitor: ValueVisitor): Buffer {
  const { content } = message;
  if (!isClientText(message) || content.length > settings.limit) return content;
  return rewriteContent(content, 'text/plain', path, new TextRewriter(settings, visitor));
}
