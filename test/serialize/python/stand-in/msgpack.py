"""Stands in for the package of this name where it is not installed: the part of it that flow files need."""
import struct

FORMATS = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}


def unpackb(data):
    value, end = unpack(data, 0)
    if end != len(data):
        raise ValueError("extra data")
    return value


def unpack(data, at):
    kind, at = data[at], at + 1
    if kind < 0x80 or kind >= 0xE0:
        return (kind if kind < 0x80 else kind - 0x100), at
    if kind < 0x90:
        return unpack_map(data, at, kind & 0x0F)
    if kind < 0xA0:
        return unpack_list(data, at, kind & 0x0F)
    if kind < 0xC0:
        return data[at : at + (kind & 0x1F)].decode(), at + (kind & 0x1F)
    if kind <= 0xC3:
        return {0xC0: None, 0xC2: False, 0xC3: True}[kind], at
    if kind in FORMATS:
        size = struct.calcsize(FORMATS[kind])
        return struct.unpack_from(FORMATS[kind], data, at)[0], at + size
    width = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}[kind]
    size, at = int.from_bytes(data[at : at + width], "big"), at + width
    if kind <= 0xC6:
        return data[at : at + size], at + size
    if kind <= 0xDB:
        return data[at : at + size].decode(), at + size
    return (unpack_list if kind <= 0xDD else unpack_map)(data, at, size)


def unpack_list(data, at, size):
    items = []
    for _ in range(size):
        item, at = unpack(data, at)
        items.append(item)
    return items, at


def unpack_map(data, at, size):
    items, at = unpack_list(data, at, 2 * size)
    return dict(zip(items[::2], items[1::2])), at
