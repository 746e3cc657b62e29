import t from 'tap';
import { redactPairs, redactUrl } from '../../src/redact/pairs.js';
import type { Replace, TextKind } from '../../src/redact/text/scan.js';
import { TextScanner } from '../../src/redact/text/text-scanner.js';

const scanner = new TextScanner();
const replace: Replace = (secret, name) => `<${name}|${secret}>`;

/** Texts, and what they become; undefined if nothing is found. */
const TEXTS: readonly [kind: TextKind, text: string, redacted: string | undefined][] = [
  ['data', '{"password":"a b"}', '{"password":"<password|a b>"}'],
  ['data', '{"password" : "a\\"b\\\\"}', '{"password" : "<password|a"b\\>"}'],
  ['data', '{"password":"","token":null,"secret":true}', undefined],
  ['data', '{"pin":1,"token":7,"password":7}', '{"pin":1,"token":7,"password":"<password|7>"}'],
  ['data', '{"token":123456}', '{"token":"<token|123456>"}'],
  ['data', '{"total_tokens":123456,"max_tokens":100}', undefined],
  ['data', 'login with password: a1b2c3. Then go', 'login with password: <password|a1b2c3>. Then go'],
  ['data', 'login with password: a1b2c3.', 'login with password: <password|a1b2c3.>'],
  ['data', 'the password: choose a good one, the token: tokens are long', undefined],
  ['data', '{"password":["a",["b"]]}', '{"password":["<password|a>",["<password|b>"]]}'],
  ['data', '{"password":{"type":"string","minLength":8}}', undefined],
  ['data', '{"secret":{"value":"x","type":"y"}}', '{"secret":{"value":"<secret|x>","type":"y"}}'],
  ['data', '{"credentials":{"user":"u","pass":"x"}}', '{"credentials":{"user":"u","pass":"<pass|x>"}}'],
  ['data', '{"API key":"abc"}', '{"API key":"<API key|abc>"}'],
  ['data', '{"x":"{\\"token\\":\\"a\\"}"}', '{"x":"{\\"token\\":\\"<token|a>\\"}"}'],
  ['data', '{"x":"{\\\\\\"token\\\\\\":\\\\\\"a\\\\\\"}"}', '{"x":"{\\\\\\"token\\\\\\":\\\\\\"<token|a>\\\\\\"}"}'],
  ['data', '{"t\\u006fken":"a"}', '{"t\\u006fken":"<token|a>"}'],
  ['data', '{"x":"\\u0074oken=abc"}', '{"x":"token=<token|abc>"}'],
  ['data', '{"token":"\\u0061b"}', '{"token":"<token|ab>"}'],
  ['data', '{"caf\\u00e9":"\\u0026"}', undefined],
  ['data', '{"key":"Enter"},{"key":"0123456789abcdef0"}', '{"key":"Enter"},{"key":"<key|0123456789abcdef0>"}'],
  ['data', '{"code":404}{"code":"x"}', undefined],
  ['data', '{"grant_type":"x","code":"y"}', '{"grant_type":"x","code":"<code|y>"}'],
  ['data', "{'token': 'a', :secret => 'b'}", "{'token': '<token|a>', :secret => '<secret|b>'}"],
  ['data', '{"credentials":"include"}', undefined],
  ['data', '{"name":"token","value":"a"}', '{"name":"token","value":"<token|a>"}'],
  ['data', '{"value":"a","name":"token"}', '{"value":"<token|a>","name":"token"}'],
  ['data', '{"name":"size","value":"a"}', undefined],
  ['data', 'token=a&b=c', 'token=<token|a>&b=c'],
  ['data', 'a token = b', 'a token = <token|b>'],
  ['data', 'TOKEN="a b" x', 'TOKEN="<TOKEN|a b>" x'],
  ['data', 'password: a b\nx: y', 'password: <password|a b>\nx: y'],
  ['data', 'Enter your password: it has eight characters', undefined],
  ['data', "curl -H 'X-Api-Key: abc' -d x", "curl -H 'X-Api-Key: <X-Api-Key|abc>' -d x"],
  ['data', 'Authorization: Bearer a', 'Authorization: Bearer <Authorization|a>'],
  ['data', 'Authorization: my words', 'Authorization: <Authorization|my words>'],
  ['data', 'Cookie: a=b; c', 'Cookie: a=<Cookie|b>; <Cookie|c>'],
  ['data', 'Set-Cookie: a=b; Path=/; x=y', 'Set-Cookie: a=<Set-Cookie|b>; Path=/; x=<Set-Cookie|y>'],
  ['data', '?code=a&state=b', '?code=<code|a>&state=b'],
  ['data', '?code=a&x=b', undefined],
  ['data', 'Password=a;User=b', 'Password=<Password|a>;User=b'],
  ['data', '<password>a</password>', '<password><password|a></password>'],
  ['data', '<n:Secret x="1"> a </n:Secret>', '<n:Secret x="1"> <Secret|a> </n:Secret>'],
  ['data', '<token/><x token="a&amp;b"/>', '<token/><x token="<token|a&amp;b>"/>'],
  ['data', '<password><![CDATA[a]]></password>', '<password><![CDATA[<password|a>]]></password>'],
  ['data', '<key>token</key> <string>a</string>', '<key>token</key> <string><token|a></string>'],
  ['data', 'https://a:b@c.d/', 'https://<userinfo|a:b>@c.d/'],
  ['data', 'ssh://git@github.com/x', undefined],
  ['data', 'https://c.d/@scope/x?y=a@b', undefined],
  ['data', 'x%3A%2F%2Fa%3Ab%40c', 'x%3A%2F%2F<userinfo|a%3Ab>%40c'],
  ['data', 'a%3Ftoken%3Dx%26y', 'a%3Ftoken%3D<token|x>%26y'],
  ['data', 'Basic dXNlcjpwYXNz', 'Basic <basic|dXNlcjpwYXNz>'],
  ['data', 'basic training, Basic dXNlcg==', undefined],
  ['data', 'bearer authentication', undefined],
  ['data', 'a task-force, risk-averse sk-learn', undefined],
  ['data', '[redacted:0a1b2c] token=[redacted:0a1b2c]', undefined],
  ['markup', '<input name="token" type="hidden" value="a">', '<input name="token" type="hidden" value="<token|a>">'],
  ['markup', '<input value="a" name="token">', '<input value="<token|a>" name="token">'],
  ['markup', '<input name="password" placeholder="Password"><label for="password">Password: </label>', undefined],
  ['markup', '<script>var token = getToken(), password = "Password";</script>', undefined],
  ['markup', '<a href="/x?token=abc&amp;b=c">', '<a href="/x?token=<token|abc>&amp;b=c">'],
  [
    'code',
    'x={password:"Password",token:e.token};token="abcdefgh12345"',
    'x={password:"Password",token:e.token};token="<token|abcdefgh12345>"',
  ],
  [
    'data',
    '{"recovery_codes":["a","b"],"status_codes":["c"]}',
    '{"recovery_codes":["<recovery_codes|a>","<recovery_codes|b>"],"status_codes":["c"]}',
  ],
  ['data', '{"cookies":{"sid":"0123456789abcdef"}}', '{"cookies":{"sid":"<cookies|0123456789abcdef>"}}'],
  [
    'data',
    '{"session_id":"0123456789abcdef","session":"0123456789abcdef"}',
    '{"session_id":"<session_id|0123456789abcdef>","session":"0123456789abcdef"}',
  ],
  ['data', '{"user[password]":"a"}', '{"user[password]":"<user[password|a>"}'],
  ['data', '{"code":"missing","a":{"client_id":"b"}}', '{"code":"<code|missing>","a":{"client_id":"b"}}'],
  ['data', '[{"code":"missing"},{"client_id":"b"}]', undefined],
  [
    'data',
    '{"secrets":"write","/orgs/{org}/secrets":["a"],"output_token":"NextToken","key":"base64-encoded-public-key1"}',
    undefined,
  ],
  ['data', '{"encryptionKey":"arn:aws:kms:us-west-2:1:key/a","password":"string"}', undefined],
  [
    'data',
    '{"kty":"oct","k":"0123456789abcdef","use":"sig"}',
    '{"kty":"oct","k":"<jwk.k|0123456789abcdef>","use":"sig"}',
  ],
  [
    'data',
    '{"d":"0123456789abcdef","kty":"EC","x":"0123456789abcdef"}',
    '{"d":"<jwk.d|0123456789abcdef>","kty":"EC","x":"0123456789abcdef"}',
  ],
  ['data', '{"d":"0123456789abcdef","n":{"kty":"EC"}}', undefined],
  [
    'data',
    '{"data":{"a":"b","c":"d"},"kind":"Secret","x":{"e":"f"}}',
    '{"data":{"a":"<secret.a|b>","c":"<secret.c|d>"},"kind":"Secret","x":{"e":"f"}}',
  ],
  [
    'data',
    '{"a":"{\\"kind\\":\\"Secret\\",\\"data\\":{\\"a\\":\\"b\\"}}"}',
    '{"a":"{\\"kind\\":\\"Secret\\",\\"data\\":{\\"a\\":\\"<secret.a|b>\\"}}"}',
  ],
  [
    'data',
    '{"kind": "SecretList","items":[{"data":{"a":"b"}}]}',
    '{"kind": "SecretList","items":[{"data":{"a":"<secret.a|b>"}}]}',
  ],
  ['data', '{"data":{"a":"b"},"kind":"ConfigMap"}', undefined],
  [
    'data',
    'env["API_KEY"] = "a1b2c3d4"; set("token", "a1b2c3d4"); t("password", "Password")',
    'env["API_KEY"] = "<API_KEY|a1b2c3d4>"; set("token", "<token|a1b2c3d4>"); t("password", "Password")',
  ],
  ['data', 'token = self.read(1)\nsecret = options[2]', undefined],
  [
    'data',
    'requirepass a\nmachine b login c password d',
    'requirepass <requirepass|a>\nmachine b login c password <machine|d>',
  ],
  ['data', "create role a with password 'b'", "create role a with password '<with-password|b>'"],
  ['data', 'basic Operations', undefined],
  [
    'markup',
    '<a accesskey="n"><input value="a" name=token><input type="password" value="b"><!-- secret: a1b2c3 -->',
    '<a accesskey="n"><input value="<token|a>" name=token><input type="password" value="<password|b>"><!-- secret: <secret|a1b2c3> -->',
  ],
  [
    'data',
    '{"password":a1b2c3d4}\n"token": !vault a1b2c3d4,"secret":e.token1234',
    '{"password":<password|a1b2c3d4>}\n"token": !vault <token|a1b2c3d4>,"secret":e.token1234',
  ],
  ['binary', 'token=abc {"password":"x"}', undefined],
  ['binary', 'AKIAIOSFODNN7EXAMPLE', '<aws-key|AKIAIOSFODNN7EXAMPLE>'],
];

