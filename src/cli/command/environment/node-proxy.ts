// Loaded by `node --require` into every Node.js program that runs under tsdump: makes versions without NODE_USE_ENV_PROXY use
// the proxy of the environment, too, and in newer versions also the agents that programs make. It must not fail, produce output or
// take long, and has to run on older versions.
import type { AgentOptions, ClientRequest, ClientRequestArgs } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

/** An HTTP proxy from the environment. */
interface Proxy {
  host: string;
  port: number;
  /** Value of `Proxy-Authorization`. */
  authorization: string | undefined;
}

type Connected = (error: Error | null, socket?: Socket) => void;
/** The parts of agents that are used here; their types lack some. */
interface AgentParts {
  options: AgentOptions;
  addRequest(request: ClientRequest, target: ClientRequestArgs): void;
  createConnection(target: ClientRequestArgs & ConnectionOptions, connected: Connected): unknown;
}
type AgentClass = (new (options?: AgentOptions) => AgentParts) & { prototype: AgentParts };
/** The modules `http` and `https`, reduced to the used parts. */
interface AgentModule {
  Agent: AgentClass;
  globalAgent: AgentParts;
}

/** `http.request` before nock or MSW replaces it; theirs refuse CONNECT. */
let requestTunnel: typeof import('node:http').request;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
/** `http` and `https` use the environment since 22.21 and 24.5, `fetch` since 22.21 and 24.0. */
const isRecent = major > 24 || (major === 22 && minor >= 21);

if (process.env.NODE_USE_ENV_PROXY === '1') {
  try {
    if (isRecent || (major === 24 && minor >= 5)) useProxyForNewAgents();
    else useProxyForAgents();
    if (!isRecent && major < 24) useProxyForFetch();
  } catch {
    // On failure, the program runs without the proxy.
  }
}

/** Replaces the default agents. */
function useProxyForAgents(): void {
  requestTunnel = require('node:http').request;
  const http = require('node:http') as AgentModule;
  const https = require('node:https') as AgentModule;
  class HttpAgent extends http.Agent {
    override addRequest(request: ClientRequest, target: ClientRequestArgs): void {
      const proxy = target.socketPath ? undefined : proxyFor('http', hostOf(target), Number(target.port ?? 80));
      if (proxy) forward(request, target, proxy);
      super.addRequest(request, proxy ? { ...target, host: proxy.host, port: proxy.port } : target);
    }
  }
  class HttpsAgent extends https.Agent {
    override createConnection(target: ClientRequestArgs & ConnectionOptions, connected: Connected): unknown {
      const host = hostOf(target);
      const port = Number(target.port ?? 443);
      const proxy = target.socketPath ? undefined : proxyFor('https', host, port);
      if (!proxy) return super.createConnection(target, connected);
      secureTunnel(proxy, host, port, target, connected);
      return undefined;
    }
  }
  http.globalAgent = new HttpAgent({ ...http.globalAgent.options });
  https.globalAgent = new HttpsAgent({ ...https.globalAgent.options });
}

/** Makes `new Agent()`, and Node.js for `agent: false`, create an agent that uses the proxy, as the default agents do. */
function useProxyForNewAgents(): void {
  for (const name of ['node:http', 'node:https']) {
    const module = require(name) as AgentModule;
    const { Agent } = module;
    const replaced: AgentClass = new Proxy(Agent, {
      // Subclasses may have proxies of their own.
      construct: (_, [options]: [AgentOptions?], target) => {
        const isPlain = target === replaced && !reachesServersItself(options ?? {});
        return Reflect.construct(
          Agent,
          [isPlain ? { proxyEnv: process.env, ...options } : options],
          target,
        ) as AgentParts;
      },
    });
    module.Agent = replaced;
    // Node.js creates the agents for `agent: false` by it.
    (Agent.prototype as { constructor: unknown }).constructor = replaced;
  }
  (require('node:module') as typeof import('node:module')).syncBuiltinESMExports();
}

/** Options by which an agent says how to reach or trust its servers: a proxy that intercepts TLS would be in the way. */
const OWN = ['ca', 'cert', 'key', 'pfx', 'secureContext', 'lookup', 'path', 'socketPath', 'proxyEnv'];

function reachesServersItself(options: AgentOptions): boolean {
  return OWN.some((name) => (options as Record<string, unknown>)[name] !== undefined);
}

function hostOf({ hostname, host }: ClientRequestArgs): string {
  return (host ?? hostname ?? 'localhost').replace(/^\[(.*)\]$/, '$1');
}

/** Changes a request to the form for a proxy (RFC 9112 section 3.2.2). */
function forward(request: ClientRequest, target: ClientRequestArgs, { authorization }: Proxy): void {
  const host = hostOf(target);
  const port = Number(target.port ?? 80);
  const authority = `${host.includes(':') ? `[${host}]` : host}${port === 80 ? '' : `:${port}`}`;
  const before = request.path;
  request.path = `http://${authority}${before}`;
  const written = request as unknown as { _header: string | null };
  if (!written._header) {
    if (authorization) request.setHeader('Proxy-Authorization', authorization);
    return;
  }
  const field = authorization ? `\r\nProxy-Authorization: ${authorization}\r\n` : '\r\n';
  written._header = written._header.replace(` ${before} `, () => ` ${request.path} `).replace('\r\n', () => field);
}

