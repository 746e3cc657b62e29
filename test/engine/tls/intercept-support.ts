import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  createServer,
  type PeerCertificate,
  type TlsOptions,
} from 'node:tls';
import type { Test } from 'tap';
import { type Authority, type EngineOptions, ProxyEngine } from '../../../src/engine/index.js';
import { distinguishedName, toPem } from '../../../src/engine/tls/certificate-writer.js';
import { mintLeaf } from '../../../src/engine/tls/leaf.js';
import { subjectName } from '../../../src/engine/tls/subject-name.js';
import { Dispatcher } from '../../../src/flow/dispatcher.js';
import type { Flow, HttpFlow } from '../../../src/flow/flow.js';
import type { Addon } from '../../../src/flow/hooks.js';
import type { Log } from '../../../src/flow/log.js';
import { SpoolPolicy } from '../../../src/flow/spool-policy.js';
import { write } from '../../support/folder.js';
import { certificate, ecKey, keyPem, spki, testAuthority } from './support.js';

export interface Interceptor {
  port: number;
  /** Signs what clients are shown. */
  authority: Authority;
  flows: Flow[];
  /** `level message` lines. */
  log: string[];
  engine: ProxyEngine;
  /** Resolves when a condition holds that flows or log lines can bring about. */
  until(condition: () => boolean): Promise<void>;
}

const DEFAULTS: EngineOptions = {
  mode: ['regular'],
  listenHost: '127.0.0.1',
  listenPort: 0,
  connectionStrategy: 'eager',
  connectAddr: undefined,
  upstreamAuth: undefined,
  noProxy: [],
  httpConnectSendHostHeader: true,
  keepHostHeader: false,
  connectTimeout: 10,
  responseTimeout: 0,
  headerTimeout: 10,
  tcpTimeout: 60,
  halfCloseTimeout: 2,
  maxHeaderSize: 1024 * 1024,
  validateInboundHeaders: true,
  rawtcp: true,
  showIgnoredHosts: false,
  passthroughOnReject: false,
  upstreamCert: true,
  sslInsecure: false,
  sslVerifyUpstreamTrustedCa: '',
  tlsVersionClientMin: 'TLS1_2',
  tlsVersionClientMax: 'UNBOUNDED',
  tlsVersionServerMin: 'TLS1_2',
  tlsVersionServerMax: 'UNBOUNDED',
  ciphersClient: '',
  ciphersServer: '',
  sslVerifyUpstreamTrustedConfdir: '',
  tlsEcdhCurveClient: undefined,
  tlsEcdhCurveServer: undefined,
  certs: [],
  certPassphrase: undefined,
  clientCerts: undefined,
  requestClientCert: false,
  addUpstreamCertsToClientChain: false,
};

/** A proxy that intercepts with an authority of its own, and keeps what it sees. */
export async function interceptor(
  t: Test,
  options: Partial<EngineOptions> = {},
  addons: Addon[] = [],
): Promise<Interceptor> {
  const authority = testAuthority();
  const flows: Flow[] = [];
  const log: string[] = [];
  let changed: () => void = () => {};
  const note = (list: unknown[], entry: unknown): void => {
    list.push(entry);
    changed();
  };
  const levels = ['error', 'warn', 'info', 'alert', 'debug'] as const;
  const logger = Object.fromEntries(
    levels.map((level) => [level, (message: string) => note(log, `${level} ${message}`)]),
  ) as unknown as Log;
  const hooks = new Dispatcher([...addons, { flowEnd: (flow) => note(flows, flow) }], {
    onError: (error) => note(log, `addon ${error}`),
    bodySearchLimit: 1024,
    onSearchLimit: () => {},
  });
  const engine = new ProxyEngine(
    { ...DEFAULTS, ...options },
    {
      hooks,
      log: logger,
      spool: new SpoolPolicy(),
      version: '0',
      authority,
      keyLog: undefined,
      onFatal: (error) => note(log, `fatal ${error}`),
    },
  );
  const [listening] = await engine.start();
  engine.serve();
  t.teardown(() => engine.stop(0));
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const patience = setTimeout(() => reject(new Error(`not within 10 s; log:\n${log.join('\n')}`)), 10_000);
      changed = () => {
        if (!condition()) return;
        clearTimeout(patience);
        resolve();
      };
      changed();
    });
  return { port: listening!.address[1], authority, flows, log, engine, until };
}

