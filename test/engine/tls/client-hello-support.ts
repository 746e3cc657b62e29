/** Builders for hellos that no real client sends. */
export interface HelloParts {
  version?: number;
  sessionId?: Buffer;
  cipherSuites?: number[];
  compressions?: Buffer;
  /** Undefined leaves the whole field out. */
  extensions?: [type: number, content: Buffer][] | undefined;
}

/** The body of a ClientHello. */
export function clientHello(parts: HelloParts): Buffer {
  const {
    version = 0x0303,
    sessionId = Buffer.alloc(0),
    cipherSuites = [0xc02b],
    compressions = Buffer.alloc(1),
  } = parts;
  const { extensions } = parts;
  return Buffer.concat([
    numbers(version),
    Buffer.alloc(32, 7),
    vector(1, sessionId),
    vector(2, numbers(...cipherSuites)),
    vector(1, compressions),
    ...(extensions ? [vector(2, ...extensions.flatMap(([type, content]) => [numbers(type), vector(2, content)]))] : []),
  ]);
}

/** The content of a server_name extension. */
export function serverName(...hosts: string[]): Buffer {
  const names = hosts.map((host) => Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(host, 'latin1'))]));
  return vector(2, ...names);
}

/** The handshake message with this body. */
export function message(body: Buffer, type = 1): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, body)]);
}

/** A TLS record. */
export function record(content: Buffer, type = 22, version = 0x0301): Buffer {
  return Buffer.concat([Buffer.from([type]), numbers(version), vector(2, content)]);
}

function numbers(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

function vector(size: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length = Buffer.alloc(size);
  length.writeUIntBE(content.length, 0, size);
  return Buffer.concat([length, content]);
}
