import { isIPv4, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Address } from '../../../flow/connection.js';
import { ipText } from '../../../flow/text/ip-address.js';
import { ListenError } from '../../errors.js';
import { localAddress, type Platform } from './platform.js';

/** Linux: the kernel reports the destination after REDIRECT rules; TPROXY rules keep it as the local address. */
export async function loadLinux(): Promise<Platform> {
  return linux(await loadSocketOptions());
}

/** The platform for Linux, with these system calls. */
export function linux(options: SocketOptions): Platform {
  const address = Buffer.alloc(28);
  return {
    prepare: (listener) => prepare(options, listener),
    originalDestination: (socket: Socket): Address => {
      const local = localAddress(socket);
      const v4 = isIPv4(local[0]);
      const failure = v4
        ? options.get(socket, SOL_IP, SO_ORIGINAL_DST, address.subarray(0, 16))
        : options.get(socket, SOL_IPV6, IP6T_SO_ORIGINAL_DST, address);
      if (failure === undefined) return v4 ? readAddress4(address) : readAddress6(address);
      // Not translated: TPROXY delivered it, or the client connected to us directly.
      if (UNTRANSLATED.has(failure)) return local;
      throw new Error(`the system does not report the connection's destination (${failure})`);
    },
  };
}

/** Connection tracking does not know the connection, or is not in use. */
const UNTRANSLATED = new Set(['ENOENT', 'ENOPROTOOPT']);

/** Remarks on the rules that do not work with a listener, and why. */
function prepare(options: SocketOptions, listener: Server): string[] {
  const own = listener.address();
  if (own === null || typeof own === 'string') return [];
  const failure = allowTproxy(options, listener, own.family === 'IPv4');
  const loopback = own.address === '::1' || own.address.startsWith('127.');
  const reason = failure === 'EPERM' ? 'they need root or CAP_NET_ADMIN' : failure;
  if (loopback && failure)
    return [`works with REDIRECT rules for local traffic only, and without TPROXY rules (${reason})`];
  if (loopback) return ['works with REDIRECT rules for local traffic only, and with TPROXY rules for any traffic'];
  return failure ? [`works with REDIRECT rules, but not with TPROXY rules (${reason})`] : [];
}

/**
 * Allows a listener to accept connections to foreign addresses, as TPROXY rules deliver them; needs a privilege (ip(7),
 * IP_TRANSPARENT).
 * @returns the name of the error, if any
 */
function allowTproxy(options: SocketOptions, listener: Server, v4: boolean): string | undefined {
  return v4 ? options.set(listener, SOL_IP, IP_TRANSPARENT, 1) : options.set(listener, SOL_IPV6, IPV6_TRANSPARENT, 1);
}

/** A `sockaddr_in`: family, port in network order, address. */
function readAddress4(bytes: Buffer): Address {
  return [ipText(bytes.subarray(4, 8)), bytes.readUInt16BE(2)];
}

/** A `sockaddr_in6`: family, port, flow, address, and for a link-local address its interface. */
function readAddress6(bytes: Buffer): Address {
  const host = ipText(bytes.subarray(8, 24));
  const port = bytes.readUInt16BE(2);
  if (!/^fe[89ab]/.test(host)) return [host, port];
  const [scope] = new Uint32Array(bytes.buffer, bytes.byteOffset + 24, 1);
  return [`${host}%${interfaceName(scope!)}`, port];
}

/** A link-local address is ambiguous without its interface (RFC 4007). */
function interfaceName(scope: number): string {
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some((one) => one.family === 'IPv6' && one.scopeid === scope)) return name;
  }
  return String(scope);
}

// Numbers of linux/in.h, linux/in6.h and linux/netfilter_ipv4.h.
const SOL_IP = 0;

const SOL_IPV6 = 41;

const SO_ORIGINAL_DST = 80;

const IP6T_SO_ORIGINAL_DST = 80;

const IP_TRANSPARENT = 19;

const IPV6_TRANSPARENT = 75;

/** Socket options that Node has no API for. */
export interface SocketOptions {
  /**
   * Reads an option into a sufficiently large buffer.
   * @returns undefined, or the name of the error, such as `ENOENT`
   */
  get(socket: Socket, level: number, option: number, into: Buffer): string | undefined;
  /** Sets a numeric option. @returns undefined, or the name of the error */
  set(listener: Server, level: number, option: number, value: number): string | undefined;
}

/** The used parts of koffi. Its own types are missing where it could not be installed. */
interface Koffi {
  load(library: null): { func(prototype: string): (...args: unknown[]) => number };
  errno(): number;
}

/**
 * @param module an optional package; a parameter, so that the compiler does not resolve it
 * @throws ListenError if it is not installed, or does not work on this system
 */
export async function loadSocketOptions(module = 'koffi'): Promise<SocketOptions> {
  let koffi: Koffi;
  try {
    koffi = ((await import(module)) as { default: Koffi }).default;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const reason = missing ? 'is not installed' : `does not work here: ${(error as Error).message}`;
    throw new ListenError(
      `Transparent mode needs the package ${module} to query connection destinations, and it ${reason}. ` +
        'Install tsdump with its optional packages (npm install --include=optional).',
    );
  }
  // The C library is part of Node's own process. Pointers to prepared memory are the fastest that koffi can pass.
  const library = koffi.load(null);
  const getsockopt = library.func('int getsockopt(int, int, int, void *, void *)');
  const setsockopt = library.func('int setsockopt(int, int, int, void *, uint32_t)');
  const size = new Uint32Array(1);
  const number = new Int32Array(1);
  const failure = (): string => getSystemErrorName(-koffi.errno());
  return {
    get: (socket, level, option, into) => {
      const fd = descriptor(socket);
      if (fd === undefined) return 'EBADF';
      size[0] = into.length;
      return getsockopt(fd, level, option, into, size) === 0 ? undefined : failure();
    },
    set: (listener, level, option, value) => {
      const fd = descriptor(listener);
      if (fd === undefined) return 'EBADF';
      number[0] = value;
      return setsockopt(fd, level, option, number, number.byteLength) === 0 ? undefined : failure();
    },
  };
}

/** The file descriptor, which Node does not expose; undefined when the socket is closed. */
function descriptor(socket: Socket | Server): number | undefined {
  const fd = (socket as { _handle?: { fd?: number } | null })._handle?.fd;
  return fd !== undefined && fd >= 0 ? fd : undefined;
}
