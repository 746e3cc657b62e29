import { endianness } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** The used parts of koffi. Its own types are missing where it could not be installed. */
interface Koffi {
  load(library: null): { func(prototype: string): (...args: unknown[]) => number };
  errno(): number;
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
/** Size of `sun_path` on the system with the shortest. */
const PATH_SIZE = 104;

/**
 * Sends datagrams to a unix socket, which Node has no API for: calls the C library through koffi.
 * @param path of a socket; an `@` at its beginning stands for Linux's abstract namespace (unix(7))
 * @param failed receives the reason if a message cannot be sent
 * @param module an optional package; a parameter, so that the compiler does not resolve it
 * @returns undefined if koffi is not installed, or the socket does not exist
 */
export async function openDatagramSender(
  path: string,
  failed: (reason: string) => void,
  module = 'koffi',
): Promise<((text: string) => void) | undefined> {
  const name = Buffer.from(path);
  if (name.length >= PATH_SIZE) return undefined;
  let koffi: Koffi;
  try {
    koffi = ((await import(module)) as { default: Koffi }).default;
  } catch {
    return undefined;
  }
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const sendto = library.func('intptr_t sendto(int, void *, size_t, int, void *, uint32_t)');
  const fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return undefined;
  const address = socketAddress(name);
  return (text) => {
    const message = Buffer.from(text);
    if (sendto(fd, message, message.length, 0, address, address.length) >= 0) return;
    failed(getSystemErrorMap().get(-koffi.errno())?.[1] ?? 'unknown error');
  };
}

/** `sockaddr_un`. On BSD and macOS its length comes first. An abstract name begins with NUL and ends with the structure. */
function socketAddress(name: Buffer): Buffer {
  const isAbstract = name[0] === 0x40;
  const path = isAbstract
    ? Buffer.concat([Buffer.from([0]), name.subarray(1)])
    : Buffer.concat([name, Buffer.from([0])]);
  const family = Buffer.alloc(2);
  if (process.platform !== 'linux') family.set([2 + path.length, AF_UNIX]);
  else if (endianness() === 'LE') family.writeUInt16LE(AF_UNIX);
  else family.writeUInt16BE(AF_UNIX);
  return Buffer.concat([family, path]);
}