/**
 * Gives `fetch` and the package undici, which share a dispatcher, one that uses the proxy. It is created on first use, because
 * loading Node's copy of the library takes 30 ms. A dispatcher that the program sets takes precedence.
 */
function useProxyForFetch(): void {
  const original = globalThis.fetch;
  if (!original) return;
  const symbol = Symbol.for('undici.globalDispatcher.1');
  /** Whether Node's copy has set its default dispatcher during its loading. */
  let hasDefault = false;
  const install = (): unknown => {
    if (hasDefault) {
      hasDefault = false;
      const Dispatcher = Reflect.get(globalThis, symbol).constructor as new (options: object) => object;
      Reflect.set(globalThis, symbol, new Dispatcher({ connect: connectForFetch }));
    }
    return Reflect.get(globalThis, symbol);
  };
  // Either copy of the library reads the property, and sets a default if it is missing.
  Object.defineProperty(globalThis, symbol, {
    configurable: true,
    enumerable: false,
    get: () => {
      hasDefault = true;
      if (isCalledByNode()) {
        process.nextTick(install);
        return undefined;
      }
      void globalThis.Headers;
      return install();
    },
  });
  const fetch: typeof original = (input, init) => {
    // The program may have wrapped this function meanwhile.
    if (globalThis.fetch === fetch) globalThis.fetch = original;
    install();
    return original(input, init);
  };
  globalThis.fetch = fetch;
}

/** Whether the caller's caller is Node's copy of undici. */
function isCalledByNode(): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 4;
  Error.prepareStackTrace = (_, frames) =>
    frames.some((frame) => frame.getFileName()?.startsWith('node:internal/deps/'));
  const { stack } = new Error();
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  return stack as unknown as boolean;
}

interface FetchTarget extends ConnectionOptions {
  hostname: string;
  protocol: string;
}

function connectForFetch(target: FetchTarget, connected: Connected): void {
  const isSecure = target.protocol === 'https:';
  const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(target.port) || (isSecure ? 443 : 80);
  const proxy = proxyFor(isSecure ? 'https' : 'http', host, port);
  if (isSecure && proxy) return secureTunnel(proxy, host, port, { ALPNProtocols: ['http/1.1'] }, connected);
  if (proxy) return tunnel(proxy, host, port, connected);
  const net = require('node:net') as typeof import('node:net');
  const tls = require('node:tls') as typeof import('node:tls');
  const name = net.isIP(host) ? '' : host;
  const socket = isSecure
    ? tls.connect({ host, port, servername: name, ALPNProtocols: ['http/1.1'] })
    : net.connect({ host, port });
  socket.once('error', connected).once(isSecure ? 'secureConnect' : 'connect', () => {
    socket.off('error', connected);
    connected(null, socket);
  });
}

/** TLS with a server through a proxy. */
function secureTunnel(
  proxy: Proxy,
  host: string,
  port: number,
  options: ConnectionOptions,
  connected: Connected,
): void {
  const { isIP } = require('node:net') as typeof import('node:net');
  const tls = require('node:tls') as typeof import('node:tls');
  tunnel(proxy, host, port, (error, socket) => {
    if (!socket) return connected(error);
    const servername = options.servername ?? (isIP(host) ? '' : host);
    const secure = tls.connect({ ...options, socket, host, servername });
    secure.once('error', connected).once('secureConnect', () => {
      secure.off('error', connected);
      connected(null, secure);
    });
  });
}

/** Opens a tunnel by CONNECT (RFC 9110 section 9.3.6). */
function tunnel(proxy: Proxy, host: string, port: number, connected: Connected): void {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const headers: Record<string, string> = { Host: authority };
  if (proxy.authorization) headers['Proxy-Authorization'] = proxy.authorization;
  const request = requestTunnel({
    host: proxy.host,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    headers,
    agent: false,
  });
  request.once('error', connected);
  request.once('connect', ({ statusCode }, socket) => {
    request.off('error', connected);
    if (statusCode === 200) return connected(null, socket);
    socket.destroy();
    connected(new Error(`The proxy refused CONNECT to ${authority}: ${statusCode}`));
  });
  request.end();
}

/** The proxy for a server; undefined without one, or if the server is the proxy itself. */
function proxyFor(scheme: 'http' | 'https', host: string, port: number): Proxy | undefined {
  const { env } = process;
  const text = env[`${scheme}_proxy`] || env[`${scheme.toUpperCase()}_PROXY`];
  if (!text || isExcluded(host, port, env.no_proxy || env.NO_PROXY || '')) return undefined;
  const { hostname, port: proxyPort, username, password } = new URL(text);
  const proxy = hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === proxy && port === Number(proxyPort)) return undefined;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization = username ? `Basic ${Buffer.from(credentials).toString('base64')}` : undefined;
  return { host: proxy, port: Number(proxyPort) || 80, authorization };
}

function isExcluded(host: string, port: number, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => {
    const name = entry.replace(/^\*?\./, '').toLowerCase();
    if (name === '') return false;
    return entry === '*' || [host, `${host}:${port}`].some((own) => own === name || own.endsWith(`.${name}`));
  });
}
