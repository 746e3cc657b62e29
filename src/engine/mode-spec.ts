import { parseAuthority } from '../flow/authority.js';

/** A listener as `--mode` describes it: `MODE[@[HOST:]PORT]`. */
export interface ModeSpec {
  /** As written. */
  text: string;
  mode: 'regular';
  listenHost: string | undefined;
  listenPort: number | undefined;
  /** For the log. */
  description: string;
}

/** A mode spec that cannot be understood; the message points at the wrong part. */
export class ModeSpecError extends Error {
  override name = 'ModeSpecError';
}

/** @throws ModeSpecError */
export function parseModeSpec(text: string): ModeSpec {
  const at = text.lastIndexOf('@');
  const mode = (at < 0 ? text : text.slice(0, at)).toLowerCase();
  if (mode !== 'regular')
    throw new ModeSpecError(`Mode ${JSON.stringify(text)}: there is no mode ${JSON.stringify(mode)} (only regular).`);
  const listen = at < 0 ? { listenHost: undefined, listenPort: undefined } : parseListen(text, text.slice(at + 1));
  return { text, mode, ...listen, description: 'HTTP(S) proxy' };
}

function parseListen(text: string, part: string): { listenHost: string | undefined; listenPort: number } {
  const parsed = /^\d+$/.test(part) ? { host: '', port: Number(part) } : parseAuthority(part);
  if (parsed?.port === undefined || parsed.port > 65535) {
    throw new ModeSpecError(`Mode ${JSON.stringify(text)}: ${JSON.stringify(part)} behind the @ is not [HOST:]PORT.`);
  }
  return { listenHost: parsed.host || undefined, listenPort: parsed.port };
}
