import os
import subprocess
import sys
from types import SimpleNamespace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib.gradients import losses
from w2vlib.models import matrices, simd, skipgram_kernels, text_parts, update_sizes
from w2vlib.models.partitions import ALL_PARTITIONS, NUMBERS, partitions_of_rows, row_order, sets_of
from w2vlib.text import sampling
from w2vlib.utils.files import project_root


@numba.njit
def sigmoid_and_softplus(x):
    return skipgram_kernels.sigmoid_and_softplus(x)


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_sigmoid_and_softplus_agree_with_the_equations(real):
    x = np.concatenate([np.linspace(-40, 40, 401), [-1e4, 0, 1e4]]).astype(real)
    slope, cost = np.array([sigmoid_and_softplus(value) for value in x]).T
    x = np.float64(x)
    np.testing.assert_allclose(slope, losses.sigmoid(x), atol=1e-6)
    np.testing.assert_allclose(cost, -losses.log_sigmoid(-x), rtol=2e-6, atol=2e-6)


NO_STARTS = np.zeros((0, 0), np.int64)  # not read by the kernel that updates


def plain_bucket(V, U, centre_words, weights, centres, outside, negatives, share, rate, sizes):
    """One bucket in plain NumPy, by the equations of notebook 01: in each block negatives, then pairs."""
    n_block, _, n_pairs = sizes
    n_blocks = max(1, -(-len(centre_words) // n_block))
    total, done = 0.0, 0
    for block in range(n_blocks):
        met = slice(block * n_block, (block + 1) * n_block)
        total += plain_negatives(V, U, centre_words[met], weights[met], negatives, share, rate, sizes[1])
        end = len(centres) * (block + 1) // n_blocks
        while done < end:
            next_ = min(done + n_pairs, end)
            total += plain_pairs(V, U, centres[done:next_], outside[done:next_], rate)
            done = next_
    return total


def plain_negatives(V, U, centre_words, weights, negatives, share, rate, n_groups):
    total = 0.0
    for group in np.split(negatives, n_groups):
        new_V, new_U = V.copy(), U.copy()
        for i, weight in zip(centre_words, weights, strict=True):
            scores = U[group] @ V[i]
            total += weight * share * -losses.log_sigmoid(-scores).sum()
            push = weight * share * losses.sigmoid(scores)
            new_V[i] -= rate * push @ U[group]
            np.subtract.at(new_U, group, rate * np.outer(push, V[i]))
        V[:], U[:] = new_V, new_U
    return total


def plain_pairs(V, U, centres, outside, rate):
    total = 0.0
    old = [U[o] @ V[i] for i, o in zip(centres, outside, strict=True)]
    for i, o, score in zip(centres, outside, old, strict=True):
        loss, by_v, by_U = losses.negative_sampling(V[i], o, U, np.array([], int))
        assert loss == pytest.approx(-losses.log_sigmoid(U[o] @ V[i]))
        total += -losses.log_sigmoid(score)
        pull = losses.sigmoid(-score)
        V[i], U[o] = V[i] + rate * pull * U[o], U[o] + rate * pull * V[i]
    return total


@pytest.mark.parametrize("dim", [1, 10, 100, 300])
@pytest.mark.parametrize(
    ("n_centres", "sizes"),
    [
        (0, (32, 2, 256)),
        (1, (32, 2, 256)),
        (7, (32, 2, 256)),
        (32, (32, 2, 256)),
        (32, (5, 2, 9)),
        (7, (1, 6, 1)),
    ],
)
def test_kernel_agrees_with_plain_numpy(dim, n_centres, sizes):
    rng = np.random.default_rng(dim + n_centres)
    n_vocab, shared, width = 40, 8, matrices.padded(dim)
    V, U = matrices.aligned((n_vocab, width)), matrices.aligned((n_vocab, width))
    V[:, :dim], U[:, :dim] = rng.normal(0, 0.7 / np.sqrt(dim) + 0.2, (2, n_vocab, dim))
    centre_words = rng.integers(0, n_vocab, 32).astype(np.int32)
    weights = rng.integers(1, 9, 32).astype(np.float32)
    centres, outside = rng.integers(0, n_vocab, (2, 57)).astype(np.int32)
    # All of the noise lies on one word, of a partition that begins at row 3, so that the negatives are known but for their order.
    prob, alias = np.array([2**32 - 1], np.uint32), np.zeros(1, np.int32)
    plain_V, plain_U = V.astype(float), U.astype(float)
    # In two parts of the text: the second has the last pairs, and no centre word that meets negatives.
    parts = [np.stack([array, array]) for array in (centre_words, weights, centres, outside)]
    ranges, rates = np.array([[0, n_centres, 0, 50], [0, 0, 50, 57]]), np.full((2, 2), 0.05, np.float32)
    losses_of_jobs = np.array([1.5, 0])
    skipgram_kernels.bucket_steps(width, shared)(
        (V[None], U),
        (NO_STARTS, NO_STARTS, *parts),
        ranges,
        (prob, alias, 3),
        (np.full(2, 0.3, np.float32), rates, np.array([sizes, sizes])),
        np.array([1, 9], np.uint64),
        matrices.scratch(shared, width),
        losses_of_jobs[:1],
    )
    loss = losses_of_jobs[0] - 1.5
    negatives = np.full(sizes[1] * shared, 3)
    expected = sum(
        plain_bucket(
            plain_V, plain_U, centre_words[:n], weights[:n], centres[pairs], outside[pairs], negatives, 0.3, 0.05,
            sizes,
        )
        for n, pairs in ((n_centres, slice(0, 50)), (0, slice(50, 57)))
    )  # fmt: skip
    assert loss == pytest.approx(expected, rel=2e-5)
    np.testing.assert_allclose(V, plain_V, atol=3e-5, rtol=3e-5)
    np.testing.assert_allclose(U, plain_U, atol=3e-5, rtol=3e-5)
    assert not V[:, dim:].any() and not U[:, dim:].any()


def test_how_many_vectors_are_in_registers_changes_no_bit(monkeypatch):
    """As for a processor with narrow registers, and for one with AVX-512: dim 100 is 7 vectors of 16."""
    rng = np.random.default_rng(0)
    start = rng.normal(0, 0.3, (2, 40, 112)).astype(np.float32)
    words = rng.integers(0, 40, (3, 1, 57)).astype(np.int32)
    found = []
    for vectors, products in ((2, ((0, 1), (2, 3))), (8, ((0, 1, 2, 3),))):
        monkeypatch.setattr(skipgram_kernels, "VECTORS", vectors)
        monkeypatch.setattr(simd, "_PRODUCTS", products)
        V, U = start.copy()
        loss = np.zeros(1)
        skipgram_kernels.bucket_steps.__wrapped__(112, 8)(
            (V[None], U),
            (NO_STARTS, NO_STARTS, words[0], np.full((1, 57), 3, np.float32), words[1], words[2]),
            np.array([[0, 57, 0, 57]]),
            (np.array([2**32 - 1], np.uint32), np.zeros(1, np.int32), 3),
            (np.full(1, 0.3, np.float32), np.full((1, 2), 0.05, np.float32), np.array([[32, 2, 256]])),
            np.array([1], np.uint64),
            matrices.scratch(8, 112),
            loss,
        )
        assert not np.array_equal(V, start[0])
        found.append((V.tobytes(), U.tobytes(), loss.tobytes()))
    assert found[0] == found[1]


def test_negatives_follow_the_noise_distribution():
    # With all scores 0 each negative moves its row by the same amount: the rows count the draws.
    noise = np.array([0.4, 0.1, 0.3, 0.2])
    prob, alias = sampling.alias_table(noise)
    V, U = matrices.aligned((16, 16)), matrices.aligned((16, 16))
    V[1, 0] = 1e-3
    n = 32 * 4000
    centre_words, weights = np.ones(n, np.int32), np.ones(n, np.float32)
    none = np.zeros((1, 0), np.int32)
    skipgram_kernels.bucket_steps(16, 8)(
        (V[None], U),
        (NO_STARTS, NO_STARTS, centre_words[None], weights[None], none, none),
        np.array([[0, n, 0, 0]]),
        (text_parts.as_limits(prob), alias, 8),
        (np.ones(1, np.float32), np.full((1, 2), 1e-6, np.float32), np.array([[32, 2, 256]])),
        np.array([5], np.uint64),
        matrices.scratch(8, 16),
        np.zeros(1),
    )
    drawn = U[8:12, 0] / U[:, 0].sum()
    np.testing.assert_allclose(drawn, noise, atol=0.01)
    assert not U[:8].any() and not U[12:].any()


ORDINARY = [(5, 5, 10_000, 0.025), (10, 5, 3_000, 0.025), (2, 15, 30_000, 0.01), (5, 1, 5_000, 0.025)]


@pytest.mark.parametrize(("window", "K", "n_vocab", "rate"), ORDINARY)
def test_blocks_are_whole_in_ordinary_trainings(window, K, n_vocab, rate):
    counts = np.maximum(1, 1e6 / np.arange(1, n_vocab + 1)).astype(int)
    draws = text_parts.Draws(counts[row_order(counts, 1e-3, 2).words], 1e-3, 0.75)
    for a, b in np.ndindex(2, 2):
        sizes = update_sizes.update_sizes(draws, {"n_negatives": K, "window": window}, rate, a, b)
        assert tuple(sizes) == (
            skipgram_kernels.BLOCK,
            skipgram_kernels.GROUPS,
            skipgram_kernels.BLOCK * update_sizes.shared_negatives(K),
        )


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 10**9), min_size=2, max_size=30), st.integers(1, 100), st.integers(1, 50),
    st.floats(1e-9, 1e3), st.floats(0, 1), st.floats(-10, 10), st.sampled_from(NUMBERS),
    st.sampled_from([{}, {"objective": "cbow"}, {"small_steps": True}]),
)  # fmt: skip
def test_sizes_stay_within_what_the_kernel_holds(counts, K, window, rate, subsample, exponent, P, more):
    draws = text_parts.Draws(np.array(counts), subsample, exponent, P)
    a, b = np.arange(P)[:, None, None], np.arange(P)[:, None]
    of_training, rates = {"n_negatives": K, "window": window, **more}, np.array([rate, rate / 3])
    sizes = update_sizes.update_sizes(draws, of_training, rates, a, b)
    assert sizes.shape == (P, P, 2, 3)
    n_block, n_groups, n_pairs = np.moveaxis(sizes, -1, 0)
    assert (n_block >= 1).all() and (n_block <= skipgram_kernels.BLOCK).all()
    assert (n_groups >= skipgram_kernels.GROUPS).all() and (n_pairs >= 1).all()
    assert (n_pairs <= skipgram_kernels.BLOCK * update_sizes.shared_negatives(K)).all()
    repeated = np.array([[0.3], [1.5]]) * np.ones(P)
    smaller = update_sizes.update_sizes(draws, of_training, rates, a, b, repeated)
    assert (
        smaller.shape == sizes.shape and (smaller[..., 2] <= n_pairs).all() and (smaller[..., 2] >= 1).all()
    )
    one = update_sizes.update_sizes(draws, of_training, rate / 3, P - 1, 0)
    assert one.tolist() == sizes[P - 1, 0, 1].tolist()


