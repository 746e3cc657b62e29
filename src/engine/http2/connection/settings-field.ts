import { FRAME_HEAD, SETTING } from '../frames/constants.js';
import { settingsFrame } from '../frames/frame-writer.js';
import { applySettings, defaultSettings, ownSettings } from './settings.js';

/** Our settings as the value of `HTTP2-Settings` (RFC 7540 section 3.2.1). */
export function ownSettingsField(maxHeaderSize: number): string {
  const frame = settingsFrame([[SETTING.enablePush, 0], ...ownSettings(maxHeaderSize)]);
  return frame.subarray(FRAME_HEAD).toString('base64url');
}

/** The payload of SETTINGS in a received `HTTP2-Settings`; undefined if it is invalid. */
export function readSettingsField(value: string): Buffer | undefined {
  if (!/^[\w-]*={0,2}$/.test(value)) return undefined;
  const payload = Buffer.from(value, 'base64url');
  try {
    applySettings(defaultSettings(), payload, false);
    return payload;
  } catch {
    return undefined;
  }
}
