import t from 'tap';
import { SHAPES, type ShapeName } from '../../../src/compare/rules/shapes.js';

const VALUES: [value: unknown, shapes: ShapeName[]][] = [
  ['123e4567-e89b-12d3-a456-426614174000', ['uuid']],
  ['123E4567-E89B-12D3-A456-426614174000', ['uuid']],
  ['x123e4567-e89b-12d3-a456-426614174000', []],
  ['123e4567e89b12d3a456426614174000', []],
  ['2024-05-31T12:00:00Z', ['timestamp']],
  ['2024-05-31 12:00:00.123456789+02:00', ['timestamp']],
  ['2024-05-31T12:00', ['timestamp']],
  ['2024-05-31', ['timestamp']],
  ['Fri, 31 May 2024 12:00:00 GMT', ['timestamp']],
  ['Fri, 31-May-2024 12:00:00 GMT', ['timestamp']],
  ['31 May 2024 12:00:00 +0200', ['timestamp']],
  ['May 2024', []],
  [1_717_156_800, ['timestamp', 'number']],
  [1_717_156_800.25, ['timestamp', 'number']],
  [1_717_156_800_123, ['timestamp', 'number']],
  [1_717_156_800_123_456, ['timestamp', 'number']],
  ['1717156800', ['timestamp', 'number']],
  ['1717156800.123', ['timestamp', 'number']],
  [120, ['number']],
  [99_999_999_999, ['number']],
  ['-1.5e10', ['number']],
  ['12a', []],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', ['jwt']],
  ['eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.', ['jwt']],
  ['abc.def.ghi', []],
  [true, []],
  [null, []],
  [{}, []],
];
for (const [value, shapes] of VALUES) {
  const found = Object.values(SHAPES).filter((shape) => shape.fits(value));
  t.same(
    found.map(({ name }) => name),
    [...shapes, 'any'],
    JSON.stringify(value),
  );
}

t.test('shapes within text', async (t) => {
  t.equal(SHAPES.uuid.mask('a 123e4567-e89b-12d3-a456-426614174000 b'), 'a \0 b');
  t.equal(SHAPES.timestamp.mask('at 2024-05-31T12:00:00Z and Fri, 31 May 2024 12:00:00 GMT.'), 'at \0 and \0.');
  t.equal(SHAPES.number.mask('1 of 2.5'), '\0 of \0');
  t.equal(SHAPES.jwt.mask('Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'), 'Bearer \0');
});
