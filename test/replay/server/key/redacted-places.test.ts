import t from 'tap';
import { RedactedPlaces } from '../../../../src/replay/server/key/redacted-places.js';
import { keyOf, requestFields } from '../../../../src/replay/server/key/request-key.js';
import { type Exchange, exchange } from '../../../addons/rewrite/flows.js';
import { KEYS } from '../recorded.js';

const json = (requestBody: string): Exchange => ({ method: 'POST', requestBody });

t.test('anything matches what was redacted with another key', async (t) => {
  const cases: [recorded: Exchange, same: Exchange, different: Exchange][] = [
    [
      { url: 'http://a/?token=[redacted:012abc]&x=1' },
      { url: 'http://a/?token=secret&x=1' },
      { url: 'http://a/?token=secret&x=2' },
    ],
    [json('{"a":1,"password":"[redacted:012abc]"}'), json('{"a":1,"password":"p"}'), json('{"a":2,"password":"p"}')],
    [
      json('{"l":[{"k":"[redacted:012abc]"},{"k":"[redacted:ff2abc]"}]}'),
      json('{"l":[{"k":1},{"k":"x"}]}'),
      json('{"l":[{"k":1}]}'),
    ],
  ];
  for (const [recorded, same, different] of cases) {
    const redacted = new RedactedPlaces();
    redacted.note(await requestFields(exchange(recorded), KEYS));
    const key = async (parts: Exchange) => keyOf(await requestFields(exchange(parts), { ...KEYS, redacted }));
    t.equal(await key(recorded), await key(same));
    t.not(await key(recorded), await key(different));
  }
});
