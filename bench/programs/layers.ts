import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/*
 * `perf script -F comm,tid,ip,sym,dso | node layers.js MICROSECONDS`: divides the CPU time for a request, which was measured apart,
 * among the layers in which the samples of a tsdump lie (bench/README.md says how they are taken). JavaScript counts with the
 * built-in functions and the C++ that it calls.
 */
interface Frame {
  symbol: string;
  file: string;
}

/** Layers by the first match with a module of `src`, as the bundles name it. */
const MODULES: readonly (readonly [RegExp, string])[] = [
  [/^src\/engine\/http1\//, 'HTTP/1 messages: parsing and writing heads, framing'],
  [/^src\/engine\/tls\//, 'TLS: tsdump'],
  [/^src\/engine\/(client|listen|net|relay|socks5|upstream|proxy)/, 'connections: clients, servers, sockets'],
  [/^src\/engine\//, 'exchanges'],
  [/^src\/serialize\//, 'encoding the record, queue of the file'],
  [/^src\/(terminal|addons\/dumper)/, 'display line'],
  [/^src\/(flow|addons|cli)\//, 'flows, bodies, hooks, other addons'],
];
const SCRIPT = /^(?:JS|Script|Function|Eval|RegExp|Builtin):/;
const COLLECTION = /Scaveng|Marking|Sweep|MarkCompact|CollectGarbage|ArrayBufferSweeper/;
const COMPILER = /compiler::|OptimizingCompile|v8::internal::Compiler|baseline::/;
const OPENSSL = /^(?:SSL_|ssl_|tls_|ossl_|EVP_|d2i_|i2d_|X509|ASN1_|BIO_|CRYPTO_|OPENSSL_|EC_|BN_|ECDSA|RSA_)/;

const total = Number(process.argv[2]);
const layers = new Map<string, number>();
const threads = new Map<string, Frame[][]>();
const bundles = new Map<string, string[]>();
await readSamples();
// The main thread has most samples.
const [main, ...others] = [...threads.values()].sort((a, b) => b.length - a.length);
for (const stack of main ?? []) count(layerOf(stack));
for (const stack of others.flat()) count(layerOfThread(stack));
const samples = [...threads.values()].flat().length;
for (const [layer, size] of [...layers].sort((a, b) => b[1] - a[1])) {
  const share = size / samples;
  console.log(`| ${layer} | ${(share * 100).toFixed(1)} % | ${Math.round(share * total)} |`);
}

async function readSamples(): Promise<void> {
  let stack: Frame[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const frame = /^\s+[0-9a-f]+ (.*) \((.*)\)$/.exec(line);
    if (frame) stack.push({ symbol: frame[1]!, file: frame[2]! });
    else if (line.trim() !== '') {
      stack = [];
      const known = threads.get(line.trim());
      if (known) known.push(stack);
      else threads.set(line.trim(), [stack]);
    }
  }
}

function count(layer: string): void {
  layers.set(layer, (layers.get(layer) ?? 0) + 1);
}

function layerOfThread(stack: Frame[]): string {
  if (has(stack, COLLECTION)) return 'garbage collection';
  return has(stack, COMPILER) ? 'compiling JavaScript' : 'other threads: writing the file';
}

/** @param stack the innermost frame first */
function layerOf(stack: Frame[]): string {
  if (has(stack, COLLECTION)) return 'garbage collection';
  if (has(stack, COMPILER)) return 'compiling JavaScript';
  if (stack[0]?.file.includes('kernel')) {
    return has(stack, /^(?:tcp_|inet_|__?sock|sys_)|_sys_(?:connect|close|shutdown|accept4|socket)$/)
      ? 'kernel: sockets'
      : 'kernel: epoll and other';
  }
  if (has(stack, OPENSSL)) return 'OpenSSL';
  const script = stack.find(({ symbol, file }) => file.endsWith('.map') && SCRIPT.test(symbol));
  return script ? layerOfScript(script.symbol) : 'libuv, and C++ of Node.js and V8 outside JavaScript';
}

function layerOfScript(symbol: string): string {
  const place = /(file:\/\/\S*\/dist\/program\/\S+?):(\d+):\d+$/.exec(symbol);
  if (!place) return symbol.includes('node:') ? 'JavaScript of Node.js' : 'encoding the record, queue of the file';
  const module = moduleAt(fileURLToPath(place[1]!), Number(place[2]));
  return MODULES.find(([path]) => path.test(module))?.[1] ?? 'flows, bodies, hooks, other addons';
}

/** The module at a line of a bundle, which has its name in a comment above it. */
function moduleAt(path: string, line: number): string {
  let lines = bundles.get(path);
  if (!lines) {
    lines = readFileSync(path, 'utf8').split('\n');
    bundles.set(path, lines);
  }
  for (let at = line - 1; at >= 0; at--) if (lines[at]!.startsWith('// src/')) return lines[at]!.slice(3);
  return '';
}

function has(stack: readonly Frame[], pattern: RegExp): boolean {
  return stack.some(({ symbol }) => pattern.test(symbol));
}
