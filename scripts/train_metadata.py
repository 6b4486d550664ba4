#!/usr/bin/env python3
"""Fits the weights by which titles and dates are chosen and writes them: crates/extract/models/metadata-N.txt, metadata.txt.

    .venv/bin/python scripts/train_metadata.py [--dry] [--verbose]

A page offers several titles and days (crates/extract/examples/proposals.rs); each has some fifty signs, and a weight a sign
is fitted so that the right proposal gets the highest sum (conditional logistic regression, L2, L-BFGS; no randomness).
It learns from wcxb-dev (CC-BY-4.0, Murrough Foley), htmldate-default (Apache-2.0), readability-pages (Apache-2.0, Mozilla)
and, for titles, the first lines of daniel-dev (DAnIEL corpus). The weights of fold N never saw a site of that fold and are what
scripts/eval judges its pages with; those that ship, in metadata.txt, are fitted on all of it.
"""

import argparse
import importlib.machinery
import importlib.util
import json
import os
import re
import subprocess
import sys

import numpy
import scipy.optimize

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
OUT = os.path.join(ROOT, "crates", "extract", "models")
SETS = ["wcxb-dev", "htmldate-default", "readability-pages", "daniel-dev"]
# How much a page of each set counts. Mozilla's titles are what its own rules make of <title>.
TITLE_SETS = {"wcxb-dev": 1.0, "daniel-dev": 0.5}
DATE_SETS = {"wcxb-dev": 1.0, "htmldate-default": 1.0, "readability-pages": 1.0}
# Chosen by how likely the right proposals of unseen sites are, not by how many win: that says less of these pages alone.
DECAY = {"title": 1.0, "date": 1.0}
# The share of right dates that may be given up so that a page with weak evidence has none.
SILENCED = 0.001


