/** The options that the engine reads. Times are seconds, sizes bytes. */
export interface EngineOptions {
  /** Mode specs, such as `regular` or `reverse:example.com@8081`. */
  mode: readonly string[];
  listenHost: string;
  /** The port of modes that name none; undefined leaves each mode its own. */
  listenPort: number | undefined;
  /** Whether connections are logged as `info`, in place of `debug`. */
  logConnections: boolean;
  /** `eager` connects to the server before a CONNECT is answered, `lazy` when the first request needs it. */
  connectionStrategy: 'eager' | 'lazy';
  /** Our address on connections to servers; undefined leaves it to the system. */
  connectAddr: string | undefined;
  /** `USER:PASSWORD` for the upstream proxy of upstream mode, or for the servers of reverse mode. */
  upstreamAuth: string | undefined;
  /** Hosts that are reached without the upstream proxy; see `NoProxy`. */
  noProxy: readonly string[];
  /** Whether a CONNECT to an upstream proxy has a `Host`. */
  httpConnectSendHostHeader: boolean;
  /** Whether reverse mode leaves `Host` and SNI as the client sent them. */
  keepHostHeader: boolean;
  connectTimeout: number;
  /** How long a server may take for the head of its response; 0 waits for ever. */
  responseTimeout: number;
  /** How long a body may stand still; 0 for ever. */
  stallTimeout: number;
  /** How long a client may take for a head that it has begun. */
  headerTimeout: number;
  /** How long a client connection may be idle between requests, or a tunnel silent. */
  tcpTimeout: number;
  /** How long an answer is awaited for a client that has ended its side; 0 as long as its socket lives. */
  halfCloseTimeout: number;
  maxHeaderSize: number;
  validateInboundHeaders: boolean;
  /** Whether frames of WebSocket are parsed; else their bytes go through. */
  websocket: boolean;
  /** Bytes of a WebSocket message that is held for an addon, and what a compression bomb may unpack to. */
  websocketMessageLimit: number;
  /** Whether connections that are not HTTP go through as TCP flows. */
  rawtcp: boolean;
  /** Whether ignored connections leave a flow that says so. */
  showIgnoredHosts: boolean;
  /** Whether hosts for which a client does not accept our certificate are ignored from then on. */
  passthroughOnReject: boolean;
  /** Whether names are copied from the certificate of the server. */
  upstreamCert: boolean;
  /** Whether servers may have certificates that do not verify. */
  sslInsecure: boolean;
  /** Whether servers may lack secure renegotiation (RFC 5746); with `sslInsecure` they may, too. */
  sslLegacyServerConnect: boolean;
  /** PEM file with roots to trust beside Node's own; empty for none. */
  sslVerifyUpstreamTrustedCa: string;
  /** Folder of PEM files with roots to trust beside Node's own; empty for none. */
  sslVerifyUpstreamTrustedConfdir: string;
  tlsVersionClientMin: TlsVersionName;
  tlsVersionClientMax: TlsVersionName;
  tlsVersionServerMin: TlsVersionName;
  tlsVersionServerMax: TlsVersionName;
  /** OpenSSL cipher lists; empty for Node's own. */
  ciphersClient: string;
  ciphersServer: string;
  /** Curves for the key exchange as OpenSSL names them; undefined for Node's own. */
  tlsEcdhCurveClient: string | undefined;
  tlsEcdhCurveServer: string | undefined;
  /** Certificates that clients are shown in place of those made for them: `[DOMAIN=]PATH` of a PEM file with its key. */
  certs: readonly string[];
  /** Of encrypted keys. */
  certPassphrase: string | undefined;
  /** PEM file with key and certificate for servers that ask for one, or a folder with `NAME.pem` for each. */
  clientCerts: string | undefined;
  /** Whether clients are asked for a certificate; any is accepted, and none. */
  requestClientCert: boolean;
  /** Whether the certificates of the server are sent to the client behind its own. */
  addUpstreamCertsToClientChain: boolean;
}

/** Names of versions of TLS, as mitmproxy has them. */
export type TlsVersionName = 'UNBOUNDED' | 'SSL3' | 'TLS1' | 'TLS1_1' | 'TLS1_2' | 'TLS1_3';
