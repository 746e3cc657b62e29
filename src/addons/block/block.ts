import { type ClientConnection, formatAddress } from '../../flow/connection.js';
import type { Addon } from '../../flow/hooks/hooks.js';
import { AddressKinds } from './address-kind.js';

export interface BlockOptions {
  blockGlobal: boolean;
  blockPrivate: boolean;
}

/** Closes connections from blocked kinds of client addresses. Clients on this machine are never blocked. */
export class Block implements Addon {
  readonly name = 'block';
  private readonly kinds = new AddressKinds();

  constructor(private readonly options: BlockOptions) {}

  clientConnected(client: ClientConnection): void {
    const kind = this.kinds.of(client.peer?.[0] ?? '');
    const option =
      kind === 'global' && this.options.blockGlobal
        ? 'block_global'
        : kind === 'private' && this.options.blockPrivate
          ? 'block_private'
          : undefined;
    if (option) client.error = `Connection from ${formatAddress(client.peer)} closed: ${option} is set.`;
  }
}