sentences = st.lists(st.lists(st.integers(0, 11), max_size=12), min_size=1, max_size=6)


def buffers_for(n_tokens, partitions, window):
    """Buffers of one part of so many tokens."""
    text = SimpleNamespace(most_tokens=n_tokens + 1, partitions=partitions)
    return text_parts.RoundBuffers(text, window, 1)


@settings(deadline=None, max_examples=60)
@given(
    sentences,
    st.integers(1, 4),
    st.sampled_from([1, 2, 4, 16]),
    st.integers(0, 2**63),
    st.permutations(range(12)),
)
def test_pairs_are_those_of_the_windows(text, window, partitions, key, rows):
    ids = np.array([i for s in text for i in s], np.int32)
    offsets, rows = np.cumsum([0, *map(len, text)]), np.array(rows, np.int32)
    buffers, limits = buffers_for(len(ids), partitions, window), np.full(12, 2**32 - 1, np.uint32)
    arrays, scratch = buffers.part(0)
    of = partitions_of_rows(12, partitions)
    skipgram_kernels.preparation(partitions)(
        (ids, offsets, limits, rows, of, ALL_PARTITIONS),
        0,
        len(text),
        window,
        np.uint64(key),
        arrays,
        scratch,
    )
    starts, _, centre_words, weights, centres, outside = arrays
    expected, begin, n = [], 0, 0
    for sentence in text:
        for at, centre in enumerate(sentence):
            low, high = scratch[1][n] - begin
            assert 0 <= low <= at < high <= len(sentence)
            assert at - low <= window and high - 1 - at <= window
            expected += [(rows[centre], rows[o]) for j, o in enumerate(sentence[low:high], low) if j != at]
            n += 1
        begin += len(sentence)
    n_pairs, sets = starts[-1], sets_of(partitions)
    assert sorted(zip(centres[:n_pairs], outside[:n_pairs], strict=True)) == sorted(expected)
    met, ranges = np.zeros(n_pairs), buffers.ranges(1)[:, :, 0]
    for a, b in np.ndindex(partitions, partitions):
        first, last, *pairs = ranges[a, b]
        assert (of[centre_words[first:last]] == a).all()
        assert (of[centres[slice(*pairs)]] == a).all()
        assert (of[outside[slice(*pairs)]] == b).all()
        met[slice(*pairs)] += 1
    assert (met == 1).all()  # the buckets are all pairs
    for a in range(partitions):  # and each set of centre words comes in two of them, or in the only one
        firsts = [tuple(ranges[a, b, :2]) for b in range(partitions)]
        assert firsts == firsts[:sets] * (partitions // sets)
        assert (
            sum(weights[slice(*first)].sum() for first in firsts[:sets]) == (of[centres[:n_pairs]] == a).sum()
        )


@pytest.mark.parametrize("partitions", [4, 16])
def test_words_are_kept_and_windows_and_sets_drawn_as_promised(partitions):
    n, window = 40_000, 5
    ids = np.tile(np.array([0, 1], np.int32), n // 2)
    buffers, limits = buffers_for(n, partitions, window), text_parts.as_limits(np.array([0.3, 1.0]))
    arrays, scratch = buffers.part(0)
    rows = limits, np.arange(2, dtype=np.int32), partitions_of_rows(2, partitions), ALL_PARTITIONS
    text = ids, np.array([0, n]), *rows
    skipgram_kernels.preparation(partitions)(text, 0, 1, window, np.uint64(9), arrays, scratch)
    kept = buffers.centre_starts[0, -1]
    assert kept == pytest.approx(0.65 * n, rel=0.01)
    assert (scratch[0][:kept] == 0).mean() == pytest.approx(0.3 / 1.3, rel=0.03)
    reach = scratch[1][100 : kept - 100, 1] - 1 - np.arange(100, kept - 100)
    shares = np.bincount(reach, minlength=6)[1:] / len(reach)
    np.testing.assert_allclose(shares, 0.2, atol=0.01)
    sets = scratch[2][100 : kept - 100]
    for distance in range(1, 6):  # sets do not depend on the reach
        of_set = (
            np.bincount(sets[reach == distance], minlength=sets_of(partitions)) / (reach == distance).sum()
        )
        np.testing.assert_allclose(of_set, 1 / sets_of(partitions), atol=0.02)


def test_kernels_are_cached_though_the_package_cannot_be_written(tmp_path):
    package = tmp_path / "lib" / "w2vlib"
    package.mkdir(parents=True)
    for path in (project_root() / "w2vlib").rglob("*.py"):
        place = package / path.relative_to(project_root() / "w2vlib")
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(path.read_bytes())
        (place.parent / "__pycache__").write_text("no folder, so nothing can be cached here")
    code = "import w2vlib; print(w2vlib.SkipGram(dim=3, epochs=1, subsample=0).fit([['a', 'b']] * 9, progress=False).embeddings_)"
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path / "lib"),
        "HOME": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("XDG_CACHE_HOME", None)
    compiled = []
    for _ in range(2):  # the second process compiles nothing
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path
        )
        assert done.stdout.strip() == "<Embeddings of 2 words in 3 dimensions>", done.stderr
        compiled.append(sorted(tmp_path.rglob("*.nbc")))
    assert compiled[0] == compiled[1] != []


@pytest.mark.parametrize("P", [1, 2, 16])
def test_words_that_repeat_are_found_where_they_stand(P):
    n = max(64, 16 * P * P)  # words of a window
    of, shares = (np.arange(50 * P) % P).astype(np.uint8), np.zeros(P)
    rows = np.arange(6 * n, dtype=np.int32) % (50 * P)
    skipgram_kernels.largest_shares(rows, of, P, shares)
    np.testing.assert_allclose(shares, -(-n // (50 * P)) * P / n)
    rows[3 * n : 4 * n] = P - 1  # one word alone
    skipgram_kernels.largest_shares(rows, of, P, shares)
    assert shares[-1] == P and (P == 1 or shares[0] < 0.5)
    skipgram_kernels.largest_shares(rows[: 20 * P] * 0, of, P, shares)  # a short part of one word
    assert shares[0] == P and not shares[1:].any()
    skipgram_kernels.largest_shares(rows[:0], of, P, shares)
    assert not shares.any()
