import { ALERTS, beginsHandshake, fatalAlert } from '../net/tls-record.js';

/** Another protocol than SOCKS 5, and a response that its client can parse. */
export interface ForeignProtocol {
  message: string;
  answer: Buffer;
}

/** @returns undefined for an unknown protocol */
export function foreignProtocol(bytes: Buffer): ForeignProtocol | undefined {
  if (bytes[0] === 4) {
    return {
      message: 'the client speaks SOCKS 4; set it up for SOCKS 5 (socks5://)',
      // Version 0, code 91: rejected.
      answer: Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]),
    };
  }
  if (/^[A-Z]{1,20}( |$)/.test(bytes.toString('latin1', 0, 21))) {
    return {
      message: 'the client speaks HTTP; set it up for SOCKS 5 (socks5://), or use a listener in mode regular',
      answer: Buffer.from(
        `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: ${HINT.length}\r\n\r\n${HINT}`,
      ),
    };
  }
  if (beginsHandshake(bytes) !== false) {
    return {
      message: 'the client speaks TLS; SOCKS 5 has no TLS',
      answer: fatalAlert(ALERTS.unexpectedMessage),
    };
  }
  return undefined;
}

const HINT = 'This is a SOCKS 5 proxy, not an HTTP proxy.\n';
