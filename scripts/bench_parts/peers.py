"""Other extractors, for scripts/bench: reads JSON Lines of pages, answers one line a page.

peers.py version NAME | peers.py extract NAME FILE
"""

import importlib.metadata
import json
import sys


def extractor(name):
    if name == "trafilatura":
        from trafilatura import extract

        return lambda page: extract(page["html"], url=page["url"], output_format="json", with_metadata=True)
    from resiliparse.extract.html2text import extract_plain_text

    return lambda page: extract_plain_text(page["html"], main_content=True)


def main():
    verb, name = sys.argv[1:3]
    extract = extractor(name)
    if verb == "version":
        print(importlib.metadata.version(name))
        return
    with open(sys.argv[3], encoding="utf-8") as pages:
        for line in pages:
            try:
                answer = extract(json.loads(line))
            except Exception as error:  # a page that breaks a peer is its answer, not ours to hide
                answer = None
                print(f"{name}: {error}", file=sys.stderr)
            print(json.dumps({"text": answer}))


if __name__ == "__main__":
    main()
