import t from 'tap';
import { type Exchange, replay } from './conversation.js';

const JSON_TYPE = 'Content-Type: application/json';
const HTML_TYPE = 'Content-Type: text/html';
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';

/** The name of a case, what the first response issued and issues now, a later request, and that request as it is sent. */
type Case = readonly [what: string, recorded: string, answer: string, request: string, sent: string, first?: string];

const OLD = 'a1b2c3d4e5';
const NEW = 'z9y8x7w6v5';

const CASES: readonly Case[] = [
  // Cookies.
  [
    'a cookie',
    'Set-Cookie: sid=abc; Path=/',
    'Set-Cookie: sid=xyz; Path=/',
    'GET /\nCookie: a=1; sid=abc',
    'GET /\nCookie: a=1; sid=xyz',
  ],
  [
    'a cookie in a header',
    `Set-Cookie: XSRF-TOKEN=${OLD}`,
    `Set-Cookie: XSRF-TOKEN=${NEW}`,
    `GET /\nX-XSRF-TOKEN: ${OLD}`,
    `GET /\nX-XSRF-TOKEN: ${NEW}`,
  ],
  [
    'an encoded cookie, decoded by a script',
    'Set-Cookie: t=abcd%2Fefgh%3D',
    'Set-Cookie: t=ijkl%2Bmnop%3D',
    'GET /\nX-Token: abcd/efgh=',
    'GET /\nX-Token: ijkl+mnop=',
  ],
  [
    'a cookie with another name',
    'Set-Cookie: sid=abc',
    'Set-Cookie: sid=xyz',
    'GET /\nCookie: other=abc',
    'GET /\nCookie: other=abc',
  ],
  [
    'a quoted cookie',
    'Set-Cookie: sid="abc d"',
    'Set-Cookie: sid="xyz d"',
    'GET /\nCookie: sid="abc d"',
    'GET /\nCookie: sid="xyz d"',
  ],
  // Header fields.
  ['a header', 'X-Session: 17', 'X-Session: 18', 'GET /\nx-session: 17', 'GET /\nx-session: 18'],
  [
    'a bearer token',
    `${JSON_TYPE}\n\n{"access_token":"${OLD}"}`,
    `${JSON_TYPE}\n\n{"access_token":"${NEW}"}`,
    `GET /\nAuthorization: Bearer ${OLD}`,
    `GET /\nAuthorization: Bearer ${NEW}`,
  ],
  [
    'a short bearer token',
    `${JSON_TYPE}\n\n{"token":"t1"}`,
    `${JSON_TYPE}\n\n{"token":"t2"}`,
    'GET /\nAuthorization: Bearer t1',
    'GET /\nAuthorization: Bearer t2',
  ],
  [
    'a token of letters',
    `${JSON_TYPE}\n\n{"token":"alphabetical"}`,
    `${JSON_TYPE}\n\n{"token":"numerical"}`,
    'GET /\nAuthorization: Bearer alphabetical',
    'GET /\nAuthorization: Bearer numerical',
  ],
  [
    'a token with its scheme',
    `Authorization: Bearer ${OLD}`,
    `Authorization: Bearer ${NEW}`,
    `GET /\nAuthorization: Bearer ${OLD}`,
    `GET /\nAuthorization: Bearer ${NEW}`,
  ],
  [
    'a user of Basic',
    `${JSON_TYPE}\n\n{"client_id":"${OLD}","client_secret":"s3cr3t-s3cr3t"}`,
    `${JSON_TYPE}\n\n{"client_id":"${NEW}","client_secret":"ünïcode-1"}`,
    `GET /\nAuthorization: Basic ${btoa(`${OLD}:s3cr3t-s3cr3t`)}`,
    `GET /\nAuthorization: Basic ${Buffer.from(`${NEW}:ünïcode-1`).toString('base64')}`,
  ],
  ['an entity tag', 'ETag: W/"1"', 'ETag: W/"2"', 'GET /\nIf-None-Match: W/"1"', 'GET /\nIf-None-Match: W/"2"'],
  [
    'a referrer',
    'Location: /items/42',
    'Location: /items/97',
    'GET /\nReferer: http://api.example/items/42?a=b',
    'GET /\nReferer: http://api.example/items/97?a=b',
  ],
  // Paths.
  ['an id in a path', `${JSON_TYPE}\n\n{"id": 42}`, `${JSON_TYPE}\n\n{"id": 97}`, 'GET /items/42', 'GET /items/97'],
  [
    'an id of another kind',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    'GET /users/42',
    'GET /users/42',
  ],
  [
    'an id before a name',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    'POST /v1/items/42/comments?x=42',
    'POST /v1/items/97/comments?x=42',
  ],
  [
    'an id in a wrapper',
    `${JSON_TYPE}\n\n{"data": {"item": {"id": "42"}}}`,
    `${JSON_TYPE}\n\n{"data": {"item": {"id": "97"}}}`,
    'GET /items/42.json',
    'GET /items/97.json',
    'POST /graphql',
  ],
  [
    'an id in a list',
    `${JSON_TYPE}\n\n{"items": [{"id": 1}, {"id": 2}]}`,
    `${JSON_TYPE}\n\n{"items": [{"id": 5}, {"id": 6}]}`,
    'GET /items/2',
    'GET /items/6',
    'GET /products',
  ],
  [
    'a uuid',
    `${JSON_TYPE}\n\n{"job": "0b5a0f4e-6ae5-4a0e-8c8c-000000000001"}`,
    `${JSON_TYPE}\n\n{"job": "0b5a0f4e-6ae5-4a0e-8c8c-000000000002"}`,
    'GET /work/0b5a0f4e-6ae5-4a0e-8c8c-000000000001/log',
    'GET /work/0b5a0f4e-6ae5-4a0e-8c8c-000000000002/log',
  ],
  [
    'an escaped segment',
    `${JSON_TYPE}\n\n{"name": "two words 1"}`,
    `${JSON_TYPE}\n\n{"name": "drei Wörter/2"}`,
    'GET /f/two%20words%201',
    'GET /f/drei%20W%C3%B6rter%2F2',
  ],
  [
    'a segment with a literal colon',
    `${JSON_TYPE}\n\n{"urn": "urn:item:1"}`,
    `${JSON_TYPE}\n\n{"urn": "urn:item:2"}`,
    'GET /f/urn:item:1',
    'GET /f/urn:item:2',
  ],
  [
    'a redirect',
    '302\nLocation: https://api.example/items/42/edit',
    '302\nLocation: https://staging.example/prefix/items/97/edit',
    'GET /items/42/edit',
    'GET /items/97/edit',
  ],
  [
    'the code of a redirect',
    '302\nLocation: /callback?code=c0de&state=5tate',
    '302\nLocation: /callback?code=c1de&state=6tate',
    'GET /callback?state=5tate&code=c0de',
    'GET /callback?state=6tate&code=c1de',
  ],
  // Queries.
  [
    'a cursor',
    `${JSON_TYPE}\n\n{"next_cursor": "c2"}`,
    `${JSON_TYPE}\n\n{"next_cursor": "d2"}`,
    'GET /items?cursor=c2&limit=2',
    'GET /items?cursor=d2&limit=2',
  ],
  [
    'a cursor in base64',
    `${JSON_TYPE}\n\n{"next": "eyJpZCI6NDJ9+/=="}`,
    `${JSON_TYPE}\n\n{"next": "eyJpZCI6OTd9+/="}`,
    'GET /items?after=eyJpZCI6NDJ9%2B%2F%3D%3D',
    'GET /items?after=eyJpZCI6OTd9%2B%2F%3D',
  ],
  [
    'a cursor in base64, half encoded',
    `${JSON_TYPE}\n\n{"next": "eyJpZCI6NDJ9=="}`,
    `${JSON_TYPE}\n\n{"next": "eyJpZCI6OTd9&="}`,
    'GET /items?after=eyJpZCI6NDJ9==',
    'GET /items?after=eyJpZCI6OTd9%26=',
  ],
  [
    'a cursor of a link',
    `${JSON_TYPE}\n\n{"next": "https://api.example/items?cursor=${OLD}&limit=2"}`,
    `${JSON_TYPE}\n\n{"next": "https://new.example/items?limit=2&cursor=${NEW}"}`,
    `GET /items?cursor=${OLD}&limit=2`,
    `GET /items?cursor=${NEW}&limit=2`,
  ],
  [
    'a cursor of a Link header',
    `Link: </items?page=2&cursor=c2>; rel="next", </items?cursor=c9>; rel="last"`,
    `Link: </items?cursor=d9>; rel="last", </items?page=2&cursor=d2>; rel="next"`,
    'GET /items?page=2&cursor=c2',
    'GET /items?page=2&cursor=d2',
  ],
  [
    'a text with spaces',
    `${JSON_TYPE}\n\n{"note": "one note 1"}`,
    `${JSON_TYPE}\n\n{"note": "a+b & c"}`,
    'GET /f?q=one+note+1',
    'GET /f?q=a%2Bb+%26+c',
  ],
  [
    'a page number',
    `${JSON_TYPE}\n\n{"page": 2, "total": 42, "status": 200}`,
    `${JSON_TYPE}\n\n{"page": 3, "total": 43, "status": 201}`,
    'GET /items/42?page=2&status=200',
    'GET /items/42?page=2&status=200',
  ],
  [
    'a state that is a word',
    `${JSON_TYPE}\n\n{"status": "processing"}`,
    `${JSON_TYPE}\n\n{"status": "completed"}`,
    'GET /items?status=processing',
    'GET /items?status=processing',
  ],
  [
    'a list in another order',
    `${JSON_TYPE}\n\n{"items":[{"id":1,"name":"a"},{"id":2,"name":"b"}]}`,
    `${JSON_TYPE}\n\n{"items":[{"id":7,"name":"c"},{"id":5,"name":"b"},{"id":6,"name":"a"}]}`,
    'GET /f?item_ids=2,1',
    'GET /f?item_ids=5,6',
  ],
  [
    'a list with other names',
    `${JSON_TYPE}\n\n{"items":[{"id":1,"name":"a"},{"id":2,"name":"b"}]}`,
    `${JSON_TYPE}\n\n{"items":[{"id":5,"name":"c"},{"id":6,"name":"d"}]}`,
    'GET /f?item_ids=2,1',
    'GET /f?item_ids=6,5',
  ],
  [
    'a list with one name',
    `${JSON_TYPE}\n\n{"items":[{"id":1,"name":"a"},{"id":2,"name":"a"}]}`,
    `${JSON_TYPE}\n\n{"items":[{"id":5,"name":"a"},{"id":6,"name":"a"}]}`,
    'GET /f?item_ids=2,1',
    'GET /f?item_ids=6,5',
  ],
  [
    'a list of URLs',
    `${JSON_TYPE}\n\n[{"url":"/items/1","name":"a"},{"url":"/items/2","name":"b"}]`,
    `${JSON_TYPE}\n\n[{"url":"/items/5","name":"b"},{"url":"/items/6","name":"a"}]`,
    'GET /items/2',
    'GET /items/5',
  ],
  [
    'a list of URLs with other names',
    `${JSON_TYPE}\n\n[{"url":"/items/1","name":"a"},{"url":"/items/2?item_id=3","name":"b"}]`,
    `${JSON_TYPE}\n\n[{"url":"/items/5","name":"c"},{"url":"/items/6?item_id=9","name":"d"}]`,
    'GET /items/2?item_id=3',
    'GET /items/6?item_id=9',
  ],
  [
    'a list of ids',
    `${JSON_TYPE}\n\n{"items": [{"id": 1}, {"id": 2}]}`,
    `${JSON_TYPE}\n\n{"items": [{"id": 5}, {"id": 6}]}`,
    'GET /f?item_ids=2,1',
    'GET /f?item_ids=6,5',
  ],
  [
    'a URL in a parameter',
    'Location: /items/42',
    'Location: /items/97',
    'GET /login?return=%2Fitems%2F42%3Fa%3Db',
    'GET /login?return=%2Fitems%2F97%3Fa%3Db',
  ],
  // HTML.
  [
    'a hidden field',
    `${HTML_TYPE}\n\n<form action="/login"><input type=hidden name=csrf value="a&amp;b"></form>`,
    `${HTML_TYPE}\n\n<p>new</p><form action="/login"><input name="csrf" type="hidden" value="c&lt;d"></form>`,
    `POST /login\n${FORM_TYPE}\n\nuser=u&csrf=a%26b`,
    `POST /login\n${FORM_TYPE}\n\nuser=u&csrf=c%3Cd`,
  ],
  [
    'a meta element',
    `${HTML_TYPE}\n\n<meta name="csrf-token" content="t0ken">`,
    `${HTML_TYPE}\n\n<meta name="csrf-token" content="t1ken">`,
    'POST /f\nX-CSRF-Token: t0ken',
    'POST /f\nX-CSRF-Token: t1ken',
  ],
  [
    'a link',
    `${HTML_TYPE}\n\n<a href="/items/42/edit">edit</a>`,
    `${HTML_TYPE}\n\n<a href="/">home</a><a href='/items/97/edit'>edit</a>`,
    'GET /items/42/edit',
    'GET /items/97/edit',
  ],
  [
    'the action of a form',
    `${HTML_TYPE}\n\n<form action="/items/42?token=${OLD}">`,
    `${HTML_TYPE}\n\n<form action="/items/97?token=${NEW}">`,
    `POST /items/42?token=${OLD}`,
    `POST /items/97?token=${NEW}`,
  ],
  [
    'a data attribute',
    `${HTML_TYPE}\n\n<div data-item-id="42">`,
    `${HTML_TYPE}\n\n<div data-item-id="97">`,
    'GET /items/42',
    'GET /items/97',
  ],
  [
    'JSON in a page',
    `${HTML_TYPE}\n\n<script type="application/json" id=s>{"item":{"id":42}}</script>`,
    `${HTML_TYPE}\n\n<script type="application/json" id=s>{"item":{"id":97}}</script>`,
    'GET /items/42',
    'GET /items/97',
  ],
  [
    'a string in a script',
    `${HTML_TYPE}\n\n<script>window.csrfToken = '${OLD}';</script>`,
    `${HTML_TYPE}\n\n<script>var a = "b"; window.csrfToken = '${NEW}';</script>`,
    `GET /\nX-T: ${OLD}`,
    `GET /\nX-T: ${NEW}`,
  ],
  [
    'a text area',
    `${HTML_TYPE}\n\n<textarea name=t>${OLD}</textarea>`,
    `${HTML_TYPE}\n\n<textarea name=t>${NEW}</textarea>`,
    `GET /?a=${OLD}`,
    `GET /?a=${NEW}`,
  ],
  // Other content.
  [
    'XML',
    `Content-Type: text/xml\n\n<r xmlns:x="u"><x:UploadId>${OLD}</x:UploadId></r>`,
    `Content-Type: text/xml\n\n<r><UploadId>${NEW}</UploadId></r>`,
    `PUT /f?uploadId=${OLD}`,
    `PUT /f?uploadId=${NEW}`,
  ],
  [
    'XML that uses a value',
    `X-Token: ${OLD}`,
    'X-Token: a<b',
    `POST /f\nContent-Type: application/xml\n\n<a>${OLD}</a>`,
    'POST /f\nContent-Type: application/xml\n\n<a>a&#60;b</a>',
  ],
  [
    'plain text',
    `Content-Type: text/plain\n\n${OLD}\n`,
    `Content-Type: text/plain\n\n${NEW}\n`,
    `GET /?a=${OLD}`,
    `GET /?a=${NEW}`,
  ],
  [
    'urlencoded content',
    `${FORM_TYPE}\n\noauth_token=${OLD}&x=y`,
    `${FORM_TYPE}\n\nx=y&oauth_token=${NEW}`,
    `GET /?a=${OLD}`,
    `GET /?a=${NEW}`,
  ],
  [
    'an event',
    'Content-Type: text/event-stream\n\nevent: endpoint\ndata: /messages?sessionId=s1\n\n',
    'Content-Type: text/event-stream\n\nevent: endpoint\ndata: /messages?sessionId=s2\n\n',
    'POST /messages?sessionId=s1',
    'POST /messages?sessionId=s2',
  ],
  // JSON.
  [
    'a number stays a number',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": "97"}`,
    `POST /f\n${JSON_TYPE}\n\n{ "item_id" : 42, "count":42 }`,
    `POST /f\n${JSON_TYPE}\n\n{ "item_id" : 97, "count":42 }`,
  ],
  [
    'a number becomes a string',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": "a-97"}`,
    `POST /f\n${JSON_TYPE}\n\n{"itemId":42}`,
    `POST /f\n${JSON_TYPE}\n\n{"itemId":"a-97"}`,
  ],
  [
    'a string stays a string',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    `POST /f\n${JSON_TYPE}\n\n{"item":{"id":"42"}}`,
    `POST /f\n${JSON_TYPE}\n\n{"item":{"id":"97"}}`,
  ],
  [
    'a large number',
    `${JSON_TYPE}\n\n{"x": 1234567890123456789}`,
    `${JSON_TYPE}\n\n{"x": 9876543210987654321}`,
    `POST /f\n${JSON_TYPE}\n\n[1234567890123456789]`,
    `POST /f\n${JSON_TYPE}\n\n[9876543210987654321]`,
  ],
  [
    'escapes',
    `${JSON_TYPE}\n\n{"x": "quote\\"and\\u00e4"}`,
    `${JSON_TYPE}\n\n{"x": "back\\\\slash\\"ö"}`,
    `POST /f\n${JSON_TYPE}\n\n{"y":"quote\\"and\\u00e4","z":"ä"}`,
    `POST /f\n${JSON_TYPE}\n\n{"y":"back\\\\slash\\"\\u00f6","z":"ä"}`,
  ],
  [
    'a path in a string',
    `${JSON_TYPE}\n\n{"self": "/items/42"}`,
    `${JSON_TYPE}\n\n{"self": "/items/97"}`,
    `POST /f\n${JSON_TYPE}\n\n{"item":"/items/42/"}`,
    `POST /f\n${JSON_TYPE}\n\n{"item":"/items/97/"}`,
  ],
  [
    'a version for a condition',
    `${JSON_TYPE}\n\n{"version": 3}`,
    `${JSON_TYPE}\n\n{"version": 4}`,
    `PUT /items/7\n${JSON_TYPE}\n\n{"version":3}`,
    `PUT /items/7\n${JSON_TYPE}\n\n{"version":4}`,
  ],
  [
    'JSON Lines',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    'POST /f\nContent-Type: application/x-ndjson\n\n{"item_id":1}\n{"item_id":42}\n',
    'POST /f\nContent-Type: application/x-ndjson\n\n{"item_id":1}\n{"item_id":97}\n',
  ],
  [
    'a word in a string',
    `${JSON_TYPE}\n\n{"x": "${OLD}"}`,
    `${JSON_TYPE}\n\n{"x": "${NEW}"}`,
    `POST /f\n${JSON_TYPE}\n\n{"q":"id eq '${OLD}' or x"}`,
    `POST /f\n${JSON_TYPE}\n\n{"q":"id eq '${NEW}' or x"}`,
  ],
  [
    'broken JSON',
    `${JSON_TYPE}\n\n{"x": "${OLD}"}`,
    `${JSON_TYPE}\n\n{"x": "${NEW}"}`,
    `POST /f\n${JSON_TYPE}\n\n{"q":"${OLD}",`,
    `POST /f\n${JSON_TYPE}\n\n{"q":"${NEW}",`,
  ],
  [
    'a relation',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    `POST /items\n${JSON_TYPE}\n\n{"parent":{"id":42},"child_id":42,"user":{"id":42}}`,
    `POST /items\n${JSON_TYPE}\n\n{"parent":{"id":97},"child_id":97,"user":{"id":42}}`,
  ],
  // Multipart.
  [
    'a part',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    'POST /f\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name="item_id"\r\n\r\n42\r\n--b--\r\n',
    'POST /f\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name="item_id"\r\n\r\n97\r\n--b--\r\n',
  ],
  [
    'a JSON part',
    `${JSON_TYPE}\n\n{"id": 42}`,
    `${JSON_TYPE}\n\n{"id": 97}`,
    'POST /f\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: application/json\n\n{"item_id":42}\n--b--\n',
    'POST /f\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: application/json\n\n{"item_id":97}\n--b--\n',
  ],
  [
    'a file',
    `X-Token: ${OLD}`,
    `X-Token: ${NEW}`,
    `POST /f\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n${OLD}\r\n--b--\r\n`,
    `POST /f\nContent-Type: multipart/form-data; boundary=b\n\n--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n${OLD}\r\n--b--\r\n`,
  ],
  // Not carried over.
  [
    'what the client had sent first',
    `${JSON_TYPE}\n\n{"email": "a1@b.example"}`,
    `${JSON_TYPE}\n\n{"email": "c1@d.example"}`,
    'GET /f?email=a1%40b.example',
    'GET /f?email=a1%40b.example',
    'POST /items?email=a1%40b.example',
  ],
  [
    'a place that is gone',
    `${JSON_TYPE}\n\n{"x": "${OLD}"}`,
    `500\n${JSON_TYPE}\n\n{"error": "${NEW}"}`,
    `GET /?a=${OLD}`,
    `GET /?a=${OLD}`,
  ],
];

for (const isPipe of [false, true]) {
  t.test(isPipe ? 'from a pipe' : 'from a file', async (t) => {
    for (const [what, recorded, answer, request, sent, first = 'POST /items'] of CASES) {
      const exchanges: Exchange[] = [{ request: first, recorded, answer }, { request }];
      const [, second] = await replay(exchanges, isPipe);
      t.equal(second?.text, sent, what);
    }
  });
}
