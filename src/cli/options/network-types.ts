import { NoProxy, NoProxyError } from '../../engine/dial/no-proxy.js';
import { ModeSpecError, parseModeSpec } from '../../engine/mode-spec.js';
import { type OptionType, OptionValueError, str } from './types.js';

/** A proxy mode with its listener. It stays text, which the engine reads again. */
export const modeSpec: OptionType<string> = {
  ...str,
  metavar: 'MODE',
  parse: (text) => {
    try {
      parseModeSpec(text);
      return text;
    } catch (error) {
      throw error instanceof ModeSpecError ? new OptionValueError(error.message) : error;
    }
  },
};

/** A user and a password. It stays text. */
export const credentials: OptionType<string> = {
  ...str,
  metavar: 'USER:PASS',
  parse: (text) => {
    if (text.indexOf(':') > 0) return text;
    throw new OptionValueError('expected USER:PASSWORD');
  },
};

/** Hosts that need no proxy. They stay text, which the engine reads again. */
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
