import { prepareAppend } from './append.js';
import { compressionOfPath } from './compression/endings.js';
import { FileSink } from './file-sink.js';
import type { WriterOptions } from './format.js';
import { FORMATS, type FormatName } from './formats.js';
import { OutputError } from './sinks.js';
import type { FlowWriter } from './writer.js';

export interface FlowFileOptions extends WriterOptions {
  format: FormatName;
  /** Write behind what is there; otherwise the file is emptied. */
  append: boolean;
  /** A file of this size was left whole by ourselves, and is not looked at before it is appended to. */
  knownSize?: number | undefined;
  fsync: boolean;
  onWarning: (message: string) => void;
}

/** A capture file that is being written. */
export interface FlowFile {
  readonly sink: FileSink;
  readonly writer: FlowWriter;
}

/**
 * Opens a file for flows. A path that is a device or a named pipe will do. A file whose name ends like that of a
 * compressed one is compressed as a whole.
 * @throws OutputError
 */
export async function openFlowFile(path: string, options: FlowFileOptions): Promise<FlowFile> {
  const { append, fsync, knownSize, onWarning } = options;
  const format = FORMATS[options.format];
  if (append) {
    await prepareAppend(path, format, onWarning, knownSize).catch((error) => {
      throw new OutputError(path, error);
    });
  }
  const sink = await FileSink.open(path, { append, fsync });
  const compression = compressionOfPath(path);
  if (!compression) return { sink, writer: await format.createWriter(sink, options) };
  const { CompressingSink } = await import('./compression/compressing-sink.js');
  return { sink, writer: await format.createWriter(new CompressingSink(sink, compression, fsync), options) };
}
