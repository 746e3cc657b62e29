import { ContentCodingError, decodeStream, encodeStream } from './content-coding.js';

/** A value that a transform may yield; text is encoded as UTF-8. */
export type TransformPiece = Uint8Array | string;

/** Transforms a body as a stream: reads its chunks and yields those that are forwarded in their place. */
export type BodyTransformer = (
  chunks: AsyncIterable<Buffer>,
) => AsyncIterable<TransformPiece> | Iterable<TransformPiece>;

export interface TransformOptions {
  /** Pass decoded content to the transform, and encode its output again. */
  decoded?: boolean;
}

/** A transformer that was set on a body. */
export interface BodyTransform {
  readonly transformer: BodyTransformer;
  /** The content codings to undo before it; undefined if it works on the coded bytes. */
  readonly codings: string[] | undefined;
}

/** A transform threw; `cause` is the thrown value. */
export class BodyTransformError extends Error {
  override name = 'BodyTransformError';
  readonly code = 'ERR_BODY_TRANSFORM';

  constructor(
    readonly transform: BodyTransform,
    override readonly cause: unknown,
  ) {
    super(`A transform of the body failed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

/** A transform was set on a body that is already being forwarded. */
export class TransformTooLateError extends Error {
  override name = 'TransformTooLateError';
  readonly code = 'ERR_TRANSFORM_TOO_LATE';

  constructor() {
    super('The body is on its way already: set a transform in requestHeaders or responseHeaders');
  }
}

/**
 * Runs a body through transforms, in order. Adjacent transforms with `decoded` share one decoding.
 * @param applied the content codings of the message when it is sent
 * @throws BodyTransformError, also for an error of the source that passes through a transform; ContentCodingError if the
 * content is not valid in its coding
 */
export function runTransforms(
  chunks: AsyncIterable<Buffer>,
  transforms: readonly BodyTransform[],
  applied: string[],
): AsyncIterable<Buffer> {
  let body = chunks;
  let isDecoded = false;
  for (const transform of transforms) {
    const { codings } = transform;
    if (codings && !isDecoded) body = decodeStream(body, codings);
    else if (!codings && isDecoded) body = encodeStream(body, applied);
    isDecoded = codings !== undefined;
    body = run(body, transform);
  }
  return isDecoded ? encodeStream(body, applied) : body;
}

async function* run(chunks: AsyncIterable<Buffer>, transform: BodyTransform): AsyncGenerator<Buffer> {
  try {
    for await (const piece of transform.transformer(chunks)) {
      const bytes = bytesOf(piece);
      if (bytes.length > 0) yield bytes;
    }
  } catch (error) {
    if (error instanceof BodyTransformError || error instanceof ContentCodingError) throw error;
    throw new BodyTransformError(transform, error);
  }
}

function bytesOf(piece: TransformPiece): Buffer {
  if (Buffer.isBuffer(piece)) return piece;
  if (typeof piece === 'string') return Buffer.from(piece);
  if (piece instanceof Uint8Array) return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  throw new TypeError(`a transform has to hand out bytes or text, not ${piece === null ? 'null' : typeof piece}`);
}
