import { createHash } from 'node:crypto';

/**
 * Apache's variant of MD5-crypt, the default of `htpasswd` and the result of `openssl passwd -apr1`.
 * @returns `$apr1$SALT$HASH`
 */
export function apr1(password: string, salt: string): string {
  const secret = Buffer.from(password);
  const alternate = md5(secret, salt, secret);
  const first = createHash('md5').update(secret).update(`$apr1$${salt}`);
  for (let left = secret.length; left > 0; left -= 16) first.update(alternate.subarray(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1) first.update(bits & 1 ? '\0' : secret.subarray(0, 1));
  let digest: Buffer = first.digest();
  for (let round = 0; round < 1000; round++) {
    digest = md5(
      round % 2 ? secret : digest,
      round % 3 ? salt : '',
      round % 7 ? secret : '',
      round % 2 ? digest : secret,
    );
  }
  const groups = [0, 1, 2, 3, 4].map((at) =>
    encode((digest[at]! << 16) | (digest[at + 6]! << 8) | digest[at === 4 ? 5 : at + 12]!, 4),
  );
  return `$apr1$${salt}$${groups.join('')}${encode(digest[11]!, 2)}`;
}

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Six bits per character, least significant first. */
function encode(value: number, length: number): string {
  return Array.from({ length }, (_, at) => ALPHABET[(value >> (6 * at)) & 63]).join('');
}

function md5(...parts: (Buffer | string)[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
