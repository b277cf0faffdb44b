"use strict";
// The explorer: the controls, the lists, and what the maps share.

const LISTED = 100, COMPLETIONS = 20, MOMENT = 900; // words of a list; of a completion; milliseconds

// A new element with attributes and children.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

class Explorer {
  constructor(root, data) {
    this.words = data.words;
    this.ids = new Map(data.words.map((word, i) => [word, i]));
    this.sorted = [...data.words].sort();
    this.models = data.models.map((model) => ({ name: model.name, vectors: new Vectors(model) }));
    this.iterations = data.iterations;
    this.root = root;
    this.view = { x: 0, y: 0, zoom: 1 };
    Object.assign(this, { selected: null, hovered: null, near: [], area: null, lassoing: false });
    this.describe(data);
    this.maps = data.models.map((model, i) => this.panel(model, i));
    this.connect();
    this.moment(this.iterations.length - 1);
    this.start();
  }

  find(query) {
    return this.root.querySelector(query);
  }

  describe({ words, models, iterations }) {
    const [first, second] = models, many = (n) => n.toLocaleString("en");
    let text = `A map of the ${many(words.length)} most frequent words: the first two principal components of ` +
      `the vectors of ${first.name}, which have ${many(first.dim)} dimensions. `;
    if (iterations.length > 1) {
      text += "The slider shows the vectors during training, always in this plane. ";
    }
    if (second) {
      text += `${second.name} (${many(second.dim)} dimensions) is rotated to agree with it as well as it can ` +
        "(orthogonal Procrustes); both maps move together. ";
    }
    text += "Two dimensions show a small part of the vectors: the neighbours in the tables are computed from all.";
    this.find(".about").textContent = text;
    for (const model of models) {
      this.find(".exactness").append(element("p", {},
        `${model.name}: the page holds its vectors rounded to ${model.bits} bits per number, and computes ` +
        "neighbours and analogies from these without further rounding of the products, over all words of the " +
        `map. For ${(100 * model.agreement).toFixed(1)} % of 200 words the ten nearest neighbours, in their ` +
        "order, are those of the vectors before rounding."));
    }
  }

  panel(model, index) {
    const id = `model-${index}`;
    const canvas = element("canvas", {
      tabindex: 0, role: "application", "aria-roledescription": "map",
      "aria-label": `Map of ${model.name}`, "aria-describedby": `${id}-state`,
    });
    const panel = element("div", { class: "model", id },
      element("h3", {}, model.name), canvas, element("p", { class: "state", id: `${id}-state` }),
      element("table", {}, element("caption"), element("tbody")));
    this.find(".models").append(panel);
    return new WordMap(model, index, canvas, this);
  }

