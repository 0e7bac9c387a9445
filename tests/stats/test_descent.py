import numpy as np
import pytest

from fitdoctor.stats.descent import minimised
from fitdoctor.stats.nonnegative import least_squares


def softmax_regression(rng, n, d, classes, penalty):
    """Return the cost of a regression whose columns differ in size a thousandfold."""
    x = rng.normal(size=(n, d)) * np.logspace(-1.5, 1.5, d)
    target = np.eye(classes)[rng.integers(0, classes, n)]

    def cost(flat):
        weights = flat.reshape(d, classes)
        scores = x @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        slope = x.T @ (np.exp(log_p) - target) / n + penalty * weights
        value = -float((log_p * target).sum()) / n + penalty / 2 * float((weights**2).sum())
        return value, slope.ravel()

    return cost, np.zeros(d * classes)


@pytest.mark.costly
@pytest.mark.parametrize("penalty", [1e-3, 1.0])
@pytest.mark.parametrize(("n", "d", "classes"), [(30, 3, 2), (100, 12, 4), (40, 60, 3)])
def test_a_regression_ends_where_scipys_does(n, d, classes, penalty):
    cost, start = softmax_regression(np.random.default_rng(n), n, d, classes, penalty)
    options = {"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9}
    from scipy.optimize import minimize

    best = minimize(cost, start, jac=True, method="L-BFGS-B", options=options).fun
    stock = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).fun
    found = cost(minimised(cost, start))[0]
    assert found - best <= max(2 * (stock - best), 1e-5 * abs(best))


def test_a_start_at_the_minimum_stays():
    def cost(x):
        return float(x @ x), 2 * x

    assert (minimised(cost, np.zeros(3)) == 0).all()


def test_a_function_without_a_slope_that_leads_down_ends():
    calls = []

    def cost(x):
        calls.append(1)
        return float(len(calls)), np.ones_like(x)  # rises whatever is tried

    assert (minimised(cost, np.zeros(2)) == 0).all()
    assert len(calls) < 100


@pytest.mark.parametrize("seed", range(20))
def test_nonnegative_least_squares_are_scipys(seed):
    rng = np.random.default_rng(seed)
    m, n = int(rng.integers(1, 15)), int(rng.integers(1, 30))
    matrix, target = rng.normal(size=(m, n)), rng.normal(size=m)
    if seed % 3 == 0:
        matrix = np.round(matrix)  # equal columns, and columns of nought
    x = least_squares(matrix, target)
    assert (x >= 0).all()
    from scipy.optimize import nnls

    wanted = nnls(matrix, target)[1]
    assert np.linalg.norm(matrix @ x - target) == pytest.approx(wanted, rel=1e-8, abs=1e-9)
