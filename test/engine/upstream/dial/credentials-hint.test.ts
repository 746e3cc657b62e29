import t from 'tap';
import { credentialsHint } from '../../../../src/engine/upstream/dial/credentials-hint.js';
import { Headers } from '../../../../src/flow/http/headers.js';

const SET = / upstream_auth\.$/;
const CASES: [challenges: string[], without: RegExp, withCredentials: RegExp][] = [
  [[], SET, /^$/],
  [['Basic realm="a"'], SET, /^$/],
  [['basic'], SET, /^$/],
  [['Negotiate, NTLM, Basic realm="a"'], SET, /^$/],
  [['Negotiate', 'BASIC realm="a"'], SET, /^$/],
  [['Negotiate', 'NTLM', 'NTLM'], /requires Negotiate or NTLM authentication/, /requires Negotiate or NTLM auth/],
  [['Digest realm="basic", nonce="a"'], /requires Digest authentication/, /requires Digest authentication/],
  [
    ['Digest realm="a, NTLM", nonce = "\\", b", Negotiate abc==, NTLM'],
    /requires Digest or Negotiate or NTLM auth/,
    /NTLM auth/,
  ],
  [['Digest realm="a, Basic", qop=auth'], /requires Digest auth/, /requires Digest auth/],
  [['Basically'], /requires Basically/, /requires Basically/],
  [['\x1b[31m'], SET, /^$/],
];

for (const [challenges, without, withCredentials] of CASES) {
  const headers = Headers.from(challenges.map((value): [string, string] => ['Proxy-Authenticate', value]));
  t.match(credentialsHint(headers, false), without, challenges.join());
  t.match(credentialsHint(headers, true), withCredentials, challenges.join());
}
