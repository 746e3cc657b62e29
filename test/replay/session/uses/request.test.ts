import t from 'tap';
import { HttpRequest } from '../../../../src/flow/http/http-request.js';
import { TokenCollector } from '../../../../src/replay/session/tokens/tokens.js';
import { rewriteRequest } from '../../../../src/replay/session/uses/request.js';
import { newPlaces } from '../conversation.js';

t.test('bodies that are too large to be searched are reported, if they could have values', async (t) => {
  const table: [type: string, size: number, reported: boolean][] = [
    ['application/json', 101, true],
    ['application/vnd.api+json; charset=utf-8', 101, true],
    ['application/x-www-form-urlencoded', 101, true],
    ['multipart/form-data; boundary=b', 101, true],
    ['text/plain', 101, true],
    ['application/json', 100, false],
    ['application/octet-stream', 101, false],
    ['image/png', 101, false],
  ];
  for (const [type, size, reported] of table) {
    let count = 0;
    const places = { ...newPlaces(), limit: 100, onTooLarge: () => count++ };
    const request = HttpRequest.make('POST', 'http://a.test/', 'x'.repeat(size), { 'Content-Type': type });
    await rewriteRequest(request, places, new TokenCollector());
    t.equal(count > 0, reported, `${type} ${size}`);
  }
});
