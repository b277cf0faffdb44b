"""Wrong solutions: right code with one piece exchanged, and the mistake that has to be found."""

NAIVE = """
import numpy as np
def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):
    scores = outsideVectors @ centerWordVec
    weights = np.exp(scores)
    y_hat = weights / weights.sum()
    loss = -np.log(y_hat[outsideWordIdx])
    delta = y_hat.copy()
    delta[outsideWordIdx] -= 1
    gradCenterVec = outsideVectors.T @ delta
    gradOutsideVecs = np.outer(delta, centerWordVec)
    return loss, gradCenterVec, gradOutsideVecs
"""
NEGATIVE = """
import numpy as np
total = {}
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def getNegativeSamples(outsideWordIdx, dataset, K):
    drawn = []
    while len(drawn) < K:
        word = dataset.sampleTokenIdx()
        if word != outsideWordIdx:
            drawn.append(word)
    return drawn
def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):
    negatives = getNegativeSamples(outsideWordIdx, dataset, K)
    u_o = outsideVectors[outsideWordIdx]
    s_o = sigmoid(u_o @ centerWordVec)
    loss = -np.log(s_o)
    gradCenterVec = (s_o - 1) * u_o
    gradOutsideVecs = np.zeros_like(outsideVectors)
    gradOutsideVecs[outsideWordIdx] = (s_o - 1) * centerWordVec
    for k, w in enumerate(negatives):
        s_k = sigmoid(-outsideVectors[w] @ centerWordVec)
        loss -= np.log(s_k)
        gradCenterVec += (1 - s_k) * outsideVectors[w]
        gradOutsideVecs[w] += (1 - s_k) * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs
"""
WINDOW = """
import numpy as np
def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=None):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)
    c = word2Ind[currentCenterWord]
    for word in outsideWords:
        l, gc, go = word2vecLossAndGradient(centerWordVectors[c], word2Ind[word], outsideVectors, dataset)
        loss += l
        gradCenterVecs[c] += gc
        gradOutsideVectors += go
    return loss, gradCenterVecs, gradOutsideVectors
"""
SGD = """
def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    x = x0
    for t in range(1, iterations + 1):
        loss, gradient = f(x)
        x = x - step * gradient
        if postprocessing:
            x = postprocessing(x)
    return x
"""
SIGMOID = """
import numpy as np
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
"""

