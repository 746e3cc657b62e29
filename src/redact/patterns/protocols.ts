import type { SecretPattern } from './secret-pattern.js';

/** Passwords in the commands of protocols and programs. */
export const PROTOCOLS: readonly SecretPattern[] = [
  // SMTP, IMAP and POP3 (RFC 4616, RFC 4954).
  {
    name: 'auth-plain',
    literals: ['auth plain ', 'authenticate plain '],
    regex: /auth(?:enticate)? plain ([\w+/]{8,512}={0,2})/iy,
    test: (secret) => Buffer.from(secret, 'base64').includes(0),
  },
  {
    name: 'auth-login',
    literals: ['auth login\r\n'],
    regex: /auth login\r\n([\w+/]{2,512}={0,2}\r\n[\w+/]{2,512}={0,2})(?=\r\n)/iy,
  },
  {
    name: 'login',
    literals: [' LOGIN '],
    regex: / LOGIN "?[^\s"]{1,128}"? ("[^"\r\n]{1,256}"|[^\s"]{1,256})(?=\r\n)/y,
  },
  // FTP and POP3 (RFC 959, RFC 1939).
  { name: 'pass', literals: ['\nPASS '], regex: /\nPASS ([^\r\n]{1,256})(?=\r\n)/y },
  // Redis.
  {
    name: 'auth',
    literals: ['AUTH\r\n$'],
    regex: /AUTH\r\n\$\d+\r\n([^\r\n]+(?:\r\n\$\d+\r\n[^\r\n]+)?)(?=\r\n)/iy,
  },
  {
    name: 'requirepass',
    literals: ['requirepass ', 'masterauth '],
    regex: /(?:requirepass|masterauth) ["']?([^\s"']{1,512})/iy,
  },
  // The file `.netrc`.
  {
    name: 'machine',
    literals: ['machine '],
    regex: /machine\s{1,8}\S{1,256}\s{1,8}login\s{1,8}\S{1,256}\s{1,8}password\s{1,8}(\S{1,256})/iy,
  },
  // SQL.
  {
    name: 'with-password',
    literals: ['with password ', 'encrypted password ', 'set password '],
    regex: /(?:with|encrypted|set) password (?:= ?)?\\?'([^'\\\r\n]{1,256})(?=\\?')/iy,
  },
  {
    name: 'identified-by',
    literals: ['identified by '],
    regex: /identified by (?:password )?\\?'([^'\\\r\n]{1,256})(?=\\?')/iy,
  },
  // The `user:password` argument of curl.
  {
    name: 'userinfo',
    literals: [' -u ', ' --user '],
    regex: / (?:-u|--user) ['"]?([\w.@-]{1,64}:[^\s'"\\]{4,128})/y,
    test: (secret) => /\d/.test(secret) && /[a-z]/i.test(secret.slice(secret.indexOf(':'))),
  },
];
