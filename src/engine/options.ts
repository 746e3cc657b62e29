/** The engine's options. Times are seconds, sizes bytes. */
export interface EngineOptions {
  /** Mode specs, such as `regular` or `reverse:example.com@8081`. */
  mode: readonly string[];
  listenHost: string;
  /** The port of modes without one in their spec; undefined uses each mode's default. */
  listenPort: number | undefined;
  /** Whether connections are logged as `info` instead of `debug`. */
  logConnections: boolean;
  /** `eager` connects to the server before it answers a CONNECT, `lazy` for the first request. */
  connectionStrategy: 'eager' | 'lazy';
  /** Local address of connections to servers; undefined lets the system choose. */
  connectAddr: string | undefined;
  /** `USER:PASSWORD` for the upstream proxy of upstream mode, or for the servers of reverse mode. */
  upstreamAuth: string | undefined;
  /** Hosts that bypass the upstream proxy; see `NoProxy`. */
  noProxy: readonly string[];
  /** Whether a CONNECT to an upstream proxy has a `Host` field. */
  httpConnectSendHostHeader: boolean;
  /** Whether reverse mode keeps `Host` and SNI as the client sent them. */
  keepHostHeader: boolean;
  /** Seconds for which the addresses of a name are cached; 0 disables the cache. */
  dnsCacheTtl: number;
  /** Seconds for which a server's certificate and handshake are cached; 0 disables the cache. */
  serverIdentityTtl: number;
  /** Whether clients share idle connections to servers. */
  shareConnections: boolean;
  connectTimeout: number;
  /** Time limit for the head of a response; 0 for no limit. */
  responseTimeout: number;
  /** Maximum time without progress of a body; 0 for no limit. */
  stallTimeout: number;
  /** Time limit for a request head after its first byte. */
  headerTimeout: number;
  /** Maximum idle time of a client connection between requests, or of a tunnel. */
  tcpTimeout: number;
  /** Time limit for the response after the client has ended its side; 0 waits as long as its socket is open. */
  halfCloseTimeout: number;
  maxHeaderSize: number;
  /** Maximum size of a body; undefined for no limit. */
  bodySizeLimit: number | undefined;
  /** Maximum size of a body that is held for addons; undefined for no limit. */
  streamLargeBodies: number | undefined;
  /** Whether bodies larger than that are recorded. */
  storeStreamedBodies: boolean;
  validateInboundHeaders: boolean;
  /** Whether HTTP/2 is spoken with clients and servers. */
  http2: boolean;
  /** Seconds without received bytes after which a PING is sent to a server; 0 disables it. */
  http2PingKeepalive: number;
  /** Whether names of headers are sent in lower case over HTTP/2. */
  normalizeOutboundHeaders: boolean;
  /** Whether WebSocket frames are parsed; otherwise their bytes are relayed. */
  websocket: boolean;
  /** Maximum bytes of a WebSocket message that is held for an addon, and of a suspiciously well compressed one. */
  websocketMessageLimit: number;
  /** Whether connections that are not HTTP are relayed as TCP flows. */
  rawtcp: boolean;
  /** Whether ignored connections are recorded as flows without content. */
  showIgnoredHosts: boolean;
  /** Whether a host is ignored for a client that has rejected our certificate for it. */
  passthroughOnReject: boolean;
  /** Whether leaf certificates copy the names in the server's certificate. */
  upstreamCert: boolean;
  /** Whether server certificates are accepted without verification. */
  sslInsecure: boolean;
  /** Whether servers may lack secure renegotiation (RFC 5746); `sslInsecure` allows that, too. */
  sslLegacyServerConnect: boolean;
  /** PEM file of trusted roots in addition to Node's own. */
  sslVerifyUpstreamTrustedCa: string | undefined;
  /** Folder of PEM files of trusted roots in addition to Node's own. */
  sslVerifyUpstreamTrustedConfdir: string | undefined;
  tlsVersionClientMin: TlsVersionName;
  tlsVersionClientMax: TlsVersionName;
  tlsVersionServerMin: TlsVersionName;
  tlsVersionServerMax: TlsVersionName;
  /** OpenSSL cipher lists; undefined for Node's own. */
  ciphersClient: string | undefined;
  ciphersServer: string | undefined;
  /** Curves for the key exchange, by their OpenSSL names; undefined for Node's own. */
  tlsEcdhCurveClient: string | undefined;
  tlsEcdhCurveServer: string | undefined;
  /** Certificates to use instead of minted ones: `[DOMAIN=]PATH` of a PEM file with its key. */
  certs: readonly string[];
  /** Passphrase of encrypted keys. */
  certPassphrase: string | undefined;
  /**
   * Client certificate for servers that request one: a PEM file with key and certificate, or a folder with `NAME.pem`
   * for each server name.
   */
  clientCerts: string | undefined;
  /** Whether to request client certificates; any certificate is accepted, and so is the lack of one. */
  requestClientCert: boolean;
  /** Whether the server's certificates are sent to the client after its leaf certificate. */
  addUpstreamCertsToClientChain: boolean;
}

/** TLS versions, as mitmproxy names them. */
export type TlsVersionName = 'UNBOUNDED' | 'SSL3' | 'TLS1' | 'TLS1_1' | 'TLS1_2' | 'TLS1_3';