# (code, list of (piece, replacement), keys that must be found: of mistakes or of behaviour)
ONE = [
    (NAIVE, [("-np.log(y_hat", "-np.log10(y_hat")], {"loss_base_10"}),
    (NAIVE, [("-np.log(y_hat[outsideWordIdx])", "y_hat[outsideWordIdx]")], {"loss_no_log"}),
    (NAIVE, [("-np.log(y_hat[outsideWordIdx])", "np.log(y_hat[outsideWordIdx])")], {"loss_sign"}),
    (NAIVE, [("-np.log(y_hat[outsideWordIdx])", "-np.log(y_hat).sum()")], {"loss_all_words"}),
    (NAIVE, [("    delta[outsideWordIdx] -= 1\n", "")], {"one_hot_missing"}),
    (NAIVE, [("delta[outsideWordIdx] -= 1", "delta[outsideWordIdx] += 1")], {"one_hot_added"}),
    (NAIVE, [("delta[outsideWordIdx] -= 1", "delta -= 1")], {"one_hot_everywhere"}),
    (NAIVE, [("outsideVectors.T @ delta", "outsideVectors.T @ y_hat")], {"grad_v_outside_missing"}),
    (NAIVE, [("outsideVectors.T @ delta", "-outsideVectors[outsideWordIdx]")], {"grad_v_minus_outside"}),
    (NAIVE, [("outsideVectors.T @ delta", "-(outsideVectors.T @ delta)")], {"grad_v_sign"}),
    (NAIVE, [("outsideVectors.T @ delta", "outsideVectors @ delta")], {"grad_v_U_not_transposed"}),
    (NAIVE, [("np.outer(delta, centerWordVec)", "np.outer(centerWordVec, delta)")], {"grad_U_transposed"}),
    (NAIVE, [("np.outer(delta, centerWordVec)", "np.outer(delta, outsideVectors[outsideWordIdx])")], {"grad_U_by_outside"}),
    (NAIVE, [("outsideVectors @ centerWordVec", "-outsideVectors @ centerWordVec")], {"scores_sign"}),
    (NAIVE, [("weights / weights.sum()", "weights")], {"softmax_not_normalised"}),
    (NAIVE, [("weights / weights.sum()", "1 / (1 + 1 / weights)")], {"sigmoid_for_softmax"}),
    (NAIVE, [("scores = outsideVectors", "outsideVectors *= 1.5\n    scores = outsideVectors")], {"in_place"}),
    (NEGATIVE, [("gradOutsideVecs[w] +=", "gradOutsideVecs[w] =")], {"grad_U_repeated_once"}),
    (NEGATIVE, [("gradOutsideVecs[w] +=", "gradOutsideVecs[k % len(outsideVectors)] +=")], {"grad_U_first_rows"}),
    (NEGATIVE, [("    gradOutsideVecs[outsideWordIdx] = (s_o - 1) * centerWordVec\n", "")], {"grad_U_outside_missing"}),
    (NEGATIVE, [("        loss -= np.log(s_k)", "        loss += np.log(s_k)")], {"loss_plus_negatives"}),
    (NEGATIVE, [("loss = -np.log(s_o)", "loss = 0")], {"loss_negatives_only"}),
    (NEGATIVE, [("+= (1 - s_k) * o", "+= s_k * o"), ("+= (1 - s_k) * c", "+= s_k * c")], {"d_k_flipped"}),
    (NEGATIVE, [("+= (1 - s_k) * o", "-= (1 - s_k) * o"), ("+= (1 - s_k) * c", "-= (1 - s_k) * c")], {"d_k_sign"}),
    (NEGATIVE, [("(s_o - 1)", "(1 - s_o)")], {"d_o_positive"}),
    (NEGATIVE, [("(s_o - 1)", "s_o")], {"d_o_no_one"}),
    (NEGATIVE, [("for k, w in enumerate(negatives)", "for k, w in enumerate(sorted(set(negatives)))")],
     {"loss_repeated_once", "grad_v_repeated_once", "grad_U_repeated_once"}),
    (NEGATIVE, [("for k, w in enumerate(negatives)", "for k, w in enumerate(negatives[:-1])")],
     {"loss_one_fewer", "grad_v_one_fewer", "grad_U_one_fewer"}),
    (NEGATIVE, [("    for k, w in", "    negatives = getNegativeSamples(outsideWordIdx, dataset, K)\n    for k, w in")],
     {"negatives_drawn_again"}),
    (NEGATIVE, [("np.zeros_like(outsideVectors)", "total.setdefault(outsideVectors.shape, np.zeros_like(outsideVectors))"),
                ("gradOutsideVecs[outsideWordIdx] =", "gradOutsideVecs[outsideWordIdx] +=")], {"accumulates"}),
    (NEGATIVE, [("negatives = getNegativeSamples(outsideWordIdx, dataset, K)",
                 "negatives = [dataset.sampleTokenIdx() for _ in range(K)]")], {"outside_among_negatives"}),
    (WINDOW, [("return loss,", "return loss / len(outsideWords),")], {"loss_mean"}),
    (WINDOW, [("in outsideWords:", "in outsideWords[:-1]:")], {"last_word_missing"}),
    (WINDOW, [("in outsideWords:", "in outsideWords[:windowSize]:")], {"only_window_size"}),
    (WINDOW, [("in outsideWords:", "in sorted(set(outsideWords)):")], {"repeated_once"}),
    (WINDOW, [("gradOutsideVectors += go", "gradOutsideVectors = go")], {"grad_U_last"}),
    (WINDOW, [("gradCenterVecs[c] += gc", "gradCenterVecs[word2Ind[word]] += gc")], {"grad_V_at_outside"}),
    (WINDOW, [("gradCenterVecs[c] += gc", "gradCenterVecs += gc")], {"grad_V_every_row"}),
    (WINDOW, [("(centerWordVectors[c]", "(outsideVectors[c]")], {"matrices_exchanged"}),
    (WINDOW, [("centerWordVectors[c], word2Ind[word], outsideVectors", "centerWordVectors[c], word2Ind[word], centerWordVectors")],
     {"matrix_V"}),
    (SGD, [("x - step", "x + step")], {"uphill"}),
    (SGD, [("range(1, iterations + 1)", "range(1, iterations)")], {"one_step_fewer"}),
    (SGD, [("        if postprocessing:\n            x = postprocessing(x)\n", "")], {"no_postprocessing"}),
    (SGD, [("step * gradient", "step * loss")], {"by_loss"}),
    (SIGMOID, [("np.exp(-x)", "np.exp(x)")], {"flipped"}),
    (SIGMOID, [("1 + np.exp", "1 - np.exp")], {"minus_in_denominator"}),
    (NAIVE, [("    delta[outsideWordIdx] -= 1\n", "    delta[outsideWordIdx] = 1\n")], {"one_hot_set"}),
    (NAIVE, [("    delta[outsideWordIdx] -= 1\n", "    delta[outsideWordIdx] = -1\n")], {"one_hot_set_minus"}),
]  # fmt: skip
TWO = [
    (NAIVE, [("    delta[outsideWordIdx] -= 1\n", ""), ("outsideVectors.T @ delta", "-outsideVectors.T @ delta")],
     {"one_hot_missing", "grad_v_sign"}),
    (NAIVE, [("-np.log(y_hat", "np.log(y_hat"), ("weights / weights.sum()", "1 / (1 + 1 / weights)")],
     {"loss_sign", "sigmoid_for_softmax"}),
    (NAIVE, [("np.outer(delta, centerWordVec)", "np.outer(centerWordVec, delta)"), ("    delta[outsideWordIdx] -= 1\n", "")],
     {"grad_U_transposed", "one_hot_missing"}),
    (NEGATIVE, [("gradOutsideVecs[w] +=", "gradOutsideVecs[w] ="), ("gradOutsideVecs[outsideWordIdx] = (s_o - 1)", "gradOutsideVecs[outsideWordIdx] = (1 - s_o)")],
     {"grad_U_repeated_once", "d_o_positive"}),
    (WINDOW, [("return loss,", "return loss / len(outsideWords),"), ("gradOutsideVectors += go", "gradOutsideVectors = go")],
     {"loss_mean", "grad_U_last"}),
]  # fmt: skip


def code(source, exchanges):
    """The source with its pieces exchanged."""
    for piece, replacement in exchanges:
        assert piece in source, piece
        source = source.replace(piece, replacement)
    return source
