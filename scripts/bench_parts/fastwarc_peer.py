"""FastWARC, for scripts/bench: reads a file, then reads it and writes it again, and tells how long both took.

fastwarc_peer.py FILE
"""

import json
import sys
import time

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator

PIECE = 65536


class Counter:
    def __init__(self):
        self.bytes = 0

    def write(self, data):
        self.bytes += len(data)
        return len(data)

    def flush(self):
        pass


def main():
    path = sys.argv[1]
    records = count = 0
    begun = time.perf_counter()
    with open(path, "rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            records += 1
            while piece := record.reader.read(PIECE):
                count += len(piece)
    read = time.perf_counter() - begun

    begun = time.perf_counter()
    counter = Counter()
    with open(path, "rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            # A writer a record: each is to be a member of its own.
            member = GzipWriter(counter, 9)
            record.write(member)
            member.close()
    copy = time.perf_counter() - begun
    print(json.dumps({"records": records, "bytes": count, "read": read, "copy": copy, "copied": counter.bytes}))


if __name__ == "__main__":
    main()
