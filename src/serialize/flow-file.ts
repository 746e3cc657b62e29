import { compressionOfPath } from './compression/codec.js';
import type { WriterOptions } from './format.js';
import { OUTPUT_FORMATS, type OutputFormatName } from './formats.js';
import { prepareAppend } from './output/append.js';
import { type FifoOptions, FifoSink, isFifo } from './output/fifo.js';
import { FileLock } from './output/file-lock.js';
import { FileSink } from './output/file-sink.js';
import { OutputError } from './output/sinks.js';
import type { FlowWriter } from './output/writer.js';

export interface FlowFileOptions extends WriterOptions, FifoOptions {
  format: OutputFormatName;
  /** Append to existing content; otherwise the file is emptied. */
  append: boolean;
  /** Size at which this run left the file complete. If it matches, the file is not checked before appending. */
  knownSize?: number | undefined;
  fsync: boolean;
  onWarning: (message: string) => void;
}

/** A capture file opened for writing. */
export interface FlowFile {
  readonly sink: FileSink | FifoSink;
  readonly writer: FlowWriter;
}

/**
 * Opens a file for flows; a device or a named pipe is also possible. The extension of the name decides whether the file
 * is compressed as a whole.
 * @throws OutputError also if another tsdump writes to it
 */
export async function openFlowFile(path: string, options: FlowFileOptions): Promise<FlowFile> {
  const { fsync } = options;
  const format = OUTPUT_FORMATS[options.format];
  const sink = await openSink(path, options);
  const compression = compressionOfPath(path);
  if (!compression) return { sink, writer: await format.createWriter(sink, options) };
  const { CompressingSink } = await import('./compression/compressing-sink.js');
  return { sink, writer: await format.createWriter(new CompressingSink(sink, compression, fsync), options) };
}

async function openSink(path: string, options: FlowFileOptions): Promise<FileSink | FifoSink> {
  if (await isFifo(path)) return FifoSink.open(path, options);
  const { append, fsync, knownSize, onWarning } = options;
  let claim: FileLock | undefined;
  try {
    claim = await FileLock.take(path);
    if (append) await prepareAppend(path, OUTPUT_FORMATS[options.format], onWarning, knownSize);
    const sink = await FileSink.open(path, { append, fsync });
    sink.claim = claim ?? (await FileLock.take(path));
    return sink;
  } catch (error) {
    await claim?.release();
    throw error instanceof OutputError ? error : new OutputError(path, error);
  }
}
