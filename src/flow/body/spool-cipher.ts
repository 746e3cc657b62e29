import { createCipheriv, randomBytes } from 'node:crypto';

const BLOCK = 16;
/** Each file has its own nonce; the rest of a counter block is the number of the block in the file. */
const NONCE = 8;

/** Encrypts temporary files with a key that exists only in the memory of this process. */
export class SpoolCipher {
  private readonly key = randomBytes(32);

  /** A cipher for one new file. */
  forFile(): FileCipher {
    return new FileCipher(this.key);
  }
}

/** AES-256-CTR for one file, in which any position can be read. Encrypting and decrypting are the same. */
export class FileCipher {
  private readonly nonce = randomBytes(NONCE);

  constructor(private readonly key: Buffer) {}

  /** Converts bytes that follow each other in the file. @param position of the first byte */
  from(position: number): (bytes: Buffer) => Buffer {
    const counter = Buffer.alloc(BLOCK);
    this.nonce.copy(counter);
    counter.writeBigUInt64BE(BigInt(Math.floor(position / BLOCK)), NONCE);
    const cipher = createCipheriv('aes-256-ctr', this.key, counter);
    const skipped = position % BLOCK;
    if (skipped > 0) cipher.update(Buffer.alloc(skipped));
    return (bytes) => cipher.update(bytes);
  }
}

/** A temporary file, which the owner closes. */
export interface TemporaryFile {
  readonly fd: number;
  /** Undefined if the file is not encrypted. */
  readonly cipher: FileCipher | undefined;
}
