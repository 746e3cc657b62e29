import { checkCodedBody, memberOf } from '../../json/coded-body.js';
import { LongText, restoreTexts } from '../../json/text/long-text.js';
import { isObject } from '../extras.js';

/** Settles the long texts of an entry before it is decoded. @throws JsonError */
export async function settleTexts(entry: unknown): Promise<void> {
  await checkCodedBodies(entry);
  await restoreOthers(entry);
}

/** Compares encoded bodies that are too long for memory with the content they should decode to. */
async function checkCodedBodies(entry: unknown): Promise<void> {
  const own = memberOf(entry, '_tsdump');
  for (const [key, contentKey] of [
    ['request', 'postData'],
    ['response', 'content'],
  ] as const) {
    const message = memberOf(entry, key);
    const content = memberOf(message, contentKey);
    const text = memberOf(content, 'text');
    const binary = text === '' ? memberOf(content, '_base64') : undefined;
    const isBase64 = binary !== undefined || memberOf(content, 'encoding') === 'base64';
    await checkCodedBody(memberOf(own, key), memberOf(message, 'headers'), binary ?? text, isBase64);
  }
}

/** Members whose long strings are content. */
const WITH_CONTENT = new Set(['request', 'response', 'postData', 'content', 'text', '_base64', '_tsdump']);

/** Loads long texts as strings in members that are kept verbatim. @throws JsonError if one is too long */
async function restoreOthers(object: unknown): Promise<void> {
  if (!isObject(object)) return;
  for (const [key, value] of Object.entries(object)) {
    if (!WITH_CONTENT.has(key)) await restoreTexts(value, true);
    else if (key !== '_tsdump' && !(value instanceof LongText)) await restoreOthers(value);
  }
}
