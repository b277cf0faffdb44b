"""What commands import, and Numba made ready, for the processes that `processes` forks.

No kernel of the library is loaded here: each command checks the memory for its own.
"""

import numba
import sympy  # noqa: F401

import w2vlib.cli
import w2vlib.cluster.spread
import w2vlib.evaluation.score_tables
import w2vlib.experiments.ablation
import w2vlib.gradients.equation_checks
import w2vlib.gradients.kernel_checks
import w2vlib.gradients.trainer_checks
import w2vlib.replication.published_recipe
import w2vlib.reporting.build
import w2vlib.text.text_encoder  # noqa: F401

numba.njit(lambda number: number)(1)
