import type { WebSocketClose } from '../../flow/flow.js';
import type { MessageLog } from '../../flow/message-log/message-log.js';
import { FieldError } from '../shared/field-error.js';
import { decodeMessages } from './messages.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';

const KEYS = 5;

/** Decodes the messages and the close of a WebSocket connection. @throws FieldError or TnetstringError */
export function decodeWebSocket(input: TnetstringDecoder): { messages: MessageLog; close: WebSocketClose } {
  let messages: MessageLog | undefined;
  const close: WebSocketClose = { byClient: undefined, code: undefined, reason: undefined, timestamp: undefined };
  let seen = 0;
  const end = input.enter(TAG.dictionary);
  while (input.at < end) {
    seen++;
    switch (input.key()) {
      case 'messages':
        messages = decodeMessages(input);
        break;
      case 'closed_by_client':
        close.byClient = input.optionalBoolean();
        break;
      case 'close_code':
        close.code = input.optionalNumber();
        break;
      case 'close_reason':
        close.reason = input.optionalText();
        break;
      case 'timestamp_end':
        close.timestamp = input.optionalNumber();
        break;
      default:
        seen--;
        input.item();
    }
  }
  input.leave(end);
  if (!messages || seen < KEYS) throw new FieldError('websocket', `complete: ${KEYS} keys are required`);
  return { messages, close };
}
