import { createHmac } from 'node:crypto';
import t from 'tap';
import { Headers } from '../../src/flow/http/headers.js';
import { redactContent } from '../../src/redact/body/content.js';
import { contentFields } from '../../src/redact/body/content-fields.js';
import { redactStream } from '../../src/redact/body/stream.js';
import { Findings } from '../../src/redact/findings.js';
import { headerEdits } from '../../src/redact/headers.js';
import { SecretDigest } from '../../src/redact/hmac.js';
import { Redactor } from '../../src/redact/index.js';
import { SecretNames } from '../../src/redact/names/secret-names.js';
import { Triggers } from '../../src/redact/patterns/trigger.js';
import { applyToText } from '../../src/redact/text/edits.js';
import { memberAt } from '../../src/redact/text/member-in-bytes.js';
import { quotedName } from '../../src/redact/text/names-in-text.js';
import { Scan } from '../../src/redact/text/scan.js';
import { Random } from '../support/random.js';

// What is fast is compared with what is simple, on random inputs of pieces that mean something.
const random = new Random(20_26);
const redactor = new Redactor({ key: Buffer.from('0123456789abcdef') });

const PIECES = [
  ...[
    'password',
    'Authorization',
    'tokenizer',
    'access_token',
    'X-Api-Key',
    'monkey',
    'code',
    'state',
    'p%61sswd',
    'sig',
  ],
  ...['Content-Type', 'content-length', 'Cookie', 'Set-Cookie', 'Referer', 'Location', 'WWW-Authenticate', 'secret'],
  ...[
    '"',
    "'",
    ':',
    '=',
    '&',
    '?',
    '#',
    ' ',
    '  ',
    '\t',
    ';',
    ',',
    '<',
    '>',
    '/',
    '\\',
    '\\"',
    '%22',
    '%3d',
    '{',
    '}',
    '[',
    ']',
  ],
  ...['\r\n', '\r\n ', '\n', '&quot;', '\\u0061', '\\n', '://', '@', '%20', '+', '.', '-', '_', '\xfc', '\0', 'data: '],
  ...['hunter2', 'a1B2c3D4e5F6g7H8', '1234567', 'true', 'Bearer ', 'Basic dTpw', 'lorem ipsum', 'GET', 'https', 'x'],
  ...[
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln',
    'AKIAIOSFODNN7EXAMPLE',
    'sk_live_abcdefghijkl',
    '-----BEGIN PRIVATE KEY-----',
  ],
];

function text(count: number): string {
  let made = '';
  for (let left = count; left > 0; left--) made += random.pick(PIECES);
  return made;
}

t.test('triggers', async (t) => {
  const literals = ['key', 'token', 'tokens', 'pass', '://', 'eyJ', 'AKIA', '\\u006', 'otp', 'n_t'];
  const triggers = new Triggers(literals);
  for (let run = 0; run < 500; run++) {
    const bytes = Buffer.from(text(random.below(30)) + random.pick(literals) + text(random.below(5)), 'latin1');
    const found: string[] = [];
    for (let at = triggers.find(bytes, 0); at >= 0; at = triggers.find(bytes, at, bytes.length, triggers.next)) {
      found.push(`${triggers.start} ${triggers.which}`);
    }
    const lower = bytes.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const expected: string[] = [];
    for (const [which, literal] of literals.entries()) {
      const searched = literal.toLowerCase();
      for (let at = lower.indexOf(searched); at >= 0; at = lower.indexOf(searched, at + 1)) {
        expected.push(`${at} ${which}`);
      }
    }
    t.same(found.sort(), expected.sort(), JSON.stringify(lower));
    t.equal(triggers.isIn(bytes.toString('latin1')), expected.length > 0);
  }
});

t.test('digests', async (t) => {
  for (let run = 0; run < 500; run++) {
    const key = random.bytes(16 + random.below(100));
    const secret = random.bytes(random.below(run % 10 === 0 ? 3000 : 150)).toString('latin1');
    const expected = createHmac('sha256', key).update(`secret:${secret}`, 'latin1').digest('hex').slice(0, 6);
    t.equal(new SecretDigest(key).of(secret), expected);
  }
});

