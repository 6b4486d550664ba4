"""The first stage: logistic regression over hashed tokens, its weights in steps that a character each can hold."""

import numpy
import scipy.optimize
import scipy.sparse

BUCKETS = 1 << 18
# A weight is so many steps from the character in the middle of those that can be printed.
MIDDLE, MOST = 79, 46


def read(path, blocks):
    """The tokens of a set's blocks, as a sparse matrix whose rows have length 1: a block with many is no surer of itself."""
    raw = numpy.fromfile(path, dtype="<u4")
    lengths, tokens, at = numpy.empty(blocks, dtype=numpy.int64), numpy.ones(len(raw), dtype=bool), 0
    for block in range(blocks):
        lengths[block] = raw[at]
        tokens[at] = False
        at += 1 + int(raw[at])
    columns = raw[tokens].astype(numpy.int32)
    starts = numpy.concatenate([[0], numpy.cumsum(lengths)])
    shares = numpy.repeat(1 / numpy.sqrt(numpy.maximum(lengths, 1)), lengths).astype(numpy.float32)
    return scipy.sparse.csr_matrix((shares, columns, starts), shape=(blocks, BUCKETS))


def stack(tables):
    return scipy.sparse.vstack(tables).tocsr()


def fit(tokens, labels, weights, penalty, rounds):
    """Weights of tokens, rounded to their steps, and the step."""
    weights = (weights / weights.mean()).astype(numpy.float32)
    labels = labels.astype(numpy.float32)

    def loss(theta):
        score = tokens @ theta.astype(numpy.float32)
        error = weights * (1 / (1 + numpy.exp(-score)) - labels)
        value = float((weights * (numpy.logaddexp(0, score) - labels * score)).sum(dtype=numpy.float64))
        return value + 0.5 * penalty * float(theta @ theta), (tokens.T @ error).astype(numpy.float64) + penalty * theta

    found = scipy.optimize.minimize(loss, numpy.zeros(tokens.shape[1]), jac=True, method="L-BFGS-B",
                                    options={"maxiter": rounds, "maxcor": 8}).x
    step = float(f"{numpy.abs(found).max() / MOST:.4g}") or 1.0
    return numpy.clip(numpy.rint(found / step), -MOST, MOST).astype(numpy.int8), step


def scores(tokens, model):
    steps, step = model
    return tokens @ (steps.astype(numpy.float32) * numpy.float32(step))


def write(model, out):
    """As text: `weights COUNT STEP`, then lines of a character a weight."""
    steps, step = model
    text = (steps.astype(numpy.int16) + MIDDLE).astype(numpy.uint8).tobytes().decode("ascii")
    out.write(f"weights {len(text)} {step:.9g}\n")
    out.write("".join(text[at:at + 128] + "\n" for at in range(0, len(text), 128)))
