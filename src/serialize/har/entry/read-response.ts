import { isBodiless } from '../../../flow/http/bodiless.js';
import type { Fields } from '../../json/fields.js';
import type { Omissions } from '../../shared/omissions.js';
import { readContent } from '../body/read-content.js';
import { type Moments, numberOf } from './har-time.js';
import { type MessageMembers, messageMembers } from './message-members.js';
import { readHeaders } from './read-headers.js';

/**
 * The response of an entry.
 * @param own `_tsdump` of an entry that tsdump wrote
 * @returns undefined without a response: the status is 0 and there is no content
 */
export function responseMembers(
  response: Fields,
  own: Fields | undefined,
  { answered, received }: Moments,
  method: unknown,
  omissions: Omissions,
): MessageMembers | undefined {
  const { pairs } = readHeaders(response, own !== undefined);
  const status = statusOf(response);
  const ownResponse = own?.object('response');
  if (status === 0 && own && !ownResponse) return undefined;
  const hasNone = isBodiless(String(method), status);
  const body = readContent(response, pairs, own !== undefined, hasNone, omissions);
  const isEmpty = pairs.length === 0 && !body.body && !body.bodyBase64 && !body.bodySize;
  if (status === 0 && !ownResponse && isEmpty) return undefined;
  const line = {
    status,
    reason: oneLine(response.text('statusText')),
    timestampStart: answered,
    timestampEnd: received,
  };
  return messageMembers(line, pairs, body, ownResponse);
}

/** The status; 0 if unknown. */
function statusOf(response: Fields): number {
  const value = response.any('status');
  const status = value === undefined || value === '' ? 0 : numberOf(value);
  if (status !== undefined && Number.isInteger(status) && status < 1000) return Math.max(0, status);
  response.note('status', 'is not a status');
  return 0;
}

/** Some programs put more than a reason phrase here. */
function oneLine(text = ''): string {
  return text.replace(/[\0\r\n]+/g, ' ').trim();
}
