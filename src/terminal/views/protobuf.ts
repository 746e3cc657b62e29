import { isUtf8 } from 'node:buffer';
import type { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { messageEncoding, type Rpc, rpcOfType } from '../../flow/rpc/call.js';
import { looksFramed } from '../../flow/rpc/frames.js';
import { type RpcMessage, readMessages } from '../../flow/rpc/messages.js';
import { decodeProtobuf } from '../../protobuf/decode.js';
import type { Definitions, MessageType } from '../../protobuf/definitions/definitions.js';
import { isProtobuf } from '../../protobuf/media-types.js';
import { printMessage } from '../../protobuf/print.js';
import { hexView } from './hex.js';
import { jsonView } from './json.js';
import { type MediaType, parseMediaType } from './media-type.js';
import type { StreamView, View, WholeView } from './view.js';

/** Formats messages of Protobuf, and calls of gRPC, gRPC-Web and Connect. */
export class ProtobufViews {
  /** @param definitions of messages; without them, fields are shown by number */
  constructor(private readonly definitions: Definitions | undefined) {}

  /** The view of a body. @param headers of the message @returns undefined if it is of another type */
  viewOf(request: HttpRequest, headers: Headers): View | undefined {
    const contentType = headers.get('content-type');
    if (contentType === undefined) return undefined;
    const rpc = rpcOfType(contentType);
    const side = headers === request.headers ? 'request' : 'response';
    if (rpc?.framed) return this.callView(rpc, messageEncoding(rpc, headers), this.typeOf(request, side));
    const media = parseMediaType(contentType);
    if (!rpc && !isProtobuf(contentType)) return undefined;
    const named = media.parameter('messagetype') ?? media.parameter('proto');
    const type = named === undefined ? undefined : this.definitions?.message(named);
    return this.messageView(type ?? this.typeOf(request, side));
  }

  private typeOf(request: HttpRequest, side: 'request' | 'response'): MessageType | undefined {
    return this.definitions?.method(request.path)?.[side];
  }

  private messageView(type: MessageType | undefined): WholeView {
    return {
      name: 'protobuf',
      whole: true,
      matchesType: () => true,
      matchesContent: () => true,
      format: (content) => {
        const message = decodeProtobuf(content, type, this.definitions);
        return message.rest ? undefined : printMessage(message);
      },
    };
  }

  private callView(rpc: Rpc, encoding: string, type: MessageType | undefined): StreamView {
    const print = (message: RpcMessage): AsyncIterable<string> => this.print(message, rpc, type);
    return {
      name: 'grpc',
      whole: false,
      matchesType: () => true,
      matchesContent: (head) => rpc.base64 || looksFramed(head),
      async *format(chunks) {
        let isFirst = true;
        for await (const message of readMessages(chunks, rpc, encoding)) {
          if (!isFirst || message.kind !== 'message') yield '---\n';
          isFirst = false;
          yield* print(message);
        }
      },
    };
  }

  private async *print(message: RpcMessage, rpc: Rpc, type: MessageType | undefined): AsyncGenerator<string> {
    const { kind, content, problem, encoding } = message;
    if (problem !== undefined) {
      yield `# ${encoding ? `${encoding}: ` : ''}${problem}\n`;
      if (encoding === undefined && rpc.codec === 'proto' && kind === 'message') {
        yield* printMessage(decodeProtobuf(content, type, this.definitions));
      } else yield* hexView.format(one(content), NO_TYPE);
    } else if (kind === 'trailers') yield `# trailers\n${content.toString().trimEnd()}\n`;
    else if (kind === 'end' || rpc.codec === 'json') {
      if (kind === 'end') yield '# end of stream\n';
      yield* jsonLines(content);
    } else if (rpc.codec === 'proto') yield* printMessage(decodeProtobuf(content, type, this.definitions));
    else if (isUtf8(content)) yield `${content.toString()}\n`;
    else yield* hexView.format(one(content), NO_TYPE);
  }
}

const NO_TYPE: MediaType = { essence: '', parameter: () => undefined };

function* jsonLines(content: Buffer): Generator<string> {
  const lines = jsonView.format(content, NO_TYPE);
  if (lines) yield* lines;
  else yield content.toString();
  yield '\n';
}

async function* one(content: Buffer): AsyncGenerator<Buffer> {
  if (content.length > 0) yield content;
}
