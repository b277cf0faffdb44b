"""Right solutions in many styles: none of them may be called wrong."""

# ruff: noqa
HEADER = "import numpy as np\nimport random\n"

COURSE_HELPER = '''
def getNegativeSamples(outsideWordIdx, dataset, K):
    """ Samples K indexes which are not the outsideWordIdx """
    negSampleWordIndices = [None] * K
    for k in range(K):
        newidx = dataset.sampleTokenIdx()
        while newidx == outsideWordIdx:
            newidx = dataset.sampleTokenIdx()
        negSampleWordIndices[k] = newidx
    return negSampleWordIndices
'''

COURSE_FILE = (
    """#!/usr/bin/env python
import argparse
import numpy as np
import random

from utils.gradcheck import gradcheck_naive, grad_tests_softmax, grad_tests_negsamp
from utils.utils import normalizeRows, softmax

def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))

def naiveSoftmaxLossAndGradient(
    centerWordVec,
    outsideWordIdx,
    outsideVectors,
    dataset
):
    prob = softmax(np.dot(outsideVectors, centerWordVec))
    print("probabilities", prob)
    loss = -np.log(prob[outsideWordIdx])
    delta = prob.copy()
    delta[outsideWordIdx] -= 1
    return loss, np.dot(delta, outsideVectors), np.outer(delta, centerWordVec)
"""
    + COURSE_HELPER
    + """
def negSamplingLossAndGradient(
    centerWordVec,
    outsideWordIdx,
    outsideVectors,
    dataset,
    K=10
):
    negSampleWordIndices = getNegativeSamples(outsideWordIdx, dataset, K)
    indices = [outsideWordIdx] + negSampleWordIndices
    gradCenterVec = np.zeros_like(centerWordVec)
    gradOutsideVecs = np.zeros_like(outsideVectors)
    loss = 0.0
    for n, idx in enumerate(indices):
        sign = 1 if n == 0 else -1
        s = sigmoid(sign * outsideVectors[idx].dot(centerWordVec))
        loss -= np.log(s)
        gradCenterVec += sign * (s - 1) * outsideVectors[idx]
        gradOutsideVecs[idx] += sign * (s - 1) * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs

def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind,
             centerWordVectors, outsideVectors, dataset,
             word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    loss = 0.0
    gradCenterVecs = np.zeros(centerWordVectors.shape)
    gradOutsideVectors = np.zeros(outsideVectors.shape)
    center = word2Ind[currentCenterWord]
    for word in outsideWords:
        l, gc, go = word2vecLossAndGradient(
            centerWordVectors[center], word2Ind[word], outsideVectors, dataset)
        loss += l
        gradCenterVecs[center] += gc
        gradOutsideVectors += go
    return loss, gradCenterVecs, gradOutsideVectors

def word2vec_sgd_wrapper(word2vecModel, word2Ind, wordVectors, dataset, windowSize, word2vecLossAndGradient=naiveSoftmaxLossAndGradient):
    return 0.0, np.zeros(wordVectors.shape)

def test_sigmoid():
    assert sigmoid(0) == 0.5

def sgd(f, x0, step, iterations, postprocessing=None, useSaved=False, PRINT_EVERY=10):
    if not postprocessing:
        postprocessing = lambda x: x
    x = x0
    exploss = None
    for iter in range(1, iterations + 1):
        loss, grad = f(x)
        x = x - step * grad
        x = postprocessing(x)
        if iter % PRINT_EVERY == 0:
            exploss = loss if not exploss else .95 * exploss + .05 * loss
            print("iter %d: %f" % (iter, exploss))
    return x

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.parse_args()
"""
)

