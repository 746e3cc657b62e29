/** The type of a file that is not a flow file, for messages; undefined if unknown. */
export function recognise(beginning: Buffer): string | undefined {
  for (const [magic, what] of MAGICS) {
    if (beginning.subarray(0, magic.length).equals(Buffer.from(magic, 'latin1'))) return what;
  }
  const text = beginning.toString('latin1');
  if (/^(?:\xef\xbb\xbf)?\s*\[/.test(text)) return 'JSON';
  if (/^[\t\n\f\r\x20-\x7e\x80-\xff]+$/.test(text)) return 'text';
  return undefined;
}

const MAGICS: readonly (readonly [magic: string, what: string])[] = [
  ['TSF', 'a flow file of a newer tsdump; update tsdump to read it'],
  ['\xff\xfeT\0S\0F\0', 'a flow file that a shell converted as text (`>` of PowerShell); write it with -w instead'],
  ['\xff\xfe', 'text in UTF-16'],
  ['\xfe\xff', 'text in UTF-16'],
  ['{\0', 'text in UTF-16'],
  ['\0{', 'text in UTF-16'],
  ['\x1f\x8b', 'a gzip file'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file'],
  ['PK\x03\x04', 'a ZIP file'],
  ['---\nhttp_interactions:', 'a VCR cassette'],
  ['interactions:\n', 'a VCR cassette'],
  ['\xd4\xc3\xb2\xa1', 'a packet capture (pcap)'],
  ['\xa1\xb2\xc3\xd4', 'a packet capture (pcap)'],
  ['\x4d\x3c\xb2\xa1', 'a packet capture (pcap)'],
  ['\x0a\x0d\x0d\x0a', 'a packet capture (pcapng)'],
];