export interface Origin {
  port: number;
  host: string;
  /** The names that clients asked for, in order. */
  seen: (string | false)[];
}

export interface Identity {
  key: string;
  cert: string;
}

/** A key and certificate for these names, by an authority. */
export function identity(issuer: Authority, names: string[], organization?: string, now?: number): Identity {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const subject = { names: names.map((name) => subjectName(name) ?? wildcard(name)), organization };
  return { key: keyPem(key), cert: toPem(mintLeaf(subject, spki(key), issuer, now).der) };
}

function wildcard(value: string): { kind: 'dns'; value: string } {
  return { kind: 'dns', value };
}

export function selfSigned(key: KeyObject = ecKey()): Identity {
  return {
    key: keyPem(key),
    cert: toPem(certificate({ key, name: distinguishedName({ commonName: 'Self' }), extensions: [] })),
  };
}

/** A TLS server that answers each request with its path. */
export async function tlsOrigin(t: Test, options: TlsOptions): Promise<Origin> {
  const seen: (string | false)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ ALPNProtocols: ['http/1.1'], ...options }, (socket) => {
    seen.push(socket.servername ?? false);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const path = chunk.toString().split(' ')[1] ?? '';
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, host: '127.0.0.1', seen };
}

/** Asks a proxy for a tunnel. @returns the socket and the status line */
export async function connectThrough(port: number, target: string): Promise<{ socket: Socket; status: string }> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const status = await line(socket);
  return { socket, status };
}

function line(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const take = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk) text += chunk.toString();
      if (!text.includes('\r\n')) return;
      socket.off('readable', take);
      resolve(text.slice(0, text.indexOf('\r\n')));
    };
    socket.on('readable', take);
    socket.on('close', () => resolve(text));
  });
}

export interface TlsAnswer {
  /** What was seen when the handshake came to its end, if it did. */
  peer: { authorized: boolean; alpnProtocol: string | false | null; certificate: PeerCertificate } | undefined;
  error: string | undefined;
  response: string;
}

/** Shakes hands inside a tunnel, trusting the authority, and asks for a path. */
export async function ask(
  socket: Socket,
  authority: Authority,
  options: { servername?: string; alpn?: string[]; path?: string; name?: string; maxVersion?: 'TLSv1.2' } = {},
): Promise<TlsAnswer> {
  const stream = connectTls({
    socket,
    servername: options.servername ?? '',
    secureContext: createSecureContext({ ca: authority.certificatePem, maxVersion: options.maxVersion }),
    ...(options.alpn ? { ALPNProtocols: options.alpn } : {}),
    ...(options.name === undefined ? { checkServerIdentity: () => undefined } : {}),
  });
  return new Promise((resolve) => {
    let response = '';
    let peer: TlsAnswer['peer'];
    let error: string | undefined;
    stream.on('secureConnect', () => {
      const { authorized, alpnProtocol } = stream;
      peer = { authorized, alpnProtocol, certificate: stream.getPeerCertificate() };
      stream.write(`GET ${options.path ?? '/'} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`);
    });
    stream.on('data', (chunk) => {
      response += chunk.toString();
      if (/\r\n\r\n.*\S/s.test(response) || /Content-Length: 0/.test(response)) stream.end();
    });
    stream.on('error', (failure) => {
      error = failure.message;
    });
    stream.on('close', () => resolve({ peer, error, response }));
  });
}

/** A file with what a proxy has to trust to accept an origin. */
export function trusting(path: string, authority: Authority): Partial<EngineOptions> {
  return { sslVerifyUpstreamTrustedCa: write(path, authority.certificatePem) };
}

export function httpFlows(flows: Flow[]): HttpFlow[] {
  return flows.filter((flow): flow is HttpFlow => flow.type === 'http');
}
