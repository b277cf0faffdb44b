"""Mistakes in the sum over a window and in the descent: (key, step, change, name, hint, equation)."""

import numpy as np

from .steps import row_of


def _mean(quantity):
    return lambda s: getattr(s, quantity) / len(s.words)


def _by_size(quantity):
    return lambda s: getattr(s, quantity) / (2 * s.window)


def _at_outside(s):
    gradient = np.zeros_like(s.V)
    for o, pair in zip(s.words, s.pairs, strict=True):
        gradient[o] += pair[1]
    return gradient


def _every_row(s):
    return np.tile(s.grad_V[s.i], (len(s.V), 1))


def _last(k):
    return lambda s: s.pairs[-1][k] if s.pairs else 0.0


WINDOW_MISTAKES = (
    ("loss_mean", "loss", _mean("loss"), "a mean over the window in the loss", "The loss of a window is a sum.", "1.17"),
    ("grad_V_mean", "grad_V", _mean("grad_V"),
     "a mean over the window in the gradient of the centre vectors", "It is a sum over the pairs.", "1.17"),
    ("grad_U_mean", "grad_U", _mean("grad_U"),
     "a mean over the window in the gradient of the outside vectors", "It is a sum over the pairs.", "1.17"),
    ("loss_by_size", "loss", _by_size("loss"),
     "the loss is divided by twice the window size", "The loss of a window is a sum over the words that are there.", "1.17"),
    ("grad_V_by_size", "grad_V", _by_size("grad_V"),
     "the gradient of the centre vectors is divided by twice the window size", "It is a sum over the pairs.", "1.17"),
    ("grad_U_by_size", "grad_U", _by_size("grad_U"),
     "the gradient of the outside vectors is divided by twice the window size", "It is a sum over the pairs.", "1.17"),
    ("last_word_missing", "words", lambda s: s.words[:-1],
     "the last outside word is left out", "The sum runs over all m outside words.", "1.17"),
    ("first_word_missing", "words", lambda s: s.words[1:],
     "the first outside word is left out", "The sum runs over all m outside words.", "1.17"),
    ("only_window_size", "words", lambda s: s.words[: s.window],
     "only as many outside words as the window size", "A window has words on both sides.", "1.17"),
    ("repeated_once", "words", lambda s: list(dict.fromkeys(s.words)),
     "an outside word that occurs twice counts once", "A word can occur twice in a window.", "1.17"),
    ("centre_included", "words", lambda s: [*s.words, s.i],
     "the centre word is one of its own outside words", "The window has the words around the centre word.", "1.17"),
    ("ids_by_order", "words", lambda s: [k % len(s.U) for k in range(len(s.words))],
     "positions in the window in place of the ids of the words", "Which row belongs to the word?", "1.17"),
    ("matrices_exchanged", "v", lambda s: s.U[s.i],
     "the centre vector is taken from the outside vectors", "A word has two vectors, in two matrices.", "1.17"),
    ("matrix_V", "matrix", lambda s: s.V,
     "the outside vectors are taken from the centre vectors", "A word has two vectors, in two matrices.", "1.17"),
    ("vector_of_outside", "v", lambda s: s.V[s.words[0]] if s.words else s.V[s.i],
     "the centre vector of an outside word", "Which word is the centre?", "1.17"),
    ("row_zero", "v", lambda s: s.V[0], "the centre vector of word 0", "Which word is the centre?", "1.17"),
    ("loss_last", "loss", _last(0), "the loss of the last pair only", "What happens to the earlier pairs?", "1.17"),
    ("grad_V_last", "grad_V", lambda s: row_of(s, s.i, _last(1)(s)),
     "the gradient of the centre vectors is that of the last pair", "What happens to the earlier pairs?", "1.17"),
    ("grad_U_last", "grad_U", _last(2),
     "the gradient of the outside vectors is that of the last pair", "What happens to the earlier pairs?", "1.17"),
    ("grad_V_at_outside", "grad_V", _at_outside,
     "the gradient of the centre vector is in the rows of the outside words",
     "Only one row of V is used by the window.", "1.17"),
    ("grad_V_every_row", "grad_V", _every_row,
     "the gradient of the centre vector is in every row", "Only one row of V is used by the window.", "1.17"),
    ("grad_V_row_zero", "grad_V", lambda s: row_of(s, 0, s.grad_V[s.i]),
     "the gradient of the centre vector is in row 0", "Which row of V does the window use?", "1.17"),
    ("grad_V_vector", "grad_V", lambda s: s.grad_V[s.i],
     "the gradient of one centre vector, not of the matrix", "A gradient has the shape of the variable.", "1.17"),
    ("grad_V_sign", "grad_V", lambda s: -s.grad_V,
     "the sign of the gradient of the centre vectors", "The gradients of the pairs are added.", "1.17"),
    ("grad_U_sign", "grad_U", lambda s: -s.grad_U,
     "the sign of the gradient of the outside vectors", "The gradients of the pairs are added.", "1.17"),
    ("loss_sign", "loss", lambda s: -s.loss, "the sign of the loss", "The losses of the pairs are added.", "1.17"),
    ("loss_zero", "loss", lambda s: 0.0, "the loss is not computed: it is zero", "The loss is a sum over pairs.", "1.17"),
    ("grad_V_zero", "grad_V", lambda s: np.zeros_like(s.V),
     "the gradient of the centre vectors is not computed: it is zero", "It is a sum over pairs.", "1.17"),
    ("grad_U_zero", "grad_U", lambda s: np.zeros_like(s.U),
     "the gradient of the outside vectors is not computed: it is zero", "It is a sum over pairs.", "1.17"),
    ("grad_V_twice", "grad_V", lambda s: 2 * s.grad_V,
     "a factor of 2 in the gradient of the centre vectors", "Is something added twice?", "1.17"),
    ("grad_U_twice", "grad_U", lambda s: 2 * s.grad_U,
     "a factor of 2 in the gradient of the outside vectors", "Is something added twice?", "1.17"),
    ("grad_U_one_row_each", "grad_U", lambda s: _own_rows(s),
     "each pair changes only the row of its outside word", "The loss of a pair changes other rows too.", "1.17"),
)  # fmt: skip


