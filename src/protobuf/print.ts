import { plural } from '../flow/text/plural.js';
import type { ProtobufField, ProtobufMessage, ProtobufValue } from './message.js';

const INDENT = '  ';

/** Maximum number of bytes to show of one value. */
const MAX_BYTES = 1024;

/**
 * A message as lines of YAML, in pieces. Numbers of unknown type have their other interpretations as a comment. The form is
 * that of mitmproxy 12.
 */
export function* printMessage(message: ProtobufMessage): Generator<string> {
  if (message.fields.length === 0 && !message.rest) yield '{}\n';
  else yield* printFields(message, '', '');
}

/** @param first the beginning of the first line, for an element of a list */
function* printFields({ fields, rest, isMap }: ProtobufMessage, indent: string, first: string): Generator<string> {
  let start = first || indent;
  for (const field of fields) {
    yield* printField(field, start, indent, isMap === true);
    start = indent;
  }
  if (rest) yield `${start}# not decoded, ${plural(rest.length, 'byte')}: ${hex(rest)}\n`;
}

function* printField(field: ProtobufField, start: string, indent: string, isKey: boolean): Generator<string> {
  const name = `${start}${/^\[/.test(field.name) || isKey || field.name.startsWith('@') ? quoted(field.name) : field.name}:`;
  if (!field.repeated) {
    yield* printValue(field.values.at(-1)!, name, indent + INDENT);
    return;
  }
  if (field.values.length === 0) {
    yield `${name} []\n`;
    return;
  }
  yield `${name}\n`;
  for (const value of field.values) yield* printElement(value, indent);
}

function* printElement(value: ProtobufValue, indent: string): Generator<string> {
  if (value.kind === 'message' && !isEmpty(value.message)) {
    yield* printFields(value.message, indent + INDENT, `${indent}- `);
  } else yield* printValue(value, `${indent}-`, indent + INDENT);
}

function* printValue(value: ProtobufValue, before: string, indent: string): Generator<string> {
  if (value.kind === 'message') {
    if (isEmpty(value.message)) yield `${before} {}\n`;
    else {
      yield `${before}\n`;
      yield* printFields(value.message, indent, '');
    }
  } else yield `${before} ${scalarText(value)}\n`;
}

function isEmpty({ fields, rest }: ProtobufMessage): boolean {
  return fields.length === 0 && !rest;
}

function scalarText(value: Exclude<ProtobufValue, { kind: 'message' }>): string {
  switch (value.kind) {
    case 'text':
      return quoted(value.value);
    case 'bytes':
      return `!binary ${hex(value.bytes) || "''"}${noteText(value.note)}`;
    case 'number': {
      const tag = value.tag ? `!${value.tag} ` : '';
      return `${tag}${numberText(value.value, value.float)}${noteText(value.note)}`;
    }
    case 'literal':
      return `${typeof value.value === 'number' ? numberText(value.value) : value.value}${noteText(value.note)}`;
  }
}

/** @param float whether to print it as a floating-point number */
function numberText(value: number | bigint, float?: boolean): string {
  if (typeof value === 'bigint') return String(value);
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value < 0 ? '-.inf' : '.inf';
  if (Object.is(value, -0)) return '-0.0';
  return float && Number.isInteger(value) ? `${value}.0` : String(value);
}

function noteText(note: string | undefined): string {
  return note === undefined ? '' : `  # ${note}`;
}

function hex(bytes: Buffer): string {
  const shown = bytes.toString('hex', 0, MAX_BYTES);
  return bytes.length > MAX_BYTES ? `${shown}…` : shown;
}

/** Words that YAML does not read as text. */
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i;

/** Text as YAML: plain if that is unambiguous, else in quotes with the escapes of JSON. */
function quoted(text: string): string {
  const isPlain = /^[A-Za-z_][\w./@+-]*(?: [\w./@+-]+)*$/.test(text) && !RESERVED.test(text);
  return isPlain ? text : JSON.stringify(text);
}