t.test('members of JSON, in bytes and in text', async (t) => {
  const names = new SecretNames(['ssn']);
  let handled = 0;
  let found = 0;
  for (let run = 0; run < 3000; run++) {
    const name = random.pick(['password', 'access_token', 'tokenizer', 'ssn', 'key', 'code', 'monkey', 'my token']);
    const member = `${random.pick(['"', '', "'"])}${name}${random.pick(['"', '"', '', "'"])}${random.pick([':', ': ', ' : ', ''])}`;
    const made =
      text(random.below(4)) + member + random.pick(['"hunter2"', '"a\\"b"', '1234567', '"']) + text(random.below(4));
    const bytes = Buffer.from(made, 'latin1');
    const scan = (): Scan => {
      const input = { bytes, length: bytes.length, text: undefined };
      return new Scan(input, 'data', names, redactor.replace, () => undefined);
    };
    for (const { index, 0: word } of made.matchAll(/[\w.$-]+/g)) {
      const inBytes = scan();
      if (!memberAt(inBytes, index, index + word.length)) continue;
      const inText = scan();
      quotedName(inText, index, index + word.length, index + word.length);
      handled++;
      found += inText.edits.length;
      t.same(inBytes.edits, inText.edits, made);
      t.equal(inBytes.resume, inText.resume, made);
    }
  }
  t.ok(handled > 300 && found > 20, `${handled} handled, ${found} secrets`);
});

t.test('field blocks', async (t) => {
  for (let run = 0; run < 1000; run++) {
    const lines = Array.from({ length: random.below(8) }, () => {
      const name = random.pick([
        'Content-Type',
        'content-encoding',
        'Content-Length',
        'Cookie',
        'X-Api-Key',
        'Accept',
        'Referer',
      ]);
      const value = random.below(3) === 0 ? String(random.below(1000)) : text(random.below(6)).replace(/[\r\n]+/g, '');
      return `${name}${random.pick([':', ': ', ':  ', ' : '])}${value}${random.pick(['', '', ' ', '\r\n folded'])}\r\n`;
    });
    const block = lines.join('');
    const headers = new Headers(Buffer.from(block, 'latin1'));
    const fields = contentFields(headers);
    const parsed = new Headers(Buffer.from(block, 'latin1'));
    t.equal(fields.type, parsed.get('content-type'), block);
    t.equal(fields.encoding, parsed.get('content-encoding'), block);
    const { length } = fields;
    if (length) t.equal(block.slice(length.start, length.end), parsed.get('content-length'), block);

    // Line by line gives the same as the whole block.
    const inBlock = applyToText(block, headerEdits(redactor.searcher, headers.bytes, redactor.replace));
    const inLines = lines.map((line) => {
      return applyToText(line, headerEdits(redactor.searcher, Buffer.from(line, 'latin1'), redactor.replace));
    });
    t.equal(inBlock, inLines.join(''));
  }
});

t.test('repeated field lines', async (t) => {
  const cached = new Redactor({ key: Buffer.from('0123456789abcdef') });
  const lines = Array.from({ length: 200 }, () => {
    const name = random.pick(['Cookie', 'X-Api-Key', 'Accept', 'Referer', 'Authorization', 'Vary', 'X-Token']);
    return `${name}: ${text(1 + random.below(6)).replace(/[\r\n]+/g, '')}\r\n`;
  });
  for (let run = 0; run < 3000; run++) {
    const block = Array.from({ length: random.below(6) }, () => random.pick(lines)).join('');
    const headers = new Headers(Buffer.from(block, 'latin1'));
    const findings = new Findings();
    const names: string[] = [];
    const edits = headerEdits(redactor.searcher, headers.bytes, (secret, name) => {
      names.push(`x.${name.toLowerCase()}`);
      return redactor.replace(secret, name);
    });
    t.same(cached.headerEdits(headers, findings, 'x'), edits, block);
    t.equal(
      [...findings.counts.values()].reduce((sum, count) => sum + count, 0),
      names.length,
      block,
    );
  }
});

t.test('paths', async (t) => {
  for (let run = 0; run < 1000; run++) {
    const path = `/${text(random.below(12)).replace(/[\s\0]/g, '')}`;
    const findings = new Findings();
    const redacted = redactor.path(path, findings, 'request.path');
    t.equal(redacted !== path, findings.counts.size > 0, path);
    t.equal(redactor.path(redacted, new Findings(), ''), redacted, 'redacting it again changes nothing');
  }
});

t.test('streams', async (t) => {
  const { searcher, replace } = redactor;
  for (let run = 0; run < 60; run++) {
    const content = Buffer.from(`${text(random.below(60))}\n`.repeat(1 + random.below(3)) + text(2000), 'latin1');
    const kind = searcher.kinds.of('text/plain', content);
    const whole = redactContent(searcher, content, kind, replace, () => {})?.bytes ?? content;
    const size = 1 + random.below(content.length);
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
    }
    const options = { searcher, replace, type: 'text/plain', limit: Number.POSITIVE_INFINITY, onFound: () => {} };
    const parts: Buffer[] = [];
    for await (const part of redactStream(pieces(), options)) parts.push(part);
    t.ok(Buffer.concat(parts).equals(whole), `run ${run}`);
  }
});
