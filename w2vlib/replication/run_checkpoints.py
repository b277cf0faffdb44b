"""Checkpoints of a run of the recipe: in memory, and in a folder if one is given."""

import numpy as np

from ..utils import checkpoints
from ..utils.arguments import as_path
from ..utils.errors import W2VError
from .mersenne_twister import N_WORDS, USED
from .settings import RECORD_EVERY


class RunCheckpoints:
    """The checkpoints of one run.

    Parameters
    ----------
    folder : path or None
    settings : RecipeSettings
    tokens_sha256 : str
        Identity of the text.

    Attributes
    ----------
    vectors : dict
        Iteration → (input vectors, output vectors).

    Examples
    --------
    >>> import tempfile
    >>> from w2vlib.replication.settings import PUBLISHED
    >>> from w2vlib.replication.sgd import RecipeState
    >>> U, mt = np.zeros((2, 3)), np.zeros(USED + 1, np.uint32)
    >>> state, later = RecipeState.start(U + 1, U, mt), RecipeState.start(U + 2, U, mt)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     RunCheckpoints(folder, PUBLISHED, tokens_sha256="").save(state)
    ...     RunCheckpoints(folder, PUBLISHED, tokens_sha256="").restore(later), later.V.tolist()
    (True, [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    """

    def __init__(self, folder, settings, tokens_sha256):
        self.folder = None if folder is None else as_path(folder)
        if folder is not None:
            checkpoints.check_folder(self.folder)
        self.identity = {**settings.as_dict(), "tokens_sha256": tokens_sha256}
        self.vectors = {}

    def save(self, state):
        """Store a copy of the vectors, and write the state to the folder."""
        self.vectors[state.iteration] = (state.V.copy(), state.U.copy())
        if self.folder is not None:
            path = checkpoints.checkpoint_path(self.folder, state.iteration)
            arrays = _arrays(state, state.iteration // RECORD_EVERY)
            checkpoints.save(path, self.identity, arrays)

    def restore(self, state):
        """Change `state` to that of the last checkpoint in the folder; store the vectors of all of them.

        Returns
        -------
        bool
            Whether there was one.

        Raises
        ------
        W2VError
            If a checkpoint is damaged or of another run.
        """
        for iteration in checkpoints.saved_iterations(self.folder) if self.folder is not None else ():
            path = checkpoints.checkpoint_path(self.folder, iteration)
            recorded = iteration // RECORD_EVERY
            saved = checkpoints.load(path, self.identity, _arrays(state, 0))
            if recorded > len(state.losses):
                raise W2VError(f"{path} is of a run with more iterations: give another folder, or remove it.")
            if saved["iteration"] != iteration:
                raise W2VError(f"{path} holds iteration {saved['iteration']}: give it its name back.")
            if {len(saved["losses"]), len(saved["pairs"])} != {recorded} or saved["mt"][USED] > N_WORDS:
                raise W2VError(
                    f"The checkpoint {path} is damaged (its arrays do not belong together): remove it."
                )
            self.vectors[iteration] = (saved["V"], saved["U"])
            state.iteration = iteration
            state.V[:], state.U[:], state.mt[:] = saved["V"], saved["U"], saved["mt"]
            state.losses[:recorded], state.pairs[:recorded] = saved["losses"], saved["pairs"]
        return bool(self.vectors)


def _arrays(state, n_recorded):
    """All that changes during a run; dict of name → array."""
    return {
        "iteration": np.array(state.iteration),
        "V": state.V,
        "U": state.U,
        "mt": state.mt,
        "losses": state.losses[:n_recorded],
        "pairs": state.pairs[:n_recorded],
    }
