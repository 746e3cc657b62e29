import type { Address } from '../../../flow/connection.js';
import { formatHostPort } from '../../../flow/http/authority.js';
import { Headers } from '../../../flow/http/headers.js';
import { CR, LF } from '../../../flow/text/ascii.js';
import { quoteWire } from '../../../flow/text/quote.js';
import { ProtocolError } from '../../errors.js';
import { mayEndHead, parseHead } from '../../http1/head/head.js';
import { parseStatusLine } from '../../http1/head/start-line.js';

/** The head of a CONNECT to a proxy (RFC 9110 section 9.3.6). */
export function connectRequest([host, port]: Address, authorization: string | undefined, hasHost: boolean): Buffer {
  const authority = formatHostPort(host, port);
  const lines = [`CONNECT ${authority} HTTP/1.1`];
  if (hasHost) lines.push(`Host: ${authority}`);
  if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

export interface ConnectAnswer {
  statusCode: number;
  reason: string;
  headers: Headers;
  /** Offset after its head, where the tunnel begins. */
  end: number;
}

/**
 * Reads the head of the final response; interim responses are skipped. Takes linear time, regardless of the size of the pieces.
 * @returns a function of all bytes received so far. It returns undefined if the head is incomplete, and may throw
 * ProtocolError.
 */
export function connectAnswerReader(): (bytes: Buffer) => ConnectAnswer | undefined {
  let at = 0;
  /** The end of the head is not before this offset. */
  let searched = 0;
  return (bytes) => {
    for (;;) {
      while (bytes[at] === CR || bytes[at] === LF) at++;
      const head = mayEndHead(bytes, Math.max(at, searched)) ? parseHead(bytes, at, false) : undefined;
      if (!head) {
        searched = bytes.length;
        refuseOtherProtocols(bytes, at);
        return undefined;
      }
      const { statusCode, reason } = parseStatusLine(head.line);
      if (statusCode >= 200 || statusCode === 101) {
        return { statusCode, reason, headers: new Headers(head.block), end: head.end };
      }
      at = head.end;
    }
  };
}

/** Bytes of another protocol might never contain the end of a head. */
function refuseOtherProtocols(bytes: Buffer, at: number): void {
  if (!'HTTP/'.startsWith(bytes.toString('latin1', at, at + 5)))
    throw new ProtocolError(502, `it sent ${quoteWire(bytes.toString('latin1', at, at + 40))}`);
}
