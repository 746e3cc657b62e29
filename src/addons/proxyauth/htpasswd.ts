import { readFileSync } from 'node:fs';
import type { Bcrypt } from './bcrypt.js';
import { type PasswordHash, parsePasswordHash } from './password-hash.js';
import { ProxyAuthError } from './proxyauth-error.js';

/** The users of an htpasswd file. */
export class Htpasswd {
  private constructor(
    private readonly users: ReadonlyMap<string, PasswordHash>,
    /** Hash checked for unknown users, against timing attacks. */
    private readonly decoy: PasswordHash,
  ) {}

  /** Reads a file. @throws ProxyAuthError that names the file and the line */
  static read(path: string, bcrypt: Bcrypt): Htpasswd {
    try {
      return Htpasswd.parse(readFileSync(path, 'utf8'), path, bcrypt);
    } catch (error) {
      if (error instanceof ProxyAuthError) throw error;
      throw new ProxyAuthError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }

  /** @param path for messages @throws ProxyAuthError */
  static parse(text: string, path: string, bcrypt: Bcrypt): Htpasswd {
    const users = new Map<string, PasswordHash>();
    for (const [at, line] of text.split('\n').entries()) {
      const entry = line.trim();
      if (entry === '' || entry.startsWith('#')) continue;
      const place = `${path}:${at + 1}`;
      const [, user, hashed] = /^([^:]+):([^:]+)(?::.*)?$/.exec(entry) ?? [];
      if (!user || !hashed) throw new ProxyAuthError(`${place}: expected USER:HASH, as htpasswd writes it`);
      const hash = parsePasswordHash(hashed, bcrypt);
      if (!hash) {
        throw new ProxyAuthError(
          `${place}: unsupported password hash: create it with htpasswd -B (bcrypt), -m (MD5) or -s (SHA-1)`,
        );
      }
      // As in Apache, the first line of a user wins.
      if (!users.has(user)) users.set(user, hash);
    }
    const [decoy] = users.values();
    if (!decoy) throw new ProxyAuthError(`${path} has no users`);
    return new Htpasswd(users, decoy);
  }

  check(username: string, password: string): boolean | Promise<boolean> {
    const hash = this.users.get(username);
    if (hash) return hash(password);
    const matches = this.decoy(password);
    return matches instanceof Promise ? matches.then(() => false) : false;
  }
}
