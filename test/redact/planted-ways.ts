/** What makes secrets. */
interface SecretMaker {
  plain(): string;
  jwt(): string;
  capitals(length: number): string;
}

type Make = (maker: SecretMaker) => string;

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const json = (value: unknown): string => JSON.stringify(value);
/** A secret of 18 characters or more, as tokens have. */
const long = (p: SecretMaker): string => `${p.plain()}abc123`;

/** Less common ways in which contents have secrets. */
export const MORE_CONTENTS: readonly (readonly [type: string, make: Make])[] = [
  ['application/json', (p) => `\ufeff{"password":"${p.plain()}","password":"${p.plain()}"}`],
  ['application/json', (p) => json({ data: base64(json({ password: p.plain() })) })],
  ['application/json', (p) => json({ data: base64(json([{ api_key: p.plain() }])) })],
  ['application/json', (p) => json({ fields: [{ id: 'password', type: 'text', max: 20, value: p.plain() }] })],
  ['application/json', (p) => json({ query: `mutation { login(password: "${p.plain()}") { id } }` })],
  ['application/json', (p) => json({ query: 'x', variables: { input: { password: p.plain() } } })],
  [
    'application/json',
    (p) => json({ cmd: `mysql --password ${p.plain()}; curl -u joe:${p.plain()} https://x.example` }),
  ],
  ['application/json', (p) => json({ dsn: `Server=x;Password=${p.plain()};AccountKey=${p.plain()}==;Port=1` })],
  [
    'application/json',
    (p) => json({ env: [`DB_PASSWORD=${p.plain()}`], key: `-----BEGIN RSA PRIVATE KEY-----\r\n${p.plain()}\r\n` }),
  ],
  ['application/graphql', (p) => `mutation { login(password: "${p.plain()}") { token } }`],
  ['application/x-www-form-urlencoded', (p) => `pass[]=${p.plain()}&token[0]=${p.plain()}&a=1&hmac=${long(p)}`],
  ['application/x-www-form-urlencoded', (p) => `payload=${encodeURIComponent(json({ list: [{ token: p.plain() }] }))}`],
  ['application/x-www-form-urlencoded', (p) => `data=${encodeURIComponent(base64(json({ password: p.plain() })))}`],
  [
    'multipart/form-data; boundary=B',
    (p) => `--B\r\nContent-Disposition: form-data; name=password\r\n\r\n${p.plain()}\r\n--B--`,
  ],
  [
    'multipart/form-data; boundary=B',
    (p) => `--B\r\nContent-Disposition: form-data; name*=UTF-8''password\r\n\r\n${p.plain()}`,
  ],
  [
    'multipart/mixed; boundary=B',
    (p) => `--B\r\nContent-Type: application/http\r\n\r\nGET / HTTP/1.1\r\nCookie: a=${p.plain()}\r\n\r\n--B--`,
  ],
  ['application/xml', (p) => `<password><!-- ${p.plain()} -->${p.plain()}<![CDATA[${p.plain()}]]></password>`],
  [
    'application/xml',
    (p) => `<entry key="password">${p.plain()}</entry><property name="db.token" value='${p.plain()}'/>`,
  ],
  ['application/xml', (p) => `<param><name>password</name><value><string>${p.plain()}</string></value></param>`],
  ['application/xml', (p) => `<body>&lt;password&gt;${p.plain()}&lt;/password&gt;</body>`],
  ['text/html', (p) => `<input name=password value=${p.plain()}><textarea name="api_key">${p.plain()}</textarea>`],
  [
    'text/yaml',
    (p) => `secret:\n  - ${p.plain()}\n  - "${p.plain()}"\ntoken: >\n  ${p.plain()}\n  ${p.plain()}\nother: 1\n`,
  ],
  ['text/yaml', (p) => `env:\n- name: DB_PASSWORD\n  value: ${p.plain()}\n- name: X\n  value: y\n`],
  [
    'text/plain',
    (p) => `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,AB\n\n${p.plain()}\n`,
  ],
  [
    'text/plain',
    (p) => `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n${p.plain()}\n---- END\nPrivate-Lines: 1\n${p.plain()}\n`,
  ],
  ['text/plain', (p) => `EHLO x\r\nAUTH PLAIN ${base64(`\0joe\0${p.plain()}`)}\r\nUSER joe\r\nPASS ${p.plain()}\r\n`],
  ['text/plain', (p) => `AUTH LOGIN\r\n${base64('joe')}\r\n${base64(p.plain())}\r\na1 LOGIN joe ${p.plain()}\r\n`],
  ['text/plain', (p) => `*2\r\n$4\r\nAUTH\r\n$9\r\n${p.plain()}\r\nALTER USER x IDENTIFIED BY '${p.plain()}';`],
  ['text/plain', (p) => `see /bot123456789:AA${p.plain().padEnd(33, 'x')}/getMe`],
];

export const MORE_HEADERS: readonly (readonly [name: string, make: Make])[] = [
  ['X-Original-Cookie', (p) => `sid=${p.plain()}; b=${p.plain()}`],
  ['Cookie', (p) => `a\xff=${p.plain()}; b="${p.plain()}"; ${p.plain()}`],
  ['X-Context', (p) => base64(json({ user: 1, password: p.plain() }))],
  ['Sec-WebSocket-Protocol', (p) => `base64url.bearer.authorization.k8s.io.${p.plain()}, chat.v1`],
  ['Sec-WebSocket-Protocol', (p) => `access_token, ${p.plain()}`],
  ['X-Auth', (p) => p.plain()],
  ['Cf-Access-Jwt-Assertion', (p) => p.plain()],
  ['X-Session-Id', (p) => long(p)],
  ['X-Original-URI', (p) => `/x?t%6Fken=${p.plain()}&y=1`],
  ['Destination', (p) => `https://joe:${p.plain()}@dav.example/x`],
];

export const MORE_RESPONSE_HEADERS: readonly (readonly [name: string, make: Make])[] = [
  ['Set-Cookie', (p) => `path=${p.plain()}; Path=/; SameSite=None`],
  ['Set-Cookie', (p) => `${p.plain()}; Path=/`],
  ['Authentication-Info', (p) => `nextnonce="${p.plain()}", rspauth="${p.plain()}"`],
  ['WWW-Authenticate', (p) => `Bearer error_description="${p.jwt()} is over"`],
  ['Refresh', (p) => `5; url=https://x.example/?token=${p.plain()}`],
  ['Content-Security-Policy', (p) => `default-src 'self'; report-uri https://r.example/csp?token=${p.plain()}&x=1`],
  ['Report-To', (p) => json({ endpoints: [{ url: `https://r.example/?api_key=${p.plain()}` }] })],
  ['Location', (p) => `//joe:${p.plain()}@h.example/x?token=${p.plain()}`],
];

export const MORE_QUERIES: readonly Make[] = [
  (p) => `;jsessionid=${long(p)};token=${p.plain()}?x=1`,
  (p) => `?X-Amz-Credential=AKIA${p.capitals(16)}%2Fx&X-Amz-Signature=${p.plain()}&X-Amz-Security-Token=${p.plain()}`,
  (p) => `?sv=2020&sig=${p.plain()}%3D&hmac=${p.plain()}`,
  (p) => `?code=${p.plain()}&session_state=1`,
  (p) => `?a=b?token=${p.plain()}&u=http%253A%252F%252Fx%252F%253Ftoken%253D${p.plain()}`,
  (p) => `?sid=${long(p)}&Token[0]=${p.plain()}`,
];
