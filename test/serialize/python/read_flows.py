import struct, sys, zlib
import msgpack


def unpack(content, coding):
    if coding == "zstd":
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(content)
    return zlib.decompress(content, 31) if coding == "gzip" else content


def read_flows(file):
    """Yields the metadata of each flow, and its bodies by kind."""
    while head := file.read(32):
        if len(head) < 32 or head[:4] != b"TSF1":
            raise ValueError("no record where one should be")
        kind, flags, length, bodies_length, crc = struct.unpack_from("<HHIQI", head, 12)
        metadata = file.read(length)
        if zlib.crc32(metadata, zlib.crc32(head[:28])) != crc:
            raise ValueError("damaged record")
        content = file.read(bodies_length)
        if len(content) < bodies_length:
            raise ValueError("the last record is cut off")
        if kind != 1:
            continue
        if flags > 7:
            raise ValueError("written by a newer tsdump")
        flow = msgpack.unpackb(unpack(metadata, ["", "gzip", "zstd"][flags & 3]))
        if flow["version"] > 1:
            raise ValueError("written by a newer tsdump")
        bodies, start = {}, 0
        for body in flow.get("bodies", []):
            end = start + body["length"]
            kept = body["length"] > 0 or not (body["size"] or body.get("count"))
            bodies[body["kind"]] = unpack(content[start:end], body.get("coding")) if kept else None
            start = end
        yield flow, bodies


if __name__ == "__main__":
    for flow, bodies in read_flows(sys.stdin.buffer):
        print(flow["id"], flow["type"], flow.get("request", {}).get("path", ""))
