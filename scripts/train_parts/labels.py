"""Which blocks of a page its truth contains: by aligning the two texts in order.

Long blocks are placed in the truth by their runs of four words, as the heaviest chain of places that rise with the blocks;
what is repeated on the page is thus taken where the truth has it. Short blocks are aligned word by word between the places
of their neighbours. Every word of the truth is used once.
"""

import collections
import difflib
import re

import numpy

TOKEN = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
RUN = 4
# Words times words of a gap: beyond this nothing is aligned in it.
GAP_MAX = 30_000_000


def tokens(text):
    return TOKEN.findall(text.lower())


def places(blocks, truth):
    """(block, place, runs in common): where each long block may begin in the truth."""
    where = collections.defaultdict(list)
    for at in range(len(truth) - RUN + 1):
        where[tuple(truth[at:at + RUN])].append(at)
    found = []
    for block, words in enumerate(blocks):
        starts = collections.Counter()
        for at in range(len(words) - RUN + 1):
            for place in where.get(tuple(words[at:at + RUN]), ())[:8]:
                starts[place - at] += 1
        best = starts.most_common(6)
        found += [(block, place, runs) for place, runs in best if 2 * runs >= best[0][1]]
    return found


def chain(found):
    """The heaviest choice of places that rise with their blocks, as {block: place}; a tree of running maxima finds it."""
    if not found:
        return {}
    ranks = {place: rank for rank, place in enumerate(sorted({place for _, place, _ in found}), 1)}
    tree = [(0, -1)] * (len(ranks) + 1)
    weights, before = [0] * len(found), [-1] * len(found)
    blocks = collections.defaultdict(list)
    for at, (block, _, _) in enumerate(found):
        blocks[block].append(at)
    for block in sorted(blocks):
        for at in blocks[block]:
            rank, best = ranks[found[at][1]] - 1, (0, -1)
            while rank > 0:
                best = max(best, tree[rank], key=lambda pair: pair[0])
                rank -= rank & -rank
            weights[at], before[at] = best[0] + found[at][2], best[1]
        for at in blocks[block]:
            rank = ranks[found[at][1]]
            while rank < len(tree):
                if weights[at] > tree[rank][0]:
                    tree[rank] = (weights[at], at)
                rank += rank & -rank
    at, chosen = max(range(len(found)), key=weights.__getitem__), {}
    while at >= 0:
        chosen[found[at][0]] = found[at][1]
        at = before[at]
    return chosen


class Alignment:
    """A page's blocks against its truth, and which words of the truth are used."""

    def __init__(self, texts, truth):
        self.blocks = [tokens(text) for text in texts]
        self.truth = tokens(truth)
        self.used = numpy.zeros(len(self.truth), dtype=bool)
        self.labels = numpy.zeros(len(self.blocks), dtype=numpy.int8)

    def claim(self, block, place):
        """Takes the words of a block at its place; the span taken, or None where less than half of them are there."""
        words = self.blocks[block]
        if place >= 0 and self.truth[place:place + len(words)] == words:
            start, runs = place, [(0, 0, len(words))]
        else:
            start = max(0, place - 3)
            there = self.truth[start:place + len(words) + 3 + len(words) // 10]
            matcher = difflib.SequenceMatcher(None, words, there, autojunk=False)
            runs = [run for run in matcher.get_matching_blocks() if run[2] >= 2]
        covered = numpy.zeros(len(words), dtype=bool)
        for own, theirs, size in runs:
            covered[own:own + size] |= ~self.used[start + theirs:start + theirs + size]
        if not runs or covered.mean() < 0.5:
            return None
        for _, theirs, size in runs:
            self.used[start + theirs:start + theirs + size] = True
        self.labels[block] = 1
        return start + runs[0][1], start + runs[-1][1] + runs[-1][2]

    def fill(self, blocks, low, high):
        """Aligns blocks word by word with the unused words of the truth between two places."""
        free = [at for at in range(low, high) if not self.used[at]]
        blocks = [block for block in blocks if not self.labels[block]]
        words = [(word, block) for block in blocks for word in self.blocks[block]]
        if not free or not words or len(words) * len(free) > GAP_MAX:
            return
        matcher = difflib.SequenceMatcher(None, [word for word, _ in words], [self.truth[at] for at in free], autojunk=False)
        taken = collections.defaultdict(list)
        for own, theirs, size in matcher.get_matching_blocks():
            for step in range(size):
                taken[words[own + step][1]].append(free[theirs + step])
        for block, found in taken.items():
            share = len(found) / len(self.blocks[block])
            if share == 1 or share >= 0.5 and len(found) >= 2:
                self.labels[block] = 1
                self.used[found] = True

    def run(self):
        found = places(self.blocks, self.truth)
        spans = {}
        for block, place in sorted(chain(found).items()):
            span = self.claim(block, place)
            if span:
                spans[block] = span
        for block, place, _ in found:
            if not self.labels[block]:
                self.claim(block, place)
        known = sorted(spans)
        for before, after in zip([-1, *known], [*known, len(self.blocks)]):
            low = spans[before][1] if before in spans else 0
            high = spans[after][0] if after in spans else len(self.truth)
            if after - before > 1 and high > low:
                self.fill(range(before + 1, after), low, high)
        return self.labels


def label(texts, truth):
    """1 for each block that the truth contains."""
    return Alignment(texts, truth).run()
