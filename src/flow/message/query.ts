import { percentEncode } from '../text/percent.js';
import { Urlencoded } from './urlencoded.js';

/** What has a path with a query. */
export interface PathOwner {
  path: string;
}

/**
 * The parameters of a query, live: `get`, `getAll`, `has`, `set`, `append`, `delete`, `rewrite`, `replace` and iteration over
 * names and values. Reading takes `+` and `%20` as a space; what is set is percent-encoded.
 *
 * @example
 * flow.request.query.set('page', '2'); // /list?q=a+b&page=1 becomes /list?q=a+b&page=2
 */
export class Query extends Urlencoded {
  constructor(private readonly owner: PathOwner) {
    super();
  }

  protected read(): string | undefined {
    const { path } = this.owner;
    const mark = path.indexOf('?');
    return mark < 0 ? undefined : path.slice(mark + 1);
  }

  protected write(text: string | undefined): void {
    const { path } = this.owner;
    const mark = path.indexOf('?');
    const base = mark < 0 ? path : path.slice(0, mark);
    if (base === '' || base === '*') throw new TypeError('The target of this request has no query');
    this.owner.path = text === undefined ? base : `${base}?${text}`;
  }

  protected encode(text: string): string {
    return percentEncode(text);
  }
}
