import { ModeSpecError, parseModeSpec } from '../../../engine/listen/mode-spec.js';
import { NoProxy, NoProxyError } from '../../../engine/upstream/dial/no-proxy.js';
import { unbracketed } from '../../../flow/text/ip-address.js';
import { type OptionType, OptionValueError, str } from './types.js';

/** A proxy mode with its listener. The value stays text, which the engine parses. Errors quote it without a password. */
export const modeSpec: OptionType<string> = {
  ...str,
  metavar: 'MODE',
  isSecret: true,
  parse: (text) => {
    try {
      parseModeSpec(text);
      return text;
    } catch (error) {
      throw error instanceof ModeSpecError ? new OptionValueError(error.message) : error;
    }
  },
};

/** A name or address to listen on; IPv6 may have brackets, as in URLs. */
export const listenHost: OptionType<string> = { ...str, parse: unbracketed };

/** A user name and a password. The value stays text. */
export const credentials: OptionType<string> = {
  ...str,
  metavar: 'USER:PASS',
  isSecret: true,
  parse: (text) => {
    if (text.indexOf(':') > 0) return text;
    throw new OptionValueError('expected USER:PASSWORD');
  },
};

/** The value of `proxyauth`. It stays text, which `makeVerifier` parses. */
export const proxyAuthSpec: OptionType<string> = {
  ...str,
  metavar: 'SPEC',
  isSecret: true,
  parse: (text) => {
    if (text !== '') return text;
    throw new OptionValueError('expected USER:PASSWORD, any, or @FILE for an htpasswd file; it is empty');
  },
};

/** Hosts that bypass the upstream proxy. The value stays text, which the engine parses. */
export const noProxy: OptionType<string> = {
  ...str,
  metavar: 'HOSTS',
  parse: (text) => {
    try {
      new NoProxy([text]);
      return text;
    } catch (error) {
      throw error instanceof NoProxyError ? new OptionValueError(error.message) : error;
    }
  },
};
