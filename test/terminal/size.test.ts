import t from 'tap';
import { formatSize } from '../../src/terminal/size.js';

t.test('sizes', async (t) => {
  const table: [bytes: number, text: string][] = [
    [0, '0b'],
    [1023, '1023b'],
    [1024, '1.0k'],
    [1536, '1.5k'],
    [12_595, '12.3k'],
    [102_340, '99.9k'],
    [102_400, '100k'],
    [1024 ** 2 - 1, '1024k'],
    [1024 ** 2 * 1.5, '1.5m'],
    [1024 ** 3 * 200, '200g'],
    [1024 ** 5 * 3, '3072t'],
  ];
  for (const [bytes, text] of table) t.equal(formatSize(bytes), text);
});
