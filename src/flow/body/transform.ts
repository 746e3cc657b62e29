import { ContentCodingError, decodeStream, encodeStream } from './content-coding.js';

/** What a transform may hand out; text becomes UTF-8. */
export type TransformPiece = Uint8Array | string;

/** A function of an addon that a body passes through: it reads pieces, and hands out those that go on in their place. */
export type BodyTransformer = (
  chunks: AsyncIterable<Buffer>,
) => AsyncIterable<TransformPiece> | Iterable<TransformPiece>;

export interface TransformOptions {
  /** The transform is given the content without its content coding, which is applied again to what it hands out. */
  decoded?: boolean;
}

/** A transformer that was set for a body. */
export interface BodyTransform {
  readonly transformer: BodyTransformer;
  /** The content codings to undo for it; undefined if it takes the content as it is sent. */
  readonly codings: string[] | undefined;
}

/** A transform threw. The cause is what it threw. */
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

/** A transform was set for a body that is on its way already. */
export class TransformTooLateError extends Error {
  override name = 'TransformTooLateError';
  readonly code = 'ERR_TRANSFORM_TOO_LATE';

  constructor() {
    super('The body is on its way already: set a transform in requestHeaders or responseHeaders');
  }
}

/**
 * A body on its way through transforms, in their order. Neighbours that want the content decoded share one decoding.
 * @param applied the content codings that the message names when it is sent
 * @throws BodyTransformError, ContentCodingError if the content is not in its coding, and what the source throws if no
 * transform is in its way
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
