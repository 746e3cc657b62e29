import zlib from 'node:zlib';
import { MORE_CONTENTS, MORE_HEADERS, MORE_QUERIES, MORE_RESPONSE_HEADERS } from './planted-ways.js';

/** A request and its response, in which secrets are planted. */
export interface Exchange {
  readonly path: string;
  readonly requestHeaders: [string, string][];
  readonly requestBody: Buffer;
  readonly responseHeaders: [string, string][];
  readonly responseBody: Buffer;
  readonly trailers: [string, string][];
  /** Parts of the planted secrets that must not be found anywhere. */
  readonly marks: readonly string[];
}

/** Codings that this runtime can apply. */
const zstd = (zlib as unknown as { zstdCompressSync?: (bytes: Buffer) => Buffer }).zstdCompressSync;
const CODINGS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  'gzip, br': (bytes) => zlib.brotliCompressSync(zlib.gzipSync(bytes)),
  ...(zstd ? { zstd } : {}),
};

/** Makes secrets that are found again by their marks. */
class Planter {
  readonly marks: string[] = [];
  private count = 0;

  /** A secret of letters and digits. */
  plain(): string {
    this.count++;
    const mark = `Zq${this.count}x7Kp${(this.count * 7919).toString(36)}`;
    this.marks.push(mark);
    return `${mark}Vw4`;
  }

  /** A secret with characters that are written differently in each format. */
  odd(): string {
    return `${this.plain()}&"\\ü=<${this.plain()}`;
  }

  /** Capital letters and digits. */
  capitals(length: number): string {
    this.count++;
    const mark = `Q${this.count.toString(36)}Z`.toUpperCase().replace(/[^A-Z2-7]/g, 'X');
    const secret = (mark + 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.repeat(2)).slice(0, length - 4) + String(1000 + this.count);
    this.marks.push(secret.slice(-8));
    return secret;
  }

  jwt(): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const subject = this.plain();
    const payload = part({ sub: subject });
    this.marks.push(payload.slice(10, 24));
    return `${part({ alg: 'HS256', typ: 'JWT' })}.${payload}.${this.plain()}`;
  }

  basic(): string {
    const secret = Buffer.from(`joe:${this.plain()}`).toString('base64');
    this.marks.push(secret.slice(6, 20));
    return secret;
  }
}

