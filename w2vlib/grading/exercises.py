"""The functions that students write in the assignment edition: statement, empty function, checks, solution.

The solution is the library's own function, so it cannot differ from what is checked. A cell of a notebook
that has the tag ``exercise:KEY`` is followed by the exercise in the assignment edition.
"""

import ast
import importlib
import inspect
import textwrap
from dataclasses import dataclass

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
EMPTY_BODY = "# YOUR CODE HERE\nraise NotImplementedError()"


@dataclass(frozen=True)
class Exercise:
    """A function to write.

    Attributes
    ----------
    key : str
        Name of the function.
    source : str
        ``module:function`` of the solution, below `w2vlib`.
    statement : str
        Markdown.
    needs : str
        Imports that the solution needs.
    visible, hidden : str
        Checks that students see, and checks that they do not see.
    points : int

    Examples
    --------
    >>> EXERCISES["sigmoid"].points
    2
    """

    key: str
    source: str
    statement: str
    needs: str
    visible: str
    hidden: str
    points: int

    def function(self):
        """Return the library's function.

        Examples
        --------
        >>> float(EXERCISES["sigmoid"].function()(0.0))
        0.5
        """
        module, name = self.source.split(":")
        return getattr(importlib.import_module(f"..{module}", __package__), name)

    def head(self):
        """Line with the name and the first line of the docstring, which say what to write and not how.

        Examples
        --------
        >>> print(EXERCISES["naive_softmax"].head())
        def naive_softmax(v_i, o, U):
            \"\"\"Naive-softmax loss of one (centre, outside) pair and its gradients.\"\"\"
        """
        function = self.function()
        parameters = ", ".join(
            p.name
            if p.default is p.empty
            else f"{p.name}={getattr(p.default, 'item', lambda p=p: p.default)()!r}"
            for p in inspect.signature(function).parameters.values()
        )
        summary = (
            inspect.getdoc(function).splitlines()[0].partition(", Eq")[0].partition(" = ")[0].rstrip(".")
        )
        return f'def {function.__name__}({parameters}):\n    """{summary}."""'

    def body(self):
        """Lines (str) of the solution, indented."""
        text = inspect.getsource(self.function())
        node = ast.parse(text).body[0]
        first = node.body[1] if ast.get_docstring(node) else node.body[0]
        return "\n".join(text.splitlines()[first.lineno - 1 :])

    def empty(self):
        """Cell (str) that students fill in.

        Examples
        --------
        >>> EXERCISES["skipgram"].empty().endswith("raise NotImplementedError()")
        True
        """
        return f"{self.head()}\n{textwrap.indent(EMPTY_BODY, '    ')}"

    def solved(self, begin=BEGIN_SOLUTION, end=END_SOLUTION):
        """Cell (str) with the solution between two marks."""
        marks = f"    {begin}\n{self.body()}\n    {end}"
        return (
            f"{begin}\n{self.needs}\n{end}\n\n\n{self.head()}\n{marks}"
            if self.needs
            else f"{self.head()}\n{marks}"
        )


def _gradient(key, source, statement, needs, points):
    """Exercise that `check.require` judges: visibly by its diagnosis, and hidden on random vectors."""
    visible = f"from w2vlib import check\n\ncheck.require({key})"
    return Exercise(key, source, statement, needs, visible, _HIDDEN[key], points)


