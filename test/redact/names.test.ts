import t from 'tap';
import { SecretNames } from '../../src/redact/names/secret-names.js';
import { isOpaque, isTrivial } from '../../src/redact/names/values.js';
import { wordsOf } from '../../src/redact/names/words.js';

const WORDS: readonly [name: string, words: string[]][] = [
  ['apiKey', ['api', 'key']],
  ['API_KEY2', ['api', 'key']],
  ['X-Api-Key', ['x', 'api', 'key']],
  ['APIKey', ['api', 'key']],
  ['AWSAccessKeyId', ['aws', 'access', 'key', 'id']],
  ['oauth2_token', ['oauth', 'token']],
  ['user[password]', ['user', 'password']],
  ['', []],
  ['--', []],
  ['42', []],
];

t.test('words of names', async (t) => {
  for (const [name, words] of WORDS) t.same(wordsOf(name), words, name);
});

const SECRET =
  `password passwd pwd db.password userPassword password2 new_password password_confirmation PASSWORD passphrase
  secret client_secret clientSecret token access_token accessToken accesstoken csrfmiddlewaretoken refresh-token X-Auth-Token
  api_key apikey X-API-KEY api.key secretKey private_key aws_access_key_id AWSAccessKeyId SecretAccessKey AccountKey
  Ocp-Apim-Subscription-Key x-functions-key jwt otp authorization Authorization proxy-authorization cookie Set-Cookie credentials
  X-Amz-Signature X-Amz-Credential client_assertion SAMLResponse code_verifier verification_code device_code sharedkey tokenValue
  X-Client-Cert __RequestVerificationToken authenticity_token X-Amz-Security-Token pass user_pass`
    .trim()
    .split(/\s+/);

const HARMLESS =
  `tokenizer tokens_count token_type tokenType token_endpoint passworded_count password_reset_url passwordless keyboard
  monkey key_id keyId primary_key sort_key cache_key foreignKey secretary secret_name author authority authors authentication
  oauth_url cookie_consent cookies_enabled nextPageToken next_page_token continuation-token compass bypass passenger
  Sec-WebSocket-Key Idempotency-Key Keep-Alive hotkey turkey public_key signature design country_code status_code zipcode
  error_code codec Access-Control-Allow-Credentials-Max sign accessory secretion password_hint_shown key_count`
    .trim()
    .split(/\s+/);

t.test('names that stand for secrets', async (t) => {
  const names = new SecretNames();
  for (const name of SECRET) t.ok(names.rule(name), name);
  for (const name of HARMLESS) {
    const rule = names.rule(name);
    t.ok(rule === undefined || rule.pairsOnly, name);
  }
  t.equal(names.rule('key')?.values, 'opaque', 'a bare key depends on its value');
  t.equal(names.rule('x'.repeat(200)), undefined, 'too long for a name');
  t.ok(new SecretNames(['SSN']).rule('ssn'), 'a name of users, in any case');
});

t.test('values', async (t) => {
  for (const value of ['', 'true', 'null', '****', '••••', '[redacted:0a1b2c]', 'same-origin']) {
    t.ok(isTrivial(Buffer.from(value).toString('latin1')), value);
  }
  for (const value of ['x', '0', 'hunter2', '[redacted:0a1b2c]x', '[redacted:xyz]']) t.notOk(isTrivial(value), value);
  for (const value of ['AIzaSyA1234567890abcdef', '0123456789abcdef', 'a1b2c3d4-e5f6-7890-abcd-ef0123456789']) {
    t.ok(isOpaque(value), value);
  }
  const words = [
    'short1',
    'a name with spaces 1',
    'photos/2006/January/x.jpg',
    'https://example.com/a1',
    '2024-05-31T12:00:00.000Z',
  ];
  for (const value of [...words, 'abcdefghijklmnopqrst', '12345678901234567890']) t.notOk(isOpaque(value), value);
});
