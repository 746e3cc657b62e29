/** Flows as plain data, from which both tsdump's and mitmproxy's are made. Bytes are latin1 text. */
export type FlowSpec = HttpSpec | StreamSpec | DnsSpec;

interface CommonSpec {
  /** Seconds since the epoch. */
  created: number;
  client: [host: string, port: number];
  server?: [host: string, port: number];
  tls?: boolean;
  error?: string;
  marked?: string;
  comment?: string;
  metadata?: Record<string, string | number>;
  isReplay?: 'request' | 'response';
}

interface MessageSpec {
  fromClient: boolean;
  content: string;
}

export interface HttpSpec extends CommonSpec {
  kind: 'http';
  websocket?: boolean;
  messages?: MessageSpec[];
  request: {
    method: string;
    scheme: string;
    host: string;
    port: number;
    authority?: string;
    path: string;
    version: string;
    headers: [string, string][];
    body: string;
  };
  response?: {
    status: number;
    headers: [string, string][];
    body: string;
    /** Until its last byte. */
    seconds: number;
  };
}

interface StreamSpec extends CommonSpec {
  kind: 'tcp' | 'udp';
  messages: MessageSpec[];
}

export interface DnsSpec extends CommonSpec {
  kind: 'dns';
  question: { name: string; type: number };
  answers?: { name: string; type: number; data: string }[];
}