  connect() {
    const word = this.find("#word");
    word.addEventListener("input", () => {
      this.complete(word.value);
      if (this.ids.has(word.value.trim())) this.select(this.ids.get(word.value.trim()), false);
    });
    word.addEventListener("change", () => this.look(word.value.trim()));
    this.find("#zoom-in").addEventListener("click", () => this.maps[0].zoom(1.5));
    this.find("#zoom-out").addEventListener("click", () => this.maps[0].zoom(1 / 1.5));
    this.find("#whole").addEventListener("click", () => this.whole());
    this.find("#lasso").addEventListener("click", () => this.lasso(!this.lassoing));
    const form = this.find("#analogy");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      if (event.target.list) this.complete(event.target.value);
      this.answer();
    });
    const slider = this.find("#iteration");
    if (this.iterations.length > 1) {
      this.find(".time").hidden = false;
      slider.max = this.iterations.length - 1;
      slider.addEventListener("input", () => { this.stop(); this.moment(+slider.value); });
      this.find("#play").addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    }
    document.addEventListener("themechange", () => this.draw());
  }

  // Begin with a word that shows something, and a known analogy where its words are there.
  start() {
    const known = ["man", "king", "woman"].every((word) => this.ids.has(word));
    const words = known ? ["man", "king", "woman"] : this.words.slice(0, 3);
    ["a", "b", "c"].forEach((name, i) => { this.find(`[name=${name}]`).value = words[i] || ""; });
    const first = ["good", "king"].find((word) => this.ids.has(word)) || this.words[0];
    this.select(this.ids.get(first));
    this.answer();
  }

  draw() {
    for (const map of this.maps) map.draw();
  }

  viewed() {
    this.draw();
    this.list();
  }

  whole() {
    Object.assign(this.view, { x: 0, y: 0, zoom: 1 });
    this.viewed();
  }

  hover(word) {
    if (word === this.hovered) return;
    this.hovered = word;
    this.draw();
  }

  // Show a word, its neighbours in every model, and where they are.
  select(word, write = true) {
    this.selected = word;
    this.near = this.models.map(({ vectors }) => vectors.neighbours(word));
    if (write) this.find("#word").value = this.words[word];
    this.find("#message").textContent = "";
    this.models.forEach(({ name }, i) => {
      const table = this.find(`#model-${i} table`);
      table.querySelector("caption").textContent = `Nearest to ${this.words[word]}`;
      table.querySelector("tbody").replaceChildren(...this.rows(this.near[i]));
      this.find(`#model-${i}-state`).textContent =
        `${this.words[word]}; nearest: ${this.near[i].slice(0, 3).map((n) => this.words[n.word]).join(", ")}`;
    });
    this.viewed();
  }

  rows(found) {
    return found.map(({ word, score }, i) => element("tr", {}, element("td", {}, String(i + 1)),
      element("th", { scope: "row" }, this.button(word)),
      element("td", {}, score.toFixed(4))));
  }

  button(word) {
    return element("button", {
      type: "button", class: "word", onclick: () => this.select(word),
    }, this.words[word]);
  }

  look(typed) {
    if (!typed || this.ids.has(typed)) return;
    const near = this.sorted.filter((word) => word.startsWith(typed.slice(0, 3))).slice(0, 5);
    this.find("#message").textContent = `“${typed}” is not in the map` +
      (near.length ? `; near in spelling: ${near.join(", ")}.` : ": it may be rare, or written otherwise.");
  }

  // The most frequent words that begin as typed.
  complete(typed) {
    const start = typed.trim();
    const found = start ? this.words.filter((word) => word.startsWith(start)).slice(0, COMPLETIONS) : [];
    this.find("#completions").replaceChildren(...found.map((word) => element("option", { value: word })));
  }

  answer() {
    const form = this.find("#analogy");
    const typed = ["a", "b", "c"].map((name) => form.elements[name].value.trim());
    const unknown = typed.filter((word) => word && !this.ids.has(word));
    this.find("#analogy-message").textContent = unknown.length ? `Not in the map: ${unknown.join(", ")}.` : "";
    if (unknown.length || typed.some((word) => !word)) return this.find("#answers").replaceChildren();
    const [a, b, c] = typed.map((word) => this.ids.get(word));
    this.find("#answers").replaceChildren(...this.models.map(({ name, vectors }) =>
      element("table", {}, element("caption", {}, `${name}: ${typed[1]} − ${typed[0]} + ${typed[2]}`),
        element("tbody", {}, ...this.rows(vectors.analogy(a, b, c, form.elements.method.value))))));
  }

  // The words of the selected area, or those in view; the most frequent first.
  list() {
    const chosen = this.area ? [...this.area] : this.maps[0].inView || [];
    const shown = chosen.slice(0, LISTED), more = chosen.length > LISTED;
    this.find("#listed").textContent = (this.area ? "Words in the area" : "Words in view") +
      ` (${more ? `first ${LISTED} of ` : ""}${chosen.length.toLocaleString("en")})`;
    this.shown = shown;
    this.find("#words").replaceChildren(...shown.map((word) => element("li", {}, this.button(word))));
  }

  next(step) {
    const n = this.shown.length;
    if (n) this.select(this.shown[(this.shown.indexOf(this.selected) + step + n) % n]);
  }

  lasso(on) {
    this.lassoing = on;
    const button = this.find("#lasso");
    button.setAttribute("aria-pressed", on);
    this.root.classList.toggle("lassoing", on);
    if (on) this.choose([]);
    this.find("#message").textContent = on ? "Draw around words on a map." : "";
  }

  choose(words) {
    this.area = words.length ? new Set(words) : null;
    if (words.length) this.lasso(false);
    this.viewed();
  }

  moment(at) {
    this.maps[0].at(Math.max(at, 0));
    if (this.iterations.length < 2) return;
    this.find("#iteration").value = Math.round(at);
    const shown = this.iterations[Math.round(at)].toLocaleString("en");
    this.find("#iteration-shown").value = shown;
    this.find("#iteration").setAttribute("aria-valuetext", `iteration ${shown}`);
  }

  play() {
    const last = this.iterations.length - 1, slider = this.find("#iteration");
    const first = +slider.value < last ? +slider.value : 0, jumps = matchMedia("(prefers-reduced-motion)").matches;
    let begin = null;
    const step = (now) => {
      begin ??= now;
      const at = Math.min(first + (now - begin) / MOMENT, last);
      this.moment(jumps ? Math.floor(at) : at);
      this.playing = at < last ? requestAnimationFrame(step) : null;
      if (!this.playing) this.stop();
    };
    this.find("#play").textContent = "Stop";
    this.playing = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.find("#play").textContent = "Play";
    this.list();
  }
}

{
  const root = document.getElementById("explorer");
  if (root) {
    window.explorer = new Explorer(root, JSON.parse(document.getElementById("explorer-data").textContent));
    root.dataset.ready = Math.round(performance.now()); // milliseconds
  }
}
