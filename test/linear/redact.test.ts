import t from 'tap';
import { Headers } from '../../src/flow/http/headers.js';
import { redactContent } from '../../src/redact/body/content.js';
import { Findings } from '../../src/redact/findings.js';
import { Redactor, redactMessage } from '../../src/redact/index.js';
import { redactPairs } from '../../src/redact/pairs.js';
import { SECRET_PATTERNS } from '../../src/redact/patterns/secret-patterns.js';
import { type Case, growsLinearly, repeated } from '../support/growth.js';

const redactor = new Redactor();
const ofType =
  (type: string) =>
  (text: string): unknown => {
    const bytes = Buffer.from(text, 'latin1');
    return redactContent(redactor.searcher, bytes, redactor.searcher.kinds.of(type, bytes), redactor.replace, () => {});
  };
const message = (text: string): unknown => redactMessage(redactor, Buffer.from(text, 'latin1'), () => {});
const json = ofType('application/json');
const html = ofType('text/html');
const code = ofType('text/javascript');
const pairs = (text: string): unknown => redactPairs(redactor.searcher.scanner, text, redactor.replace);
const headers = (text: string): unknown =>
  redactor.headers(new Headers(Buffer.from(text, 'latin1')), new Findings(), '');

/** Hits without an end, or with a search that finds nothing. */
const PARTS: readonly [what: string, run: (text: string) => unknown, part: string, before?: string][] = [
  ['open strings', json, '"password":"'],
  ['strings that are no secrets', json, '"key":"a","key":'],
  ['open strings of an ambiguous name', json, '"key":"'],
  ['backslashes', json, '\\"token\\":\\"'],
  ['backslashes alone', json, '\\', '"token":"'],
  ['open arrays', json, '"password":['],
  ['open objects', json, '"password":{"a":'],
  ['names without a value', json, '"token":'],
  ['names in a list', json, '"token",'],
  ['members beside', json, '"name":"token",'],
  ['values before', json, '"value":"x","name":"token",'],
  ['escapes', json, '\\u0061'],
  ['escapes in strings', json, '"\\u0061",'],
  ['escapes in an open string', json, '\\u0061"\\'],
  ['open elements', message, '<password>'],
  ['open tags', message, '<password '],
  ['CDATA', message, '<password><![CDATA['],
  ['keys of lists', message, '<key>token</key><string>'],
  ['inputs', html, '<input name="token" '],
  ['inputs without a bracket', html, ' name="token" '],
  ['entities', html, '&quot;token&quot;:&quot;'],
  ['parts', message, 'form-data; name="token"\r\n'],
  ['parts with a header', message, 'name="token"\r\n\r\n'],
  ['lines', message, 'token: '],
  ['settings', message, 'token='],
  ['settings in code', code, 'token="'],
  ['codes', message, 'code='],
  ['codes of a query', message, '&code=x'],
  ['codes in quotes', json, '"code":"x",'],
  ['codes before a brace', json, '"code":"x"}'],
  ['web keys', json, '"kty":'],
  ['web keys before a brace', json, '"kty":}'],
  ['secrets of Kubernetes', json, '"kind":"Secret",'],
  ['secrets of Kubernetes before a brace', json, '"kind":"Secret"}'],
  ['data of Kubernetes', json, '"data":{', '{"kind":"Secret",'],
  ['arguments', code, '("token", "'],
  ['indexes', code, '["token"] = "'],
  ['keys without an end', message, '-----BEGIN PRIVATE KEY-----'],
  ['keys with other dashes', message, '-----BEGIN PRIVATE KEY-----\n-'],
  ['tokens', message, 'eyJ'],
  ['tokens with dots', message, 'eyJabcdefghij.'],
  ['user names', message, '://a'],
  ['user names in percent-encoding', message, '%3a%2f%2fa'],
  ['slashes', message, 'hooks.slack.com/services/'],
  ['basic', message, 'basic a'],
  ['percent-encoded names', message, 'token%3D'],
  ['names', message, 'pass'],
  ['long names', message, 'password_'],
  ['pairs', pairs, 'token=a&'],
  ['encoded pairs', pairs, '%74oken=%61&'],
  ['nested pairs', pairs, 'token%3D', 'a='],
  ['questions', pairs, '?token=', 'a='],
  ['fields', headers, 'X-Token: a\r\n'],
  ['folded fields', headers, ' token\r\n', 'X: y\r\n'],
  ['Base64', message, '-eyJ'],
  ['Base64 of lists', message, '/W3si'],
  ['blocks of YAML', message, '  token: |\n    true\n'],
  ['lists of YAML', message, 'token:\n- true\n'],
  ['names in YAML', message, 'name: token\n'],
  ['entries', message, '<entry key="token">'],
  ['elements in elements', message, '&lt;token&gt;'],
  ['parts without quotes', message, 'name=token\r\n'],
  ['options', message, '--token '],
  ['members between', json, '"name":"token","a":1,'],
  ['brackets of names', pairs, '[1]', 'token'],
  ['key files', message, 'Private-Lines: 1\n'],
  ['keys with fields', message, '-----BEGIN PRIVATE KEY-----\nA: b\n'],
  ['commands', message, '\nPASS x'],
  ['keys in a run', message, 'key='],
  ['keys in a run of markup', html, 'sig='],
  ['API keys in a run', message, 'sk-'],
  ['credentials in a run', message, 'basic+'],
  ['cookies', headers, 'a=b; ', 'Cookie: '],
];

t.setTimeout(300_000);
growsLinearly(PARTS.map(([what, run, part, before]): Case => [what, 1000, repeated(run, part, before)]));
growsLinearly(
  [...new Set(SECRET_PATTERNS.flatMap(({ literals }) => literals))].map(
    (part): Case => [part, 1000, repeated(message, part)],
  ),
);
