import { BoundedMap } from '../../flow/bounded-map.js';

/**
 * Derives keys from the names of places. Short or common values are matched only between places that have a key in common:
 * `{"id": 42}` from `POST /items`, the segment 42 of `/items/42`, and `item_id=42` have the key `id:item`.
 */
export class Names {
  private readonly cache = new BoundedMap<string, Name>(4096);

  /** Classifies the name of a member, parameter or field. */
  classify(name: string): Name {
    const known = this.cache.get(name);
    if (known) return known;
    const read = classifyName(snakeCase(name));
    this.cache.set(name, read);
    return read;
  }

  /**
   * Keys of a value that a response issues under a name.
   * @param context names of the surrounding members or path segments
   */
  responseKeys(name: string, value: string, context: readonly string[]): readonly string[] {
    const { kind, keys } = this.classify(name);
    if (kind === 'plain') return NO_KEYS;
    if (kind === 'identifier') return context.map((each) => `id:${singular(each)}`);
    if (kind === 'token' && !/[0-9]/.test(value)) return NO_KEYS;
    return keys;
  }

  /** Keys of a value that a request uses under a name. */
  requestKeys(name: string, context: readonly string[]): readonly string[] {
    const { kind, keys, isRelation } = this.classify(name);
    if (kind === 'identifier') return context.map((each) => `id:${singular(each)}`);
    if (isRelation) return [...keys, ...context.map((each) => `id:${singular(each)}`)];
    return keys;
  }

  /** Whether the values of a name usually identify something, so that even an ordinary word may be an identifier. */
  isIdentifying(name: string): boolean {
    return this.classify(name).identifies;
  }
}

/**
 * Whether values with this key are renewed: a client sends the latest one, such as a cookie, a form field or a version, even if
 * it has sent the same value before.
 */
export function isRenewed(key: string): boolean {
  return /^(?:cookie:|field:|header:|etag:|version:|token:csrf$|rule:)/.test(key);
}

interface Name {
  /**
   * `identifier` identifies the surrounding object (`id`), `reference` another one (`item_id`), `cursor` a next page. `token`
   * is a secret or a state, `version` the version of a resource (`versionKeys`).
   */
  kind: 'identifier' | 'reference' | 'cursor' | 'token' | 'version' | 'plain';
  keys: readonly string[];
  identifies: boolean;
  /** Whether it refers to another object of the same kind: `parent_id`. */
  isRelation?: boolean;
}

const NO_KEYS: readonly string[] = [];

const IDENTIFIERS = new Set(['id', 'ids', 'uuid', 'uid', 'guid', 'pk', 'key', 'slug', 'number', 'ref']);
const VERSIONS = new Set(['version', 'rev', 'revision', 'lock_version', 'row_version']);
const CURSORS = new Set(
  [
    'cursor next next_cursor end_cursor start_cursor after starting_after since_id max_id page_token next_page_token',
    'next_token continuation continuation_token marker next_marker scroll_id next_id last_id bookmark pagination_token',
  ].flatMap((names) => names.split(' ')),
);
const RELATIONS = new Set(
  'parent child children root previous prev original source target sibling related replaces'.split(' '),
);
const REFERENCE = /^(.{1,64})_(?:ids?|uuids?|uid|guid|pk|key|slug|number|no|ref)$/;
const TOKEN = /(?:^|_)(?:csrf|xsrf|token|nonce|state|session|sid|ticket|secret|challenge|code|otp)(?:$|_)/;
/** Names of CSRF tokens. The form, the meta element, the cookie and the header of a token have different names. */
const FORGERY = /csrf|xsrf|authenticity_token|request_verification_token/;
const IDENTIFYING =
  /(?:^|_)(?:id|ids|uuid|uid|guid|pk|key|slug|ref|csrf|xsrf|token|nonce|state|session|sid|ticket|secret|challenge|code|otp|cursor|next|after|marker|auth|authorization|jwt|bearer|password|signature|sig|hash|etag|handle|verifier)(?:$|_)/;

function classifyName(name: string): Name {
  const identifies = IDENTIFYING.test(name);
  if (CURSORS.has(name)) return { kind: 'cursor', keys: ['cursor'], identifies: true };
  if (IDENTIFIERS.has(name)) return { kind: 'identifier', keys: NO_KEYS, identifies };
  if (VERSIONS.has(name)) return { kind: 'version', keys: NO_KEYS, identifies };
  const reference = REFERENCE.exec(name)?.[1];
  if (reference !== undefined && !TOKEN.test(reference)) {
    const last = reference.slice(reference.lastIndexOf('_') + 1);
    const keys = [...new Set([`id:${singular(reference)}`, `id:${singular(last)}`])];
    return { kind: 'reference', keys, identifies, isRelation: isRelation(reference) };
  }
  if (FORGERY.test(name)) return { kind: 'token', keys: ['token:csrf'], identifies: true };
  if (TOKEN.test(name)) return { kind: 'token', keys: [`token:${name}`], identifies };
  return { kind: 'plain', keys: name === '' ? NO_KEYS : [`id:${singular(name)}`], identifies };
}

/** Whether a name describes a relation to another resource rather than its kind. */
export function isRelation(name: string): boolean {
  return RELATIONS.has(name.toLowerCase());
}

/** Converts `itemId`, `item-id` and `item[id]` to `item_id`. Only the end of a long name is used. */
function snakeCase(name: string): string {
  return name
    .slice(-80)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9\x80-\uffff]+/g, '_')
    .replace(/^_|_$/g, '');
}

/** The singular of an English noun, accurate enough to compare names. */
function singular(noun: string): string {
  const name = snakeCase(noun);
  if (name.endsWith('ies') && name.length > 4) return `${name.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(name)) return name.slice(0, -2);
  return name.endsWith('s') && !name.endsWith('ss') && name.length > 2 ? name.slice(0, -1) : name;
}
