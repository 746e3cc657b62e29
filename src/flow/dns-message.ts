/** A DNS message (RFC 1035 section 4.1). */
export interface DnsMessage {
  /** Seconds since the epoch. */
  timestamp: number;
  id: number;
  /** Whether it is a query and not a response. */
  query: boolean;
  opCode: number;
  authoritativeAnswer: boolean;
  truncation: boolean;
  recursionDesired: boolean;
  recursionAvailable: boolean;
  reserved: number;
  responseCode: number;
  questions: DnsQuestion[];
  answers: DnsRecord[];
  authorities: DnsRecord[];
  additionals: DnsRecord[];
}

export interface DnsQuestion {
  name: string;
  /** RR type and class as numbers (RFC 1035 section 3.2). */
  type: number;
  class: number;
}

export interface DnsRecord extends DnsQuestion {
  /** Seconds. */
  ttl: number;
  /** RDATA as on the wire. */
  data: Buffer;
}

/** A DNS message with defaults for the missing parts. */
export function newDnsMessage(parts: Partial<DnsMessage> = {}): DnsMessage {
  return {
    timestamp: 0,
    id: 0,
    query: false,
    opCode: 0,
    authoritativeAnswer: false,
    truncation: false,
    recursionDesired: false,
    recursionAvailable: false,
    reserved: 0,
    responseCode: 0,
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
    ...parts,
  };
}