const escapedJson = (text: string): string =>
  JSON.stringify(text).replace(/[A-Za-z]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const entities = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

type Make = (planter: Planter) => string;

/** Contents by type. */
const CONTENTS: readonly (readonly [type: string, make: Make])[] = [
  ['application/json', (p) => JSON.stringify({ a: 1, password: p.odd(), deep: [{ x: { apiKey: p.odd() } }] })],
  ['application/json', (p) => `{"user":"joe",${escapedJson('password')}:${JSON.stringify(p.odd())},"b":true}`],
  [
    'application/json',
    (p) => `{"client_secret":${escapedJson(p.odd())},"note":"${escapedJson(`token=${p.plain()}`).slice(1)}}`,
  ],
  ['application/json', (p) => JSON.stringify({ inner: JSON.stringify({ access_token: p.plain(), x: '"' }) })],
  ['application/json', (p) => JSON.stringify([{ name: 'Authorization', value: `Bearer ${p.plain()}` }], null, 2)],
  [
    'application/json',
    (p) => JSON.stringify({ credentials: { user: 'u', pass: p.odd() }, passwords: [p.odd(), p.odd()] }),
  ],
  ['application/json', (p) => JSON.stringify({ url: `https://joe:${p.plain()}@db.example/x?token=${p.plain()}` })],
  ['application/json', (p) => JSON.stringify({ grant_type: 'authorization_code', code: p.plain(), client_id: 'app' })],
  ['application/json', (p) => JSON.stringify({ headers: { Cookie: `a=${p.plain()}; b=${p.plain()}` } })],
  ['application/x-ndjson', (p) => `{"token":"${p.plain()}"}\n{"token":"${p.plain()}"}\n`],
  [
    'text/event-stream',
    (p) => `data: {"n":1}\n\ndata: {"session_token":"${p.plain()}"}\n\nid: 7\ndata: Bearer ${p.plain()}\n\n`,
  ],
  [
    'application/x-www-form-urlencoded',
    (p) => `user=joe&password=${encodeURIComponent(p.odd())}&p%61sswd=${percent(p.odd())}`,
  ],
  [
    'application/x-www-form-urlencoded',
    (p) => `grant_type=authorization_code&code=${p.plain()}&user%5Bsecret%5D=${p.plain()}`,
  ],
  [
    'application/x-www-form-urlencoded',
    (p) => `next=${encodeURIComponent(`https://u:${p.plain()}@h.example/?api_key=${p.plain()}&z=1`)}`,
  ],
  [
    'multipart/form-data; boundary=XX',
    (p) =>
      `--XX\r\nContent-Disposition: form-data; name="password"\r\n\r\n${p.odd()}\r\n--XX\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n{"api_key":"${p.plain()}"}\r\n--XX--\r\n`,
  ],
  [
    'application/xml',
    (p) =>
      `<?xml version="1.0"?><login><Password>${entities(p.odd())}</Password><x:secret xmlns:x="u">${p.plain()}</x:secret><db token="${entities(p.odd())}"/><password><![CDATA[${p.plain()}<x>]]></password></login>`,
  ],
  ['application/xml', (p) => `<dict><key>apiKey</key>\n<string>${p.plain()}</string></dict>`],
  [
    'text/html',
    (p) =>
      `<form><input type="password" name="password" value="${entities(p.odd())}"><input type=hidden name="csrf_token" value="${p.plain()}"></form><meta name="csrf-token" content="${p.plain()}"><div data-x="{&quot;accessToken&quot;:&quot;${p.plain()}&quot;}">`,
  ],
  [
    'text/plain',
    (p) =>
      `host: x\npassword: ${p.plain()}\nAuthorization: Basic ${p.basic()}\nDB_PASSWORD=${p.plain()}\nexport API_KEY="${p.plain()}"\n`,
  ],
  [
    'text/plain',
    (p) => `GET / HTTP/1.1\r\nCookie: sid=${p.plain()}; b=${p.plain()}\r\nX-Api-Key: ${p.plain()}\r\n\r\n`,
  ],
  [
    'text/plain',
    (p) =>
      `see ${p.jwt()} and AKIA${p.capitals(16)}, ghp_${p.plain().padEnd(36, 'a')} AIza${p.plain().padEnd(35, 'b')}`,
  ],
  [
    'text/plain',
    (p) =>
      `xoxb-123456789012-${p.plain()} sk_live_${p.plain().padEnd(24, 'c')} https://hooks.slack.com/services/T000/B000/${p.plain()}`,
  ],
  [
    'text/plain',
    (p) => `-----BEGIN RSA PRIVATE KEY-----\nMIIE${p.plain()}\n${p.plain()}==\n-----END RSA PRIVATE KEY-----\n`,
  ],
  [
    'application/json',
    (p) => JSON.stringify({ pem: `-----BEGIN PRIVATE KEY-----\nMIIE${p.plain()}\n-----END PRIVATE KEY-----\n` }),
  ],
  ['application/javascript', (p) => `var config={apiKey:"AIza${p.plain().padEnd(35, 'd')}",secret:"${p.plain()}"};`],
  ['application/octet-stream', (p) => `\0\x01\x02${p.jwt()}\0\0AKIA${p.capitals(16)}\0`],
];

const HEADERS: readonly (readonly [name: string, make: Make])[] = [
  ['Authorization', (p) => `Bearer ${p.plain()}`],
  ['Authorization', (p) => `Basic ${p.basic()}`],
  ['Authorization', (p) => `Digest username="joe", nonce="${p.plain()}", response="${p.plain()}"`],
  ['Authorization', (p) => `AWS4-HMAC-SHA256 Credential=AKIA${p.capitals(16)}/x, Signature=${p.plain()}`],
  ['Authorization', (p) => p.plain()],
  ['Cookie', (p) => `a=${p.plain()}; theme="${p.plain()}"; ${p.plain()}`],
  ...['X-Api-Key', 'Api-Key', 'X-Auth-Token', 'X-Goog-Api-Key', 'X-Amz-Security-Token', 'X-Vault-Token'].map(
    (name): [string, Make] => [name, (p) => p.plain()],
  ),
  ...['X-CSRF-Token', 'PRIVATE-TOKEN', 'Ocp-Apim-Subscription-Key', 'X-Client-Cert', 'x-functions-key'].map(
    (name): [string, Make] => [name, (p) => p.plain()],
  ),
  ['Referer', (p) => `https://joe:${p.plain()}@example.com/p?access_token=${p.plain()}#id_token=${p.plain()}`],
  ['Referer', (p) => `https://example.com/cb?code=${p.plain()}&state=1&p%61ssword=${p.plain()}`],
  ['X-Custom', (p) => `info; jwt ${p.jwt()}`],
  ['X-Forwarded-Url', (p) => `/x?sig_token=${p.plain()}&y=${p.jwt()}`],
  ['Link', (p) => `<https://example.com/?api_key=${p.plain()}>; rel="next"`],
];

const RESPONSE_HEADERS: readonly (readonly [name: string, make: Make])[] = [
  ['Set-Cookie', (p) => `sid=${p.plain()}; Path=/; HttpOnly`],
  ['Location', (p) => `https://u:${p.plain()}@example.com/?token=${p.plain()}&code=${p.plain()}&state=x`],
  ['WWW-Authenticate', (p) => `Negotiate ${p.plain()}==`],
  ['X-Auth-Token', (p) => p.plain()],
];

const QUERIES: readonly Make[] = [
  (p) => `?api_key=${p.plain()}&q=1`,
  (p) => `?q=1&p%61ssword=${percent(p.odd())}&token=${encodeURIComponent(p.odd())}`,
  (p) => `?code=${p.plain()}&state=${'abc'}`,
  (p) => `?redirect=${encodeURIComponent(`https://x.example/?token=${encodeURIComponent(p.odd())}&b=1`)}`,
  (p) => `?key=AIza${p.plain().padEnd(35, 'e')}`,
  (p) => `?X-Amz-Credential=AKIA${p.capitals(16)}%2F2026&X-Amz-Signature=${p.plain()}`,
  (p) => `?json=${encodeURIComponent(JSON.stringify({ password: p.odd() }))}`,
  (p) => `?auth=${percent(`Bearer ${p.plain()}`)}&Authorization=Bearer+${p.plain()}`,
];

/** Every place in every coding. */
export function plantedExchanges(): Exchange[] {
  const exchanges: Exchange[] = [];
  const add = (make: (planter: Planter) => Partial<Exchange>): void => {
    const planter = new Planter();
    // Marks of different exchanges differ.
    (planter as unknown as { count: number }).count = exchanges.length * 20;
    const made = make(planter);
    const common = { requestHeaders: [], requestBody: EMPTY, responseHeaders: [], responseBody: EMPTY, trailers: [] };
    exchanges.push({ path: `/${exchanges.length}`, ...common, ...made, marks: planter.marks });
  };
  for (const [name, make] of [...HEADERS, ...MORE_HEADERS]) add((p) => ({ requestHeaders: [[name, make(p)]] }));
  for (const [name, make] of [...RESPONSE_HEADERS, ...MORE_RESPONSE_HEADERS])
    add((p) => ({ responseHeaders: [[name, make(p)]] }));
  for (const make of [...QUERIES, ...MORE_QUERIES]) add((p) => ({ path: `/x${make(p)}` }));
  add((p) => ({ path: `/reset/${p.jwt()}/x;jsessionid=${p.plain()}12345678` }));
  add((p) => ({ trailers: [['X-Auth-Token', p.plain()]], responseBody: Buffer.from('hello') }));
  for (const [type, make] of CONTENTS) {
    for (const [coding, encode] of Object.entries(CODINGS)) {
      const coded: [string, string][] = coding === 'identity' ? [] : [['Content-Encoding', coding]];
      const charset = type === 'application/octet-stream' ? 'latin1' : 'utf8';
      add((p) => ({
        requestHeaders: [['Content-Type', type], ...coded],
        requestBody: encode(Buffer.from(make(p), charset)),
        responseHeaders: [['Content-Type', type], ...coded],
        responseBody: encode(Buffer.from(make(p), charset)),
      }));
    }
  }
  for (const [type, make] of MORE_CONTENTS) {
    add((p) => ({ requestHeaders: [['Content-Type', type]], requestBody: Buffer.from(make(p)) }));
  }
  return exchanges;
}

const EMPTY = Buffer.alloc(0);

/** The marks that stand in bytes, as they are or in base64. */
export function marksIn(bytes: Buffer, marks: readonly string[]): string[] {
  const text = bytes.toString('latin1');
  // What is in base64 is searched decoded, as a mark may begin at any of its three positions.
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)].map(([found]) =>
    Buffer.from(found, 'base64').toString('latin1'),
  );
  const all = `${text}\n${unescaped(text)}\n${decoded.join('\n')}\n${decoded.map(unescaped).join('\n')}`;
  const found = partsOf(all, marks);
  return marks.filter((mark) => found.has(mark));
}

/** Which of the words a text contains, by their first three characters: one pass is faster than one for each of them. */
function partsOf(text: string, words: readonly string[]): Set<string> {
  const next = (key: number, code: number): number => ((key << 8) | (code & 0xff)) & 0xffffff;
  const byBeginning = new Map<number, string[]>();
  for (const word of words) {
    const key = [...word.slice(0, 3)].reduce((key, character) => next(key, character.charCodeAt(0)), 0);
    byBeginning.set(key, [...(byBeginning.get(key) ?? []), word]);
  }
  const found = new Set<string>();
  let key = 0;
  for (let at = 0; at < text.length; at++) {
    key = next(key, text.charCodeAt(at));
    for (const word of byBeginning.get(key) ?? []) if (text.startsWith(word, at - 2)) found.add(word);
  }
  return found;
}

function unescaped(text: string): string {
  return text
    .replace(/\\u00([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
