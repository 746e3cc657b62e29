import type { DecodeContext } from './context.js';
import type { MessageType } from './definitions/definitions.js';
import type { ProtobufField, ProtobufMessage, ProtobufValue } from './message.js';

/** Decodes Google's well-known types to their special JSON forms: times, wrapped values, and `Any`. */
export function wellKnown(
  bytes: Buffer,
  type: MessageType,
  context: DecodeContext,
  depth: number,
): ProtobufValue | undefined {
  const { name } = type;
  if (!name.startsWith('google.protobuf.')) return undefined;
  switch (name.slice('google.protobuf.'.length)) {
    case 'Timestamp':
      return timestamp(context.decode(bytes, type, depth + 1));
    case 'Duration':
      return duration(context.decode(bytes, type, depth + 1));
    case 'Any':
      return any(bytes, type, context, depth);
    default:
      return name.endsWith('Value') && name !== 'google.protobuf.Value' && name !== 'google.protobuf.ListValue'
        ? wrapped(context.decode(bytes, type, depth + 1))
        : undefined;
  }
}

/** Seconds of the years 1 to 9999, the range of RFC 3339. */
const FIRST = -62_135_596_800;
const LAST = 253_402_300_799;

function timestamp(message: ProtobufMessage): ProtobufValue | undefined {
  const parts = timeParts(message);
  if (!parts || parts.seconds < FIRST || parts.seconds > LAST || parts.nanos < 0 || parts.nanos > 999_999_999)
    return undefined;
  const time = new Date(parts.seconds * 1000).toISOString().replace(/\.000Z$/, '');
  return { kind: 'text', value: `${time}${fraction(parts.nanos)}Z` };
}

function duration(message: ProtobufMessage): ProtobufValue | undefined {
  const parts = timeParts(message);
  if (!parts || Math.abs(parts.nanos) > 999_999_999 || parts.seconds * parts.nanos < 0) return undefined;
  const sign = parts.seconds < 0 || parts.nanos < 0 ? '-' : '';
  return { kind: 'text', value: `${sign}${Math.abs(parts.seconds)}${fraction(Math.abs(parts.nanos))}s` };
}

/** @returns undefined if the message has other fields */
function timeParts({ fields, rest }: ProtobufMessage): { seconds: number; nanos: number } | undefined {
  if (rest || fields.some(({ number }) => number > 2)) return undefined;
  const [seconds, nanos] = [numberOf(fields, 1), numberOf(fields, 2)];
  return seconds === undefined || nanos === undefined ? undefined : { seconds, nanos };
}

function numberOf(fields: readonly ProtobufField[], number: number): number | undefined {
  const value = fields.find((field) => field.number === number)?.values.at(-1);
  if (!value) return 0;
  return value.kind === 'number' && typeof value.value === 'number' ? value.value : undefined;
}

/** With 3, 6 or 9 digits, as in the JSON form. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos)
    .padStart(9, '0')
    .replace(/(?:000){1,2}$/, '')}`;
}

/** `StringValue`, `Int32Value` and so on. The default value is not sent. */
function wrapped({ fields, rest }: ProtobufMessage): ProtobufValue | undefined {
  const [field] = fields;
  return !rest && fields.length === 1 && field!.number === 1 ? field!.values.at(-1) : undefined;
}

/** The message in an `Any`, if its type is known, with its type as `@type`. */
function any(bytes: Buffer, type: MessageType, context: DecodeContext, depth: number): ProtobufValue | undefined {
  const { fields, rest } = context.decode(bytes, type, depth + 1);
  const url = fields.find(({ number }) => number === 1)?.values.at(-1);
  const content = fields.find(({ number }) => number === 2)?.values.at(-1);
  if (rest || url?.kind !== 'text' || (content && content.kind !== 'bytes')) return undefined;
  const inner = context.definitions?.message(url.value.slice(url.value.lastIndexOf('/') + 1));
  if (!inner) return undefined;
  const message = context.decode(content?.bytes ?? Buffer.alloc(0), inner, depth + 1);
  const typeField: ProtobufField = { name: '@type', number: 0, values: [url], repeated: false };
  return { kind: 'message', message: { ...message, fields: [typeField, ...message.fields] } };
}