def load_eval():
    loader = importlib.machinery.SourceFileLoader("evaluation", os.path.join(HERE, "eval"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("evaluation", loader))
    loader.exec_module(module)
    return module


evaluation = load_eval()


def proposals(name):
    """What each page of a set offers, by its id."""
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    path = os.path.join(evaluation.data_folder(), name, "pages.jsonl.zst")
    unpack = subprocess.Popen(["zstd", "-q", "-d", "--long=27", "-c", path], stdout=subprocess.PIPE)
    program = os.path.join(target, "release", "examples", "proposals")
    read = subprocess.run([program], stdin=unpack.stdout, stdout=subprocess.PIPE, check=True)
    return {page["id"]: page for page in map(json.loads, read.stdout.splitlines())}


def title_of(name, page):
    if name == "daniel-dev":
        return (page.get("main_content") or "").split("\n", 1)[0]
    return page.get("title")


class Pages:
    """The rows of all pages below each other, with what is needed to learn from them."""

    def __init__(self):
        self.rows, self.right, self.page, self.weights, self.folds, self.sets = [], [], [], [], [], []

    def add(self, name, fold, weight, rows, right):
        number = len(self.folds)
        self.rows += rows
        self.right += right
        self.page += [number] * len(rows)
        self.weights.append(weight)
        self.folds.append(fold)
        self.sets.append(name)

    def finish(self):
        self.rows, self.right = numpy.array(self.rows), numpy.array(self.right)
        self.page, self.folds = numpy.array(self.page), numpy.array(self.folds)
        self.weights, self.sets = numpy.array(self.weights), numpy.array(self.sets)
        return self


def gather(field, found):
    pages = Pages()
    for name, weight in (TITLE_SETS if field == "title" else DATE_SETS).items():
        for truth in evaluation.load_truth(name):
            fold = evaluation.fold_of(evaluation.site_of(name, truth))
            if field == "title":
                meant, offered = evaluation.fold_name(title_of(name, truth) or ""), found[name][truth["id"]]["titles"]
                right = [evaluation.fold_name(text) == meant for text, _ in offered]
            else:
                meant, offered = (truth.get("date") or "")[:10], found[name][truth["id"]]["dates"]
                right = [day == meant for day, _ in offered]
            if meant:
                pages.add(name, fold, weight, [signs for _, signs in offered], right)
    return pages.finish()


def fit(pages, use, decay):
    """The weights that make the right proposals of the pages in `use` most likely."""
    known = numpy.zeros(len(pages.folds), dtype=bool)
    known[pages.page[pages.right]] = True
    rows = (use & known)[pages.page]
    x, right = pages.rows[rows], pages.right[rows]
    # The proposals of a page stand below each other.
    numbers, starts, sizes = numpy.unique(pages.page[rows], return_index=True, return_counts=True)
    weights = pages.weights[numbers]

    def loss(w):
        scores = x @ w
        e = numpy.exp(scores - numpy.repeat(numpy.maximum.reduceat(scores, starts), sizes))
        total, good = numpy.add.reduceat(e, starts), numpy.add.reduceat(e * right, starts) + 1e-300
        value = (weights * (numpy.log(total) - numpy.log(good))).sum()
        pull = e * numpy.repeat(weights / total, sizes) - e * right * numpy.repeat(weights / good, sizes)
        return value + decay * (w @ w) / 2, x.T @ pull + decay * w

    start = numpy.zeros(pages.rows.shape[1])
    return scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


def judge(pages, w, use):
    """For each page in `use` whether the proposal with the highest sum, the first among equals, is right; and its sum."""
    scores = pages.rows @ w
    order = numpy.lexsort((-numpy.arange(len(scores)), scores, pages.page))
    last = numpy.append(pages.page[order][1:] != pages.page[order][:-1], True)
    winner = order[last]
    right, sums = numpy.zeros(len(pages.folds), dtype=bool), numpy.full(len(pages.folds), numpy.nan)
    right[pages.page[winner]] = pages.right[winner]
    sums[pages.page[winner]] = scores[winner]
    return right[use], sums[use]


def enum(path, name):
    """The variants of an enum in the crate, in order."""
    with open(os.path.join(ROOT, "crates", "extract", "src", "metadata", path), encoding="utf-8") as file:
        body = re.search(r"enum " + name + r" \{(.*?)\n\}", file.read(), re.S).group(1)
    return re.findall(r"^\s*(\w+),", body, re.M)


def least(pages, w, use):
    """What a proposal must be worth so that few right ones are given up."""
    right, sums = judge(pages, w, use)
    return numpy.round(numpy.quantile(sums[right], SILENCED), 2)


def write(name, weights, silent):
    lines = ["chaffinch metadata 1"]
    for field in ("title", "date"):
        lines.append(" ".join([f"{field}s", *(f"{weight:.2f}".replace("-0.00", "0.00") for weight in weights[field])]))
    lines.append(f"least {silent:.2f}")
    with open(os.path.join(OUT, name), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="print the figures and write nothing")
    parser.add_argument("--verbose", action="store_true", help="print every weight with its name")
    arguments = parser.parse_args()
    if not os.path.isdir(evaluation.data_folder()):
        sys.exit(f"skipped: no data at {evaluation.data_folder()}; set CHAFFINCH_DATA")
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "chaffinch-extract", "--example", "proposals"],
                   cwd=ROOT, check=True)
    found = {name: proposals(name) for name in SETS}
    folds = list(range(evaluation.FOLDS))
    # The last weights saw everything: they ship.
    weights, silent = [{} for _ in [*folds, None]], [0.0] * (len(folds) + 1)
    for field, names in (("title", enum("title.rs", "Source")), ("date", enum("dates/vote.rs", "Sign"))):
        pages = gather(field, found)
        assert pages.rows.shape[1] == len(names), (field, pages.rows.shape, len(names))
        unseen = numpy.zeros(len(pages.folds), dtype=bool)
        for at, fold in enumerate([*folds, None]):
            held = pages.folds == fold
            w = weights[at][field] = numpy.round(fit(pages, ~held, DECAY[field]), 2)
            unseen[held] = judge(pages, w, held)[0]
            if field == "date":
                silent[at] = least(pages, w, ~held)
        fitted = judge(pages, w, ~held)[0]
        offered = numpy.bincount(pages.page, pages.right, len(pages.folds)) > 0
        for name in dict.fromkeys(pages.sets):
            of = pages.sets == name
            print(f"{field}, {name}: {unseen[of].mean():.3f} by weights that never saw the site, {fitted[of].mean():.3f} by those "
                  f"that ship, {offered[of].mean():.3f} offered")
        if arguments.verbose:
            print("\n".join(f"{weight:8.2f} {name}" for weight, name in zip(w, names)))
    if not arguments.dry:
        for at, fold in enumerate([*folds, None]):
            write("metadata.txt" if fold is None else f"metadata-{fold}.txt", weights[at], silent[at])


if __name__ == "__main__":
    main()