def _own_rows(s):
    gradient = np.zeros_like(s.U)
    for o, pair in zip(s.words, s.pairs, strict=True):
        gradient[o] += pair[2][o]
    return gradient


def _once_only(s):
    """Every step uses the gradient at the start."""
    x = s.x0
    for _ in range(max(0, s.n_steps)):
        x = s.after(x + s.direction * s.rate * s.gradient(s.x0))
    return x


def _halved(s):
    x, rate = s.x0, s.rate
    for _ in range(max(0, s.n_steps)):
        x = s.after(x + s.direction * rate * s.gradient(x))
        rate /= 2
    return x


SGD_MISTAKES = (
    ("uphill", "direction", lambda s: 1.0, "a step along the gradient", "A step goes against the gradient.", "1.30"),
    ("one_step_fewer", "n_steps", lambda s: s.n_steps - 1,
     "one step too few", "From which to which number does the loop count?", "1.30"),
    ("one_step_more", "n_steps", lambda s: s.n_steps + 1,
     "one step too many", "From which to which number does the loop count?", "1.30"),
    ("no_step", "n_steps", lambda s: 0, "x is not changed", "What does an iteration do to x?", "1.30"),
    ("one_step", "n_steps", lambda s: min(1, s.n_steps),
     "only one step is made", "Does the loop end too early?", "1.30"),
    ("no_rate", "gradient", lambda s: lambda x: 2 * x / s.rate,
     "the learning rate is missing", "The learning rate scales every step.", "1.30"),
    ("by_rate", "gradient", lambda s: lambda x: 2 * x / s.rate**2,
     "the gradient is divided by the learning rate", "The learning rate scales every step.", "1.30"),
    ("by_loss", "gradient", lambda s: lambda x: np.sum(x**2),
     "the loss in place of the gradient", "f returns two values.", "1.30"),
    ("gradient_once", "value", _once_only,
     "every step uses the gradient at the start", "All gradients are taken at the present vectors.", "1.30"),
    ("rate_halved", "value", _halved,
     "the learning rate is halved after every step", "It is halved only after many iterations.", "1.30"),
    ("no_postprocessing", "after", lambda s: lambda x: x,
     "the function `postprocessing` is not applied", "It follows every step.", "1.30"),
    ("only_gradient", "value", lambda s: s.gradient(s.x0),
     "the gradient in place of x", "A step changes x and returns it.", "1.30"),
)  # fmt: skip
