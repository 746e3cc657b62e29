import { isIPv4, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Address } from '../../../flow/connection.js';
import { ipText } from '../../../flow/text/ip-address.js';
import type { Platform } from './platform.js';
import { localAddress } from './platform.js';
import { loadSocketOptions, type SocketOptions } from './socket-options.js';

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
