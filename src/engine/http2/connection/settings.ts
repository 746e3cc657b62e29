import { Http2ConnectionError } from '../errors.js';
import { CODE, DEFAULT_WINDOW, FRAME_HEAD, MAX_FRAME_SIZE, MAX_WINDOW, SETTING } from '../frames/constants.js';
import { settingsFrame } from '../frames/frame-writer.js';

/** The settings of a peer (RFC 9113 section 6.5.2), the ones that we use. */
export interface PeerSettings {
  headerTableSize: number;
  maxConcurrentStreams: number;
  initialWindowSize: number;
  maxFrameSize: number;
  /** Extended CONNECT is accepted (RFC 8441). */
  enableConnectProtocol: boolean;
}

/** Initial window of a stream: bytes of content that a peer may send before any were consumed. */
export const STREAM_WINDOW = 1024 * 1024;

/** Our settings in both roles. @param maxHeaderSize of a field list, in bytes of the uncompressed fields and 32 for each */
export function ownSettings(maxHeaderSize: number): [id: number, value: number][] {
  return [
    [SETTING.initialWindowSize, STREAM_WINDOW],
    [SETTING.maxHeaderListSize, maxHeaderSize],
  ];
}

/** Streams that we open before the server has sent its limit. */
const ASSUMED_STREAMS = 100;

export function defaultSettings(): PeerSettings {
  return {
    headerTableSize: 4096,
    maxConcurrentStreams: ASSUMED_STREAMS,
    initialWindowSize: DEFAULT_WINDOW,
    maxFrameSize: MAX_FRAME_SIZE,
    enableConnectProtocol: false,
  };
}

/**
 * Applies the payload of a SETTINGS frame.
 * @param fromServer a server must not allow pushes
 * @throws Http2ConnectionError
 */
export function applySettings(settings: PeerSettings, payload: Buffer, fromServer: boolean): void {
  if (payload.length % 6 !== 0) throw new Http2ConnectionError(CODE.frameSizeError, 'SETTINGS of a wrong size');
  for (let at = 0; at < payload.length; at += 6) {
    apply(settings, payload.readUInt16BE(at), payload.readUInt32BE(at + 2), fromServer);
  }
}

function apply(settings: PeerSettings, id: number, value: number, fromServer: boolean): void {
  switch (id) {
    case SETTING.headerTableSize:
      settings.headerTableSize = value;
      return;
    case SETTING.enablePush:
      if (value > 1 || (fromServer && value !== 0)) throw invalid('ENABLE_PUSH');
      return;
    case SETTING.maxConcurrentStreams:
      settings.maxConcurrentStreams = value;
      return;
    case SETTING.initialWindowSize:
      if (value > MAX_WINDOW) throw invalid('INITIAL_WINDOW_SIZE', CODE.flowControlError);
      settings.initialWindowSize = value;
      return;
    case SETTING.maxFrameSize:
      if (value < MAX_FRAME_SIZE || value > 0xff_ffff) throw invalid('MAX_FRAME_SIZE');
      settings.maxFrameSize = value;
      return;
    case SETTING.enableConnectProtocol:
      if (value > 1 || (settings.enableConnectProtocol && value === 0)) throw invalid('ENABLE_CONNECT_PROTOCOL');
      settings.enableConnectProtocol = value === 1;
  }
}

function invalid(name: string, code: number = CODE.protocolError): Http2ConnectionError {
  return new Http2ConnectionError(code, `an invalid value of ${name}`);
}

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
