import { essenceOf } from '../text/parameters.js';
import { BodyContent, type ContentOwner, checkType } from './body-content.js';
import type { PairsInit } from './pairs.js';
import { encodeForm, Urlencoded } from './urlencoded.js';

const TYPE = 'application/x-www-form-urlencoded';

/**
 * A live view of the fields of an urlencoded form in a body: `get`, `getAll`, `has`, `set`, `append`, `delete`, `rewrite`,
 * `replace` and iteration over names and values. A body of another type has no fields; `replace` turns it into a form, and any
 * change turns an empty body into one.
 *
 * @example
 * const form = await flow.request.form();
 * form.set('password', 'hidden');
 */
export class Form extends Urlencoded {
  private constructor(
    private readonly message: ContentOwner,
    private readonly content: BodyContent,
  ) {
    super();
  }

  /** @throws BodyPendingError, BodyMissingError, ContentCodingError */
  static async of(message: ContentOwner): Promise<Form> {
    return new Form(message, await BodyContent.of(message));
  }

  override replace(pairs: PairsInit): void {
    if (!this.isForm) this.message.headers.set('Content-Type', TYPE);
    super.replace(pairs);
  }

  protected read(): string | undefined {
    const content = this.content.read();
    return this.isForm && content.length > 0 ? content.toString('latin1') : undefined;
  }

  /** @throws TypeError if the body is of another type */
  protected write(text = ''): void {
    if (!this.isForm) {
      checkType(this.content.read(), this.message.headers, 'form');
      this.message.headers.set('Content-Type', TYPE);
    }
    this.content.write(Buffer.from(text, 'latin1'));
  }

  protected encode(text: string): string {
    return encodeForm(text);
  }

  private get isForm(): boolean {
    return essenceOf(this.message.headers.get('content-type')) === TYPE;
  }
}
