import { FieldError } from '../shared/field-error.js';
import { TAG } from './tnetstring/tnetstring.js';
import type { TnetstringDecoder } from './tnetstring/tnetstring-decoder.js';
import { VERSIONS } from './versions.js';

const SHARED = ['version', 'type', 'id', 'error', 'client_conn', 'server_conn', 'intercepted'];
const OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  http: ['request', 'response'],
  tcp: ['messages'],
  udp: ['messages'],
  dns: ['request', 'response'],
};

/**
 * The entries of a record by key. They may be in any order, and mitmproxy writes version and type last, so all are
 * located before any is decoded.
 */
export class RootEntries {
  private readonly positions = new Map<string, number>();

  constructor(private readonly input: TnetstringDecoder) {}

  /** Locates the entries of the record at the input's position. @throws TnetstringError */
  read(): void {
    const { input, positions } = this;
    positions.clear();
    const end = input.enter(TAG.dictionary);
    while (input.at < end) {
      const key = input.key();
      if (positions.has(key)) input.fail('duplicate key');
      positions.set(key, input.at);
      input.item();
    }
    input.leave(end);
  }

  /** @throws FieldError if an entry required for this type and version is missing */
  check(type: string, version: number): void {
    for (const key of SHARED) this.at(key);
    for (const key of OF_TYPE[type] ?? []) this.at(key);
    if (version >= VERSIONS.marked) this.at('marked');
    if (version >= VERSIONS.metadata) this.at('metadata');
    if (version >= VERSIONS.authority) this.at('is_replay');
    if (version >= VERSIONS.comment) this.at('comment');
    if (version >= VERSIONS.created) this.at('timestamp_created');
    if (version >= VERSIONS.websocket && type === 'http') this.at('websocket');
  }

  /** Decodes a required entry. @throws FieldError if it is missing */
  need<Value>(key: string, decode: () => Value): Value {
    this.input.at = this.at(key);
    return decode();
  }

  /** Decodes an entry if it is present. */
  get<Value>(key: string, decode: () => Value): Value | undefined {
    return this.positions.has(key) ? this.need(key, decode) : undefined;
  }

  /** Decodes an entry if it is present and not null. */
  optional<Value>(key: string, decode: () => Value): Value | undefined {
    const at = this.positions.get(key);
    if (at === undefined) return undefined;
    this.input.at = at;
    this.input.item();
    if (this.input.isNull()) return undefined;
    this.input.at = at;
    return decode();
  }

  private at(key: string): number {
    const at = this.positions.get(key);
    if (at === undefined) throw new FieldError(key, 'present');
    return at;
  }
}
