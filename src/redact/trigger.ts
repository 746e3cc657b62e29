/**
 * Finds any of several literals in bytes, without regard to the case of ASCII letters: an Aho-Corasick automaton as a table,
 * which needs two lookups a byte however many literals there are. One object serves one search at a time.
 */
export class Triggers {
  /** After `find`: the index of the literal that was found, the longest if several end there. */
  which = -1;
  private readonly classes = new Uint8Array(256);
  private readonly table: Uint16Array;
  /** States from this one on are at the end of a literal. */
  private readonly firstFound: number;
  private readonly found: Uint16Array;
  private readonly width: number;
  private state = 0;

  /** @param literals of latin1 text; at most 65,535 characters in all */
  constructor(private readonly literals: readonly string[]) {
    const lower = literals.map(lowered);
    const used = [...new Set(lower.join(''))].sort();
    this.width = used.length + 1;
    used.forEach((character, at) => {
      this.classes[character.charCodeAt(0)] = at + 1;
      if (/[a-z]/.test(character)) this.classes[character.charCodeAt(0) - 32] = at + 1;
    });
    const built = build(lower, used);
    this.table = built.table;
    this.firstFound = built.firstFound;
    this.found = built.found;
  }

  /** The length of the literal that was found last. */
  get length(): number {
    return this.literals[this.which]!.length;
  }

  /** Begins a new text. */
  reset(): void {
    this.state = 0;
  }

  /** @returns the offset behind the next literal that ends in the range; -1 if there is none. The next call goes on there. */
  find(bytes: Uint8Array, from: number, to = bytes.length): number {
    const { table, classes, firstFound } = this;
    let { state } = this;
    for (let at = from; at < to; at++) {
      state = table[state + classes[bytes[at]!]!]!;
      if (state >= firstFound) {
        this.state = state;
        this.which = this.found[(state - firstFound) / this.width]!;
        return at + 1;
      }
    }
    this.state = state;
    return -1;
  }
}

/** Only ASCII letters: others take several bytes, which have no case. */
function lowered(literal: string): string {
  return literal.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

interface Node {
  readonly next: Map<number, Node>;
  fail: Node | undefined;
  /** The literal that ends here, or at a node that this one falls back to. */
  literal: number;
  offset: number;
}

/** States are offsets of rows of the table; those at the end of a literal come last. */
function build(literals: readonly string[], used: readonly string[]) {
  const width = used.length + 1;
  const classOf = new Map(used.map((character, at) => [character, at + 1]));
  const root = newNode();
  const nodes: Node[] = [root];
  literals.forEach((literal, index) => {
    let node = root;
    for (const character of literal) {
      const kind = classOf.get(character)!;
      let next = node.next.get(kind);
      if (!next) {
        next = newNode();
        node.next.set(kind, next);
        nodes.push(next);
      }
      node = next;
    }
    if (node.literal < 0) node.literal = index;
  });
  const ordered = link(root);
  const plain = ordered.filter(({ literal }) => literal < 0);
  const ends = ordered.filter(({ literal }) => literal >= 0);
  [...plain, ...ends].forEach((node, at) => {
    node.offset = at * width;
  });
  if (nodes.length * width > 0xffff) throw new RangeError('too many literals');
  const table = new Uint16Array(nodes.length * width);
  for (const node of ordered) {
    for (let kind = 0; kind < width; kind++) table[node.offset + kind] = target(node, kind, root).offset;
  }
  return { table, firstFound: plain.length * width, found: Uint16Array.from(ends, ({ literal }) => literal) };
}

/** Sets where each node falls back to. @returns all nodes, breadth first */
function link(root: Node): Node[] {
  const ordered = [root];
  for (const node of ordered) {
    for (const [kind, child] of node.next) {
      child.fail = node === root ? root : target(node.fail!, kind, root);
      if (child.literal < 0) child.literal = child.fail.literal;
      ordered.push(child);
    }
  }
  return ordered;
}

function target(from: Node, kind: number, root: Node): Node {
  let node: Node | undefined = from;
  while (node) {
    const next = node.next.get(kind);
    if (next) return next;
    node = node === root ? undefined : node.fail;
  }
  return root;
}

function newNode(): Node {
  return { next: new Map(), fail: undefined, literal: -1, offset: 0 };
}
