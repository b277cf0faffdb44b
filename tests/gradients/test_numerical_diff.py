import numpy as np

from w2vlib.gradients import numerical_diff


def test_derivatives_of_a_known_function():
    x = np.array([[0.5, -2.0], [3.0, 1.0]])
    np.testing.assert_allclose(
        numerical_diff.central_difference_gradient(lambda a: (a**3).sum(), x), 3 * x**2, rtol=1e-8
    )
    np.testing.assert_allclose(
        numerical_diff.complex_step_gradient(lambda a: (a**3).sum(), x), 3 * x**2, rtol=1e-15
    )


def test_relative_error():
    assert numerical_diff.relative_error(np.zeros(3), np.zeros(3)) == 0
    assert numerical_diff.relative_error([1.0, 0.0], [0.5, 0.0]) == 0.5
    assert numerical_diff.relative_error([np.nan], [np.nan]) == np.inf
    assert numerical_diff.relative_error([1.0], [1.0, 1.0]) == np.inf
