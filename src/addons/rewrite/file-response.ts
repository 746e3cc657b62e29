import { close, closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { lookup } from 'mrmime';
import { Body, type ByteSource } from '../../flow/body/body.js';
import { Headers } from '../../flow/http/headers.js';
import type { HttpRequest } from '../../flow/http/http-request.js';
import { HttpResponse } from '../../flow/http/http-response.js';
import { REASONS } from '../../flow/http/reason-phrases.js';

/** Files up to this size, in bytes, are read into memory. */
const SMALL = 256 * 1024;

/**
 * The response with the content of a file, or the part in the request's `Range` (RFC 9110 section 14.2).
 * @param server value of the `Server` field
 * @throws Error (of `fs`) if it cannot be read
 */
export function fileResponse(path: string, request: HttpRequest, server: string): HttpResponse {
  const descriptor = openSync(path, 'r');
  let isKept = false;
  try {
    const { size } = fstatSync(descriptor);
    const fields: [string, string][] = [['Server', server]];
    const type = lookup(path);
    if (type !== undefined) fields.push(['Content-Type', type]);
    const range = rangeOf(request, size);
    if (range === 'unsatisfiable') {
      return respond(416, [...fields, ['Content-Range', `bytes */${size}`]], Buffer.alloc(0));
    }
    const { start, end } = range ?? { start: 0, end: size };
    if (range) fields.push(['Content-Range', `bytes ${start}-${end - 1}/${size}`]);
    const status = range ? 206 : 200;
    if (request.method === 'HEAD') return headOnly(fields, size);
    if (end - start <= SMALL) return respond(status, fields, readPart(descriptor, start, end));
    isKept = true;
    return respond(status, fields, new FileRange(descriptor, start, end));
  } finally {
    if (!isKept) closeSync(descriptor);
  }
}

/** Only GET supports ranges. `If-Range` never matches, because our responses have no validators. */
function rangeOf({ method, headers }: HttpRequest, size: number) {
  if (method !== 'GET' || !headers.has('range') || headers.has('if-range')) return undefined;
  return byteRange(headers.get('range')!, size);
}

function respond(statusCode: number, fields: [string, string][], content: Buffer | FileRange): HttpResponse {
  if (Buffer.isBuffer(content)) return HttpResponse.make(statusCode, content, fields);
  const headers = Headers.from([...fields, ['Content-Length', String(content.size)]]);
  const body = Body.of(headers, content, content.size, true);
  return new HttpResponse({ statusCode, reason: REASONS[statusCode]!, httpVersion: 'HTTP/1.1', headers, body });
}

/** The response to HEAD has the fields that GET would get (RFC 9110 section 9.3.2). */
function headOnly(fields: [string, string][], size: number): HttpResponse {
  const response = HttpResponse.make(200, '', fields);
  response.headers.set('Content-Length', String(size));
  return response;
}

function readPart(descriptor: number, start: number, end: number): Buffer {
  const buffer = Buffer.alloc(end - start);
  const length = readSync(descriptor, buffer, 0, buffer.length, start);
  return buffer.subarray(0, length);
}

const readAsync = promisify(read);

/** Size of one read, in bytes. */
const PIECE = 64 * 1024;

/** A part of an open file as the content of a body. It is read in pieces while it is sent. */
class FileRange implements ByteSource {
  readonly buffer = undefined;
  private isOpen = true;

  /** @param descriptor closed when the range is released @param end offset after the last byte */
  constructor(
    private readonly descriptor: number,
    private readonly start: number,
    private readonly end: number,
  ) {}

  get size(): number {
    return this.end - this.start;
  }

  /** @throws Error if the file has become shorter */
  async *read(): AsyncGenerator<Buffer> {
    for (let at = this.start; at < this.end; ) {
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, this.end - at));
      const { bytesRead } = await readAsync(this.descriptor, buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  release(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    close(this.descriptor, () => {});
  }
}

/** Offsets of a range: its first byte, and the one after its last byte. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` of one part in bytes (RFC 9110 section 14.1.2).
 * @param size of the whole content
 * @returns undefined if the field must be ignored: several parts, another unit, or invalid syntax
 */
function byteRange(value: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(value) ?? [];
  if (first === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return undefined;
  return start < size ? { start, end } : 'unsatisfiable';
}