_SETUP = "import numpy as np\nfrom w2vlib.gradients import losses\n\nrng = np.random.default_rng(2024)\n"
_HIDDEN = {
    "sigmoid": _SETUP
    + "x = rng.normal(size=50) * 10\nnp.testing.assert_allclose(sigmoid(x), losses.sigmoid(x))",
    "naive_softmax": _SETUP
    + """for _ in range(20):
    v, U, o = rng.normal(size=6), rng.normal(size=(9, 6)), int(rng.integers(9))
    for mine, right in zip(naive_softmax(v, o, U), losses.naive_softmax(v, o, U)):
        np.testing.assert_allclose(mine, right, rtol=1e-6)""",
    "negative_sampling": _SETUP
    + """for _ in range(20):
    v, U = rng.normal(size=6), rng.normal(size=(9, 6))
    o, drawn = 8, rng.integers(8, size=12)  # some words are drawn several times
    both = negative_sampling(v, o, U, drawn), losses.negative_sampling(v, o, U, drawn)
    for mine, right in zip(*both):
        np.testing.assert_allclose(mine, right, rtol=1e-6)""",
    "skipgram": _SETUP
    + """for _ in range(20):
    V, U = rng.normal(size=(2, 7, 4))
    outside = rng.integers(7, size=5)
    both = skipgram(3, outside, V, U), losses.skipgram(3, outside, V, U)
    for mine, right in zip(*both):
        np.testing.assert_allclose(mine, right, rtol=1e-6)""",
}
_LIST = (
    _gradient(
        "sigmoid", "gradients.losses:sigmoid",
        "Write the logistic function for an array of any shape.",
        "from scipy.special import expit", 2,
    ),
    _gradient(
        "naive_softmax", "gradients.losses:naive_softmax",
        "Write a function that returns the loss (1.3) of one pair, its gradient with respect to the centre "
        "vector, and its gradient with respect to all outside vectors, in this order. `v_i` has the shape "
        "`(dim,)`, `U` the shape `(n_vocab, dim)`; the gradients have the shapes of the vectors.",
        "import numpy as np\nfrom w2vlib.gradients.losses import log_softmax", 6,
    ),
    _gradient(
        "negative_sampling", "gradients.losses:negative_sampling",
        "Write a function that returns the loss (1.12) of one pair and its two gradients. `negatives` is an "
        "array of $K$ ids, none of them `o`; a word can occur in it several times.",
        "import numpy as np\nfrom w2vlib.gradients.losses import log_sigmoid", 8,
    ),
    _gradient(
        "skipgram", "gradients.losses:skipgram",
        "Write a function that returns the loss of a window, (1.17), and its gradients with respect to all "
        "centre vectors `V` and all outside vectors `U`. `outside` lists the ids of the outside words. "
        "Without `negatives` the loss of a pair is the naive softmax; with them, `negatives[j]` belongs to "
        "the j-th outside word.",
        "import numpy as np", 4,
    ),
    Exercise(
        "numeric_gradient", "gradients.numerical_diff:numeric_gradient",
        "Write a function that returns the gradient of a scalar function `f` at the array `x` by central "
        "differences with the step `h`. It must leave `x` as it is.",
        "import numpy as np\nfrom w2vlib.gradients.numerical_diff import STEP",
        "x = np.array([1.0, 3.0])\n"
        "np.testing.assert_allclose(numeric_gradient(lambda x: x @ x, x, 1e-6), [2, 6], rtol=1e-6)\n"
        "assert x.tolist() == [1.0, 3.0]",
        "x = np.random.default_rng(7).normal(size=(3, 2))\n"
        "given = numeric_gradient(lambda x: np.sin(x).sum(), x, 1e-5)\n"
        "np.testing.assert_allclose(given, np.cos(x), rtol=1e-6)",
        4,
    ),
    Exercise(
        "learning_rates", "replication.sgd:learning_rates",
        "Write a function that returns the learning rate of each iteration in the array `iterations`, which "
        "counts from 1: `initial` at first, and halved after every `halving_interval` iterations.",
        "",
        "rates = learning_rates(np.array([1, 20_000, 20_001]), 0.2, 20_000)\n"
        "np.testing.assert_allclose(rates, [0.2, 0.2, 0.1])",
        "rates = learning_rates(np.arange(1, 10), 1.0, 3)\n"
        "np.testing.assert_allclose(rates, [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])",
        2,
    ),
    Exercise(
        "unit_rows", "utils.vectors:unit_rows",
        "Write a function that divides each row of a matrix by its length. A row of zeros stays as it is, "
        "and the argument is not changed.",
        "import numpy as np",
        "given = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))\n"
        "np.testing.assert_allclose(given, [[0.6, 0.8], [0.0, 0.0]])",
        "rows = np.random.default_rng(7).normal(size=(5, 3))\nbefore = rows.copy()\n"
        "np.testing.assert_allclose((unit_rows(rows) ** 2).sum(axis=1), 1)\n"
        "assert (rows == before).all()",
        3,
    ),
    Exercise(
        "replace_rare", "preprocessing.rare_words:replace_rare",
        "Write a function that puts `<unk>` in place of every token of a list that is not in the set `kept`.",
        "from w2vlib.preprocessing.rare_words import UNKNOWN",
        'assert replace_rare(["a", "brilliant", "cat"], {"a", "cat"}) == ["a", "<unk>", "cat"]',
        'tokens = ["one", "two", "one"]\nassert replace_rare(tokens, set()) == ["<unk>"] * 3\n'
        'assert tokens == ["one", "two", "one"]',
        2,
    ),
)  # fmt: skip
EXERCISES = {exercise.key: exercise for exercise in _LIST}
