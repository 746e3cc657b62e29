import { type DnsMessage, type DnsQuestion, type DnsRecord, newDnsMessage } from '../../flow/dns-message.js';

/** Maximum size of a message: its length has 16 bits over TCP (RFC 1035 section 4.2.2) and in HTTP (RFC 8484 section 6). */
const MAX_SIZE = 65_535;

/** Parses a DNS message (RFC 1035 section 4.1). @throws RangeError if it is not one */
export function parseDnsMessage(bytes: Buffer): DnsMessage {
  if (bytes.length > MAX_SIZE) throw new RangeError('too long');
  const flags = bytes.readUInt16BE(2);
  const reader = new Reader(bytes, 12);
  const list = <Entry>(offset: number, read: () => Entry): Entry[] =>
    Array.from({ length: bytes.readUInt16BE(offset) }, read);
  const message = newDnsMessage({
    id: bytes.readUInt16BE(0),
    query: (flags & 0x8000) === 0,
    opCode: (flags >> 11) & 15,
    authoritativeAnswer: (flags & 0x400) !== 0,
    truncation: (flags & 0x200) !== 0,
    recursionDesired: (flags & 0x100) !== 0,
    recursionAvailable: (flags & 0x80) !== 0,
    reserved: (flags >> 4) & 7,
    responseCode: flags & 15,
    questions: list(4, () => reader.question()),
    answers: list(6, () => reader.record()),
    authorities: list(8, () => reader.record()),
    additionals: list(10, () => reader.record()),
  });
  if (reader.at !== bytes.length) throw new RangeError('bytes follow the message');
  return message;
}

/** RR types whose data is so many bytes and a name, which may be compressed. */
const WITH_NAME: Readonly<Record<number, number>> = { 2: 0, 5: 0, 12: 0, 39: 0, 15: 2, 33: 6 };
const MAX_NAME = 255;
/** A name has at most this many labels, and as many pointers if each of them leads to one label. */
const MAX_POINTERS = 127;

class Reader {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  question(): DnsQuestion {
    const labels = this.name();
    const [type, rrClass] = [this.uint16(), this.uint16()];
    return { name: labels.map((label) => label.toString('latin1')).join('.'), type, class: rrClass };
  }

  record(): DnsRecord {
    const question = this.question();
    const ttl = this.bytes.readUInt32BE(this.at);
    this.at += 4;
    const length = this.uint16();
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('a record ends early');
    const data = this.data(question.type, end);
    this.at = end;
    return { ...question, ttl, data };
  }

  /** The data of a record, with a compressed name expanded. */
  private data(type: number, end: number): Buffer {
    const start = this.at;
    const before = WITH_NAME[type];
    if (before === undefined || start + before >= end) return this.bytes.subarray(start, end);
    this.at += before;
    const labels = this.name();
    const name = labels.flatMap((label) => [Buffer.from([label.length]), label]);
    return Buffer.concat([this.bytes.subarray(start, start + before), ...name, Buffer.alloc(1)]);
  }

  private uint16(): number {
    this.at += 2;
    return this.bytes.readUInt16BE(this.at - 2);
  }

  /** A name with compression (section 4.1.4). Pointers must lead back, so that they cannot loop. */
  private name(): Buffer[] {
    const labels: Buffer[] = [];
    let size = 0;
    let at = this.at;
    let limit = at;
    let pointers = 0;
    for (;;) {
      const length = this.bytes.readUInt8(at);
      if (length >= 0xc0) {
        const target = this.bytes.readUInt16BE(at) & 0x3fff;
        if (target >= limit) throw new RangeError('a pointer that does not lead back');
        if (pointers === 0) this.at = at + 2;
        if (++pointers > MAX_POINTERS) throw new RangeError('a name has too many pointers');
        at = target;
        limit = target;
        continue;
      }
      if (length > 63) throw new RangeError('a label of an unknown type');
      at += 1 + length;
      if (at > this.bytes.length) throw new RangeError('a name ends early');
      if (pointers === 0) this.at = at;
      if (length === 0) return labels;
      size += 1 + length;
      if (size > MAX_NAME) throw new RangeError('a name is too long');
      labels.push(this.bytes.subarray(at - length, at));
    }
  }
}