t.test('texts', async (t) => {
  for (const [kind, text, redacted] of TEXTS) t.equal(scanner.redactText(text, kind, replace), redacted, text);
});

t.test('a string that is not closed is a secret to its end', async (t) => {
  t.equal(scanner.redactText('{"token":"abc', 'data', replace), '{"token":"<token|abc>');
  t.equal(scanner.redactText('<password>abc', 'data', replace), '<password><password|abc>');
});

const PAIRS: readonly [text: string, redacted: string | undefined][] = [
  ['token=a', 'token=%3Ctoken%7Ca%3E'],
  ['a=b&t%6fken=%61', 'a=b&t%6fken=%3Ctoken%7Ca%3E'],
  ['a=b&c=d', undefined],
  ['a=b;token', undefined],
  ['code=a', undefined],
  ['code=a&client_id=b', 'code=%3Ccode%7Ca%3E&client_id=b'],
  ['a[token]=b&key=abc', 'a[token]=%3Ctoken%7Cb%3E&key=abc'],
  ['key=abcdef12', 'key=%3Ckey%7Cabcdef12%3E'],
  ['pw=a&ticket=ST-1-a1b2c3', 'pw=%3Cpw%7Ca%3E&ticket=%3Cticket%7CST-1-a1b2c3%3E'],
  ['oauth_verifier=a', 'oauth_verifier=%3Coauth_verifier%7Ca%3E'],
];

t.test('pairs', async (t) => {
  for (const [text, redacted] of PAIRS) t.equal(redactPairs(scanner, text, replace), redacted, text);
  const placeholder: Replace = () => '[redacted:0a1b2c]';
  t.equal(redactPairs(scanner, 'token=a+b', placeholder), 'token=[redacted:0a1b2c]', 'placeholders stay readable');
  t.equal(redactUrl(scanner, '/a?b=c#token=d', placeholder), '/a?b=c#token=[redacted:0a1b2c]');
  t.equal(redactUrl(scanner, '/a?b=c#d', placeholder), undefined);
});

t.test('a run with very many beginnings of secrets is redacted as a whole', async (t) => {
  for (const unit of ['key=', 'sk-', 'basic+']) {
    const redacted = scanner.redactText(unit.repeat(20_000), 'data', () => '<secret>');
    t.ok(redacted !== undefined && redacted.length < 20_000 * unit.length, unit);
  }
  const normal = 'key=value sk-learn basic+a '.repeat(20_000);
  t.equal(
    scanner.redactText(normal, 'data', () => '<secret>'),
    undefined,
    'others are not',
  );
});
