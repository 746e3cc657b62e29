import { ClientGoneError, UpstreamError } from '../errors.js';
import { codeName } from './frames/constants.js';

/** The peer violates HTTP/2 in a way that ends the connection (RFC 9113 section 5.4.1). */
export class Http2ConnectionError extends Error {
  override name = 'Http2ConnectionError';
  constructor(
    /** One of `CODE`. */
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Why a stream has ended early. */
export interface StreamFailure {
  /** The error code of the RST_STREAM, or of the connection's error. */
  readonly code: number;
  /** The peer has ended it; otherwise we have, because of an error of the peer. */
  readonly byPeer: boolean;
  /** The peer has certainly not processed the request (RFC 9113 section 8.7). */
  readonly unprocessed: boolean;
  /** What the peer has done, after its name: `reset the stream (CANCEL)`. If we have ended the stream, the error of the peer. */
  readonly reason: string;
}

/** The server ended a stream, or its connection. An HTTP/2 client gets the same code. */
export class ServerResetError extends UpstreamError {
  override name = 'ServerResetError';
  constructor(readonly failure: StreamFailure) {
    super(`The server ${failure.reason}.`, 502, undefined, 'stream-reset');
  }
}

/** The client ended its stream. */
export class ClientResetError extends ClientGoneError {
  override name = 'ClientResetError';
  constructor(readonly resetCode: number) {
    super(`The client reset the stream (${codeName(resetCode)}).`);
  }
}

/** A field block that cannot be decompressed. It ends the connection with COMPRESSION_ERROR (RFC 9113 section 4.3). */
export class HpackError extends Error {
  override name = 'HpackError';
}
