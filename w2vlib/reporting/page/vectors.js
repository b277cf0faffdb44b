"use strict";
// Vectors of whole numbers, and exact answers from them: neighbours by cosine, and analogies.
//
// Products of whole numbers are added without rounding (all sums stay below 2^53), and each score is computed
// by the same operations in the same order as in w2vlib/reporting/explorer.py, so both give the same bits.

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function wholeNumbers(base64, bits) {
  const bytes = bytesOf(base64);
  return bits === 8 ? new Int8Array(bytes.buffer) : new Int16Array(bytes.buffer);
}

class Vectors {
  // `dim` whole numbers of `bits` bits per word.
  constructor({ vectors, dim, bits }) {
    this.dim = dim;
    this.rows = wholeNumbers(vectors, bits);
    this.n = this.rows.length / dim;
    this.lengths = new Float64Array(this.n);
    for (let w = 0; w < this.n; w++) this.lengths[w] = Math.sqrt(this.product(w, w)) || 1;
  }

  product(v, w) {
    const { rows, dim } = this;
    let sum = 0;
    for (let k = 0, i = v * dim, j = w * dim; k < dim; k++) sum += rows[i + k] * rows[j + k];
    return sum;
  }

  cosine(v, w) {
    return this.product(v, w) / (this.lengths[v] * this.lengths[w]);
  }

  // The n words with the largest score, without some; of equal scores the more frequent word comes first.
  best(score, without, n) {
    const found = [];
    for (let w = 0; w < this.n; w++) {
      if (without.includes(w)) continue;
      const value = score(w);
      if (found.length === n && value <= found[n - 1].score) continue;
      let at = found.length;
      while (at > 0 && found[at - 1].score < value) at--;
      found.splice(at, 0, { word: w, score: value });
      if (found.length > n) found.pop();
    }
    return found;
  }

  neighbours(word, n = 10) {
    return this.best((w) => this.cosine(w, word), [word], n);
  }

  // Words near b − a + c.
  analogy(a, b, c, method, n = 10) {
    const square = 3 + 2 * (this.cosine(b, c) - this.cosine(a, b) - this.cosine(a, c));
    const length = square > 0 ? Math.sqrt(square) : 1; // of b − a + c
    const add = (w) => (this.cosine(w, b) - this.cosine(w, a) + this.cosine(w, c)) / length;
    const half = (v, w) => (this.cosine(v, w) + 1) / 2;
    const multiply = (w) => (half(w, b) * half(w, c)) / (half(w, a) + 0.001);
    return this.best(method === "3CosMul" ? multiply : add, [a, b, c], n);
  }
}
