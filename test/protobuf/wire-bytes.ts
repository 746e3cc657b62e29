/** Builds messages of Protobuf for tests. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

/** A field with a varint, or with a length and content. */
export function field(number: number, value: number | bigint | string | Buffer): Buffer {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Buffer.concat([varint(number * 8), varint(value)]);
  }
  const content = Buffer.from(value as string);
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

/** A field with 4 or 8 bytes. */
export function fixed(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + (bytes.length === 4 ? 5 : 1)), bytes]);
}

export function group(number: number, content: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 3), content, varint(number * 8 + 4)]);
}

/** A message of a call, with its prefix. */
export function frame(content: Buffer | string, flags = 0, length?: number): Buffer {
  const bytes = Buffer.from(content as string);
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(length ?? bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}
