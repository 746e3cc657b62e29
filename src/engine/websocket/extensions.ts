import type { Headers } from '../../flow/http/headers.js';

/** The parameters of permessage-deflate for one direction (RFC 7692 section 7.1). */
export interface Deflate {
  /** Whether messages may refer to earlier ones. */
  readonly keepsContext: boolean;
  /** Base-2 logarithm of the maximum distance. */
  readonly windowBits: number;
}

/** The compression of both directions; undefined if messages are not compressed. */
export interface Extensions {
  readonly fromClient: Deflate | undefined;
  readonly fromServer: Deflate | undefined;
}

/**
 * Parses the extensions that a server has accepted (RFC 6455 section 9.1).
 * @param headers of its response
 * @returns the field's value if it contains an unknown extension, so that frames cannot be parsed
 */
export function acceptedExtensions(headers: Headers): Extensions | string {
  const value = headers.getAll('sec-websocket-extensions').join(', ');
  const elements = splitList(value, ',');
  if (elements.length === 0) return { fromClient: undefined, fromServer: undefined };
  const [name, ...parameters] = splitList(elements[0]!, ';');
  if (elements.length > 1 || name!.toLowerCase() !== 'permessage-deflate') return value;
  const found = new Map<string, string>();
  for (const parameter of parameters) {
    const at = parameter.indexOf('=');
    const key = (at < 0 ? parameter : parameter.slice(0, at)).trim().toLowerCase();
    if (found.has(key)) return value;
    found.set(
      key,
      at < 0
        ? ''
        : parameter
            .slice(at + 1)
            .replaceAll('"', '')
            .trim(),
    );
  }
  const fromClient = takeSide(found, 'client');
  const fromServer = takeSide(found, 'server');
  return fromClient && fromServer && found.size === 0 ? { fromClient, fromServer } : value;
}

/** Takes the parameters of one side. @returns undefined if they are invalid */
function takeSide(parameters: Map<string, string>, side: 'client' | 'server'): Deflate | undefined {
  const context = parameters.get(`${side}_no_context_takeover`);
  const bits = parameters.get(`${side}_max_window_bits`) ?? '15';
  const windowBits = /^\d{1,2}$/.test(bits) ? Number(bits) : 0;
  if ((context ?? '') !== '' || windowBits < 8 || windowBits > 15) return undefined;
  parameters.delete(`${side}_no_context_takeover`);
  parameters.delete(`${side}_max_window_bits`);
  return { keepsContext: context === undefined, windowBits };
}

function splitList(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((element) => element.trim())
    .filter((element) => element !== '');
}
