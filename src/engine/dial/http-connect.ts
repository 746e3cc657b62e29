import { formatHostPort } from '../../flow/authority.js';
import type { Address } from '../../flow/connection.js';
import { quote } from '../../flow/quote.js';
import { ProtocolError } from '../errors.js';
import { parseHead } from '../http1/head.js';
import { parseStatusLine } from '../http1/start-line.js';

/** A CONNECT for a proxy (RFC 9110 section 9.3.6). */
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
  /** Offset behind its head, where the tunnel begins. */
  end: number;
}

/** Reads the head of the answer; interim ones are passed over. @returns undefined if not all of it is there @throws ProtocolError */
export function readConnectAnswer(bytes: Buffer): ConnectAnswer | undefined {
  for (let at = 0; ; ) {
    const head = parseHead(bytes, at, false);
    if (!head) {
      refuseOtherProtocols(bytes, at);
      return undefined;
    }
    const { statusCode, reason } = parseStatusLine(head.line);
    if (statusCode >= 200 || statusCode === 101) return { statusCode, reason, end: head.end };
    at = head.end;
  }
}

/** What is no HTTP need not have an end. */
function refuseOtherProtocols(bytes: Buffer, at: number): void {
  const begin = bytes.toString('latin1', at, at + 5).replace(/^[\r\n]+/, '');
  if (!'HTTP/'.startsWith(begin.slice(0, 5)))
    throw new ProtocolError(502, `it sent ${quote(bytes.toString('latin1', at, at + 40))}`);
}
