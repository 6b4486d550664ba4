"""zlib, for scripts/bench: compresses every record of a file, each by itself, at level 9; prints the processor seconds.

zlib_peer.py FILE      (of records, each behind its length in four bytes)
"""

import sys
import time
import zlib


def main():
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    records, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        records.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    begun = time.process_time()
    for record in records:
        member = zlib.compressobj(9, zlib.DEFLATED, 31)
        member.compress(record)
        member.flush()
    print(time.process_time() - begun)


if __name__ == "__main__":
    main()
