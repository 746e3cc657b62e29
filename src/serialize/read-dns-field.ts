import type { DnsMessage } from '../flow/dns-message.js';

/** What reads the next value of a flow file, in whatever notation. */
interface Values {
  number(): number;
  boolean(): boolean;
}

/** Reads a field that is a number or a flag. @returns false if the key is that of no such field, and nothing was read */
export function readDnsField(input: Values, message: DnsMessage, key: string | undefined): boolean {
  switch (key) {
    case 'timestamp':
    case 'id':
    case 'opCode':
    case 'reserved':
    case 'responseCode':
      message[key] = input.number();
      return true;
    case 'query':
    case 'authoritativeAnswer':
    case 'truncation':
    case 'recursionDesired':
    case 'recursionAvailable':
      message[key] = input.boolean();
      return true;
    default:
      return false;
  }
}