SIGMOIDS = {
    "masks": "def sigmoid(x):\n    x = np.asarray(x, float)\n    out = np.empty_like(x)\n    p = x >= 0\n    out[p] = 1 / (1 + np.exp(-x[p]))\n    e = np.exp(x[~p])\n    out[~p] = e / (1 + e)\n    return out\n",
    "where": "def sigmoid(x):\n    return np.where(x > 0, 1 / (1 + np.exp(-x)), np.exp(x) / (np.exp(x) + 1))\n",
    "tanh": "sigmoid = lambda x: 0.5 * (1 + np.tanh(x / 2))\n",
    "scalar": "import math\ndef sigmoid(x):\n    return 1 / (1 + math.exp(-x))\n",
    "float32": "def sigmoid(x):\n    return (1 / (1 + np.exp(-np.asarray(x, np.float32))))\n",
    "vectorize": "sigmoid = np.vectorize(lambda t: 1 / (1 + np.exp(-t)))\n",
}
NAIVE = {
    "einsum": "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):\n    s = np.einsum('nd,d->n', outsideVectors, centerWordVec)\n    s -= s.max()\n    p = np.exp(s) / np.exp(s).sum()\n    y = np.zeros(len(p)); y[outsideWordIdx] = 1\n    return -np.sum(y * np.log(p)), np.einsum('n,nd->d', p - y, outsideVectors), np.einsum('n,d->nd', p - y, centerWordVec)\n",
    "loops": "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):\n    n, d = outsideVectors.shape\n    e = []\n    for w in range(n):\n        t = 0\n        for k in range(d):\n            t += outsideVectors[w][k] * centerWordVec[k]\n        e.append(np.exp(t))\n    z = sum(e)\n    gc = [0.0] * d\n    go = [[0.0] * d for _ in range(n)]\n    for w in range(n):\n        err = e[w] / z - (w == outsideWordIdx)\n        for k in range(d):\n            gc[k] += err * outsideVectors[w, k]\n            go[w][k] = err * centerWordVec[k]\n    return -np.log(e[outsideWordIdx] / z), gc, go\n",
    "columns": "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):\n    v = centerWordVec\n    assert v.ndim == 2 and v.shape[1] == 1\n    s = outsideVectors @ v\n    p = np.exp(s - np.max(s)); p /= p.sum()\n    y = np.zeros((outsideVectors.shape[0], 1)); y[outsideWordIdx] = 1\n    return -np.log(p[outsideWordIdx]), outsideVectors.T @ (p - y), (p - y) @ v.T\n",
    "returns columns": "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):\n    v = centerWordVec.reshape(-1, 1)\n    s = outsideVectors.dot(v)\n    p = np.exp(s) / np.sum(np.exp(s), axis=0)\n    p_minus = p.copy()\n    loss = -np.log(p[outsideWordIdx])\n    p_minus[outsideWordIdx] -= 1\n    return loss, outsideVectors.T.dot(p_minus), p_minus.dot(v.T)\n",
    "rows": "def naiveSoftmaxLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset):\n    s = (centerWordVec[np.newaxis, :] @ outsideVectors.T)\n    p = np.exp(s - s.max(axis=1, keepdims=True)); p = p / p.sum(axis=1, keepdims=True)\n    loss = -np.log(p[0, outsideWordIdx])\n    p[0, outsideWordIdx] -= 1\n    return loss, p @ outsideVectors, p.T @ centerWordVec[None]\n",
    "old names": "def softmaxCostAndGradient(predicted, target, outputVectors, dataset):\n    e = np.exp(outputVectors @ predicted)\n    p = e / e.sum()\n    cost = np.log(e.sum()) - outputVectors[target] @ predicted\n    g = p[:, None] * predicted\n    g[target] -= predicted\n    return cost, p @ outputVectors - outputVectors[target], g\n",
    "other order": "def naive_softmax_loss_and_grad(U, v_c, o):\n    z = U @ v_c\n    p = np.exp(z - z.max()); p /= p.sum(); q = p - np.eye(len(U))[o]\n    return np.outer(q, v_c), q @ U, float(-np.log(p[o]))\n",
    "positional": "def naive_softmax(a, b, c):\n    z = c @ a\n    p = np.exp(z) / np.exp(z).sum(); q = p - np.eye(len(c))[b]\n    return -np.log(p[b]), q @ c, np.outer(q, a)\n",
    "loss alone": "def naive_softmax_loss(v_i, o, U):\n    z = U @ v_i\n    return np.logaddexp.reduce(z) - z[o]\n",
    "gradients alone": "def softmax_loss_gradient(v, o, U):\n    z = U @ v\n    p = np.exp(z) / np.exp(z).sum(); p[o] -= 1\n    return p @ U, np.outer(p, v)\n",
    "dict": "def naive_softmax(v, o, U):\n    z = U @ v\n    p = np.exp(z) / np.exp(z).sum(); l = -np.log(p[o]); p[o] -= 1\n    return {'grad_U': np.outer(p, v), 'loss': l, 'grad_v': p @ U}\n",
    "float32": "def naive_softmax(v, o, U):\n    v, U = v.astype(np.float32), U.astype(np.float32)\n    z = U @ v\n    p = np.exp(z) / np.exp(z).sum(); l = -np.log(p[o]); p[o] -= 1\n    return l, p @ U, np.outer(p, v)\n",
    "epsilon": "def naive_softmax(v, o, U):\n    z = U @ v\n    p = np.exp(z) / np.exp(z).sum(); l = -np.log(p[o] + 1e-7); p[o] -= 1\n    return l, p @ U, np.outer(p, v)\n",
    "star arguments": "def naive_softmax(*args):\n    v, o, U = args[:3]\n    z = U @ v\n    p = np.exp(z) / np.exp(z).sum(); l = -np.log(p[o]); p[o] -= 1\n    return l, p @ U, np.outer(p, v)\n",
    "matrix": "def naive_softmax(v, o, U):\n    U = np.matrix(U); v = np.matrix(v).T\n    z = U * v\n    p = np.exp(z) / np.exp(z).sum()\n    l = -np.log(p[o, 0]); p[o, 0] -= 1\n    return l, U.T * p, p * v.T\n",
}
SIGMOID = "def sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"
NEGATIVE = {
    "add.at": COURSE_HELPER
    + "def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):\n    neg = getNegativeSamples(outsideWordIdx, dataset, K)\n    uo, un = outsideVectors[outsideWordIdx], outsideVectors[neg]\n    so, sn = sigmoid(uo @ centerWordVec), sigmoid(-un @ centerWordVec)\n    g = np.zeros(outsideVectors.shape)\n    np.add.at(g, neg, np.outer(1 - sn, centerWordVec))\n    g[outsideWordIdx] = (so - 1) * centerWordVec\n    return -np.log(so) - np.sum(np.log(sn)), (so - 1) * uo + (1 - sn) @ un, g\n",
    "draws inside": "def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):\n    neg = []\n    while len(neg) < K:\n        w = dataset.sampleTokenIdx()\n        if w != outsideWordIdx:\n            neg.append(w)\n    s = sigmoid(outsideVectors @ centerWordVec)\n    c = np.bincount(neg, minlength=len(outsideVectors))\n    f = c * s\n    f[outsideWordIdx] += s[outsideWordIdx] - 1\n    loss = -np.log(s[outsideWordIdx]) - (c * np.log(1 - s)).sum()\n    return loss, f @ outsideVectors, f[:, None] * centerWordVec\n",
    "own generator": "def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):\n    others = [w for w in range(len(outsideVectors)) if w != outsideWordIdx]\n    neg = random.choices(others, k=K)\n    loss = -np.log(sigmoid(outsideVectors[outsideWordIdx] @ centerWordVec))\n    d = sigmoid(outsideVectors[outsideWordIdx] @ centerWordVec) - 1\n    gc = d * outsideVectors[outsideWordIdx]\n    go = np.zeros_like(outsideVectors)\n    go[outsideWordIdx] = d * centerWordVec\n    for w in neg:\n        t = sigmoid(outsideVectors[w] @ centerWordVec)\n        loss -= np.log(1 - t)\n        gc = gc + t * outsideVectors[w]\n        go[w] += t * centerWordVec\n    return loss, gc, go\n",
    "given negatives": "def negative_sampling(v_i, o, U, negatives):\n    ids = np.r_[o, negatives]\n    y = np.zeros(len(ids)); y[0] = 1\n    x = U[ids] @ v_i\n    d = sigmoid(x) - y\n    M = np.zeros((len(ids), len(U))); M[np.arange(len(ids)), ids] = 1\n    return np.logaddexp(0, np.where(y == 1, -x, x)).sum(), d @ U[ids], M.T @ np.outer(d, v_i)\n",
    "loss of vectors": "def neg_sampling_loss(v_c, u_o, neg_vecs):\n    return -np.log(sigmoid(u_o @ v_c)) - sum(np.log(sigmoid(-u @ v_c)) for u in neg_vecs)\n",
    "columns": "def negSamplingLossAndGradient(centerWordVec, outsideWordIdx, outsideVectors, dataset, K=10):\n    v = centerWordVec\n    assert v.shape[1] == 1\n    neg = []\n    while len(neg) < K:\n        w = dataset.sampleTokenIdx()\n        if w != outsideWordIdx: neg.append(w)\n    ids = [outsideWordIdx] + neg\n    sign = np.array([[-1.0]] + [[1.0]] * K)\n    t = sigmoid(sign * (outsideVectors[ids] @ v))\n    g = np.zeros_like(outsideVectors)\n    for j, w in enumerate(ids):\n        g[w:w + 1] += sign[j] * t[j] * v.T\n    return -np.log(1 - t).sum(), outsideVectors[ids].T @ (sign * t), g\n",
}
WINDOW = {
    "own names": "def skipgram(i, outside, V, U, negatives=None):\n    loss, dV, dU = 0, np.zeros_like(V), np.zeros_like(U)\n    for o in outside:\n        s = U @ V[i]; p = np.exp(s) / np.exp(s).sum(); loss -= np.log(p[o]); p[o] -= 1\n        dV[i] += p @ U; dU += np.outer(p, V[i])\n    return loss, dV, dU\n",
    "old names": "def skipgram(currentWord, C, contextWords, tokens, inputVectors, outputVectors, dataset, word2vecCostAndGradient):\n    gin = np.zeros(inputVectors.shape)\n    rs = [word2vecCostAndGradient(inputVectors[tokens[currentWord]], tokens[w], outputVectors, dataset) for w in contextWords]\n    gin[tokens[currentWord], :] = sum(r[1] for r in rs)\n    return sum(r[0] for r in rs), gin, sum(r[2] for r in rs)\n",
    "other order": "def skipgram(currentCenterWord, windowSize, outsideWords, word2Ind, centerWordVectors, outsideVectors, dataset, word2vecLossAndGradient):\n    v = centerWordVectors[word2Ind[currentCenterWord]]\n    loss, gc, go = 0, np.zeros_like(centerWordVectors), np.zeros_like(outsideVectors)\n    for w in outsideWords:\n        a, b, c = word2vecLossAndGradient(centerWordVec=v, outsideWordIdx=word2Ind[w], outsideVectors=outsideVectors, dataset=dataset)\n        loss += a; gc[word2Ind[currentCenterWord]] += b; go += c\n    return loss, go, gc\n",
}
SOLUTIONS = {"course": COURSE_FILE}
SOLUTIONS |= {f"sigmoid, {k}": HEADER + s for k, s in SIGMOIDS.items()}
SOLUTIONS |= {f"naive, {k}": HEADER + s for k, s in NAIVE.items()}
SOLUTIONS |= {f"negative, {k}": HEADER + SIGMOID + s for k, s in NEGATIVE.items()}
SOLUTIONS |= {f"window, {k}": HEADER + s for k, s in WINDOW.items()}
SOLUTIONS["softmax"] = HEADER + (
    "def softmax(x):\n    e = np.exp(x - np.max(x, axis=-1, keepdims=True))\n    return e / e.sum(axis=-1, keepdims=True)\n"
    "def log_softmax(x):\n    return x - np.logaddexp.reduce(x)\n"
    "def logsigmoid(x):\n    return -np.log1p(np.exp(-x))\n"
)
SOLUTIONS["tests at import"] = (
    HEADER
    + SIGMOID
    + (
        "print(sigmoid(0))\nassert abs(sigmoid(0) - 0.4) < 1e-9, 'fails'\nx = input('go on? ')\nraise SystemExit(1)\n"
        "def softmax(x):\n    return np.exp(x) / np.exp(x).sum()\n"
    )
)
