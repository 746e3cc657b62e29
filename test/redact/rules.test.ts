import t from 'tap';
import { Headers } from '../../src/flow/http/headers.js';
import { Findings } from '../../src/redact/findings.js';
import { parseRules, Redactor, RuleError, redactMessage } from '../../src/redact/index.js';

function redactorOf(...rules: string[]): Redactor {
  return new Redactor({ rules: parseRules(rules), key: Buffer.from('0123456789abcdef') });
}

/** Contents, and which texts in them are replaced. */
const CONTENTS: readonly [rule: string, content: string, secrets: string[]][] = [
  ['ssn', '{"SSN":"123","x":{"ssn":45678}}', ['"123"', '45678']],
  ['ssn', 'ssn=123&a=b', ['123']],
  ['ssn', '<ssn>123</ssn>', ['123']],
  ['id', '{"id":"a1","idx":"b1","x":["id"]}', ['"a1"']],
  ['id', 'id=77 idea=88', ['77']],
  ['user.name', '{"user.name":"joe"}', ['"joe"']],
  ['$.a.b', '{"a":{"b":"x1","c":"y1"}}', ['"x1"']],
  ['$.a[*].b', '{"a":[{"b":"x1"},{"b":22},{"b":{"c":[1]}}]}', ['"x1"', '22', '{"c":[1]}']],
  ['$..b', '{"b":"x1","a":{"b":"x2"},"b":"x3"}', ['"x1"', '"x2"', '"x3"']],
  ['$.größe', '{"ä":"ö","größe":"ü1","ß":1}', ['"ü1"']],
  ['$.a', '{"a":"x1"}\n{"a":"x2"}\nno JSON\n', ['"x1"', '"x2"']],
  ['$.a', 'data: {"a":"x1"}\n\ndata:{"b":1}\n', ['"x1"']],
  ['$.a', '[1,2]', []],
  ['$.a', '{"a":null,"b":1}', []],
  ['order-(\\d+)', 'order-123, order-4', ['123', '4']],
  ['(?i)x(?:y)(z+)', 'XYZZ', ['ZZ']],
];

t.test('contents', async (t) => {
  for (const [rule, content, secrets] of CONTENTS) {
    const names: string[] = [];
    const redacted = redactMessage(redactorOf(rule), Buffer.from(content), (name) => names.push(name));
    let expected = content;
    for (const secret of secrets) {
      const placeholder =
        (redacted ?? '').toString().match(/"?\[redacted:\w{6}\]"?/g)?.[secrets.indexOf(secret)] ?? '?';
      expected = expected.replace(secret, placeholder);
    }
    t.equal(redacted?.toString() ?? content, expected, `${rule} in ${content}`);
    t.equal(names.length, secrets.length, `${rule}: counted`);
  }
});

t.test('headers and paths', async (t) => {
  const headers = new Headers(Buffer.from('X-Order: order-12\r\nSsn: 7\r\n'));
  const redactor = redactorOf('ssn', '^X-Order: (.*)', '/users/(\\w+)');
  t.match(
    redactor.headers(headers, new Findings(), '').bytes.toString(),
    /^X-Order: \[redacted:\w+\]\r\nSsn: \[redacted:\w+\]\r\n$/,
  );
  t.match(redactor.path('/users/joe?ssn=5', new Findings(), ''), /^\/users\/\[redacted:\w+\]\?ssn=\[redacted:\w+\]$/);
});

const MISTAKES: readonly [rule: string, offset: number | undefined][] = [
  ['', undefined],
  ['$.a[', 4],
  ['(a', 0],
  ['a\\(b', undefined],
  ['a b!', undefined],
  ['x', undefined],
];

t.test('mistakes', async (t) => {
  for (const [rule, offset] of MISTAKES) {
    try {
      parseRules([rule]);
      t.fail(`${rule} is accepted`);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      if (offset !== undefined) t.type(error.offset, 'number', rule);
      t.equal(error.rule, rule);
    }
  }
});
