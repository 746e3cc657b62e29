/** A JSON number that a JavaScript number cannot hold exactly. Equal values have the same `value`. */
export class BigNumber {
  /** Sign, significant digits and exponent. */
  readonly value: string;

  /** @param text as in JSON */
  constructor(readonly text: string) {
    this.value = canonical(text);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Whether two numbers have the same value. */
export function sameNumber(one: number | BigNumber, other: number | BigNumber): boolean {
  if (typeof one === 'number' && typeof other === 'number') return one === other;
  return canonicalOf(one) === canonicalOf(other);
}

function canonicalOf(number: number | BigNumber): string {
  return number instanceof BigNumber ? number.value : canonical(String(number));
}

/** `-12.50e3` becomes `-125e2`. */
function canonical(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text)!;
  const digits = stripZeros(whole! + fraction);
  if (digits.all === '') return '0';
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.trailing);
  return `${sign}${digits.all}e${power}`;
}

function stripZeros(text: string): { all: string; trailing: number } {
  let start = 0;
  while (text[start] === '0') start++;
  let end = text.length;
  while (end > start && text[end - 1] === '0') end--;
  return { all: text.slice(start, end), trailing: text.length - end };
}
