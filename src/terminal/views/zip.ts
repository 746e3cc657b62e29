import { formatSize } from '../size.js';
import type { WholeView } from './view.js';

/** The names and sizes of the files in a ZIP archive (APPNOTE.TXT of PKWARE, section 4.3), without ZIP64. */
export const zipView: WholeView = {
  name: 'zip',
  whole: true,
  matchesType: ({ essence }) => essence === 'application/zip' || essence === 'application/x-zip-compressed',
  matchesContent: (head) => head.toString('latin1', 0, 4) === 'PK\x03\x04',
  format(content) {
    const end = content.lastIndexOf('PK\x05\x06', -END_SIZE, 'latin1');
    if (end < 0) return undefined;
    const files = filesOf(content, content.readUInt32LE(end + 16), end, content.readUInt16LE(end + 10));
    return files && [`ZIP archive, ${files.length} ${files.length === 1 ? 'file' : 'files'}\n`, ...files];
  },
};

/** Sizes of records without their variable parts. */
const END_SIZE = 22;
const ENTRY_SIZE = 46;

/** A line for each entry of the central directory; undefined if it is damaged. */
function filesOf(content: Buffer, start: number, end: number, count: number): string[] | undefined {
  const lines: string[] = [];
  let at = start;
  while (lines.length < count) {
    if (at + ENTRY_SIZE > end || content.toString('latin1', at, at + 4) !== 'PK\x01\x02') return undefined;
    const isUtf8 = (content.readUInt16LE(at + 8) & 0x800) !== 0;
    const nameEnd = at + ENTRY_SIZE + content.readUInt16LE(at + 28);
    const name = content.toString(isUtf8 ? 'utf8' : 'latin1', at + ENTRY_SIZE, nameEnd).replaceAll(/[\r\n]/g, '.');
    lines.push(`${name} ${formatSize(content.readUInt32LE(at + 24))}\n`);
    at = nameEnd + content.readUInt16LE(at + 30) + content.readUInt16LE(at + 32);
  }
  return lines;
}
