"use strict";
// A map of words on a canvas: drawing, moving, zooming, and selecting an area.
//
// All maps of the page share one view: {x, y, zoom}, in units of the map. In these units 98 % of the words
// lie within 1 of the middle at the last iteration.

const LABELS = 60, REACH = 14, DRAG = 4; // labels at a time; pixels to the nearest word; pixels of a drag

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

class WordMap {
  // `explorer` has words, view, selected (number or null), near (per model), area (Set or null), hovered.
  constructor(model, index, canvas, explorer) {
    Object.assign(this, { canvas, index, explorer });
    this.moments = model.maps.map((map) => wholeNumbers(map, 16));
    this.unit = radius(this.moments.at(-1));
    this.from = this.points = this.moments.at(-1);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  // Position of a word on the canvas, in pixels.
  place(word) {
    const { x, y, zoom } = this.explorer.view, scale = this.half() * zoom / this.unit;
    return [
      this.width / 2 + this.points[2 * word] * scale - x * this.half() * zoom,
      this.height / 2 - this.points[2 * word + 1] * scale + y * this.half() * zoom,
    ];
  }

  half() {
    return Math.min(this.width, this.height) / 2.2;
  }

  // Show the words where they are at a moment, or between two: 1.5 is halfway between moments 1 and 2.
  at(moment) {
    const low = this.moments[Math.floor(moment)], high = this.moments[Math.ceil(moment)];
    const part = moment - Math.floor(moment);
    this.points = part ? low.map((value, i) => value + part * (high[i] - value)) : low;
    this.draw();
  }

  draw() {
    const { canvas, explorer } = this, ratio = window.devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    canvas.width = this.width * ratio;
    canvas.height = this.height * ratio;
    const ink = canvas.getContext("2d");
    ink.scale(ratio, ratio);
    this.inView = [];
    const colours = { plain: colour("--point"), area: colour("--area"), near: colour("--near") };
    const near = new Set((explorer.near[this.index] || []).map(({ word }) => word));
    for (let w = explorer.words.length - 1; w >= 0; w--) {
      const [x, y] = this.place(w);
      if (x < 0 || y < 0 || x > this.width || y > this.height) continue;
      this.inView.push(w);
      const marked = near.has(w) ? "near" : explorer.area?.has(w) ? "area" : "plain";
      const size = marked === "plain" ? 2 : 5;
      ink.fillStyle = colours[marked];
      ink.fillRect(x - size / 2, y - size / 2, size, size);
    }
    this.inView.reverse(); // the most frequent first
    this.label(ink, near);
    if (this.path) this.outline(ink);
  }

  // Names of words, none on top of another: the selected word, its neighbours, then the most frequent.
  label(ink, near) {
    const { words, selected, hovered, area } = this.explorer, taken = [];
    const first = [hovered, selected, ...near].filter((w) => w !== null && w !== undefined);
    ink.font = "13px system-ui, sans-serif";
    ink.textBaseline = "middle";
    ink.lineWidth = 3;
    ink.strokeStyle = colour("--page");
    const rest = area ? this.inView.filter((w) => area.has(w)) : this.inView;
    for (const w of new Set([...first, ...rest.slice(0, 600)])) {
      if (taken.length >= LABELS) break;
      const [x, y] = this.place(w), width = ink.measureText(words[w]).width;
      const box = [x + 5, y - 8, x + 9 + width, y + 8];
      const must = w === hovered || w === selected;
      if (!must && taken.some((o) => box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3])) continue;
      if (box[0] < 0 || box[1] < 0 || box[0] > this.width || box[3] > this.height) continue;
      if (box[2] > this.width) box[0] = x - 9 - width;
      taken.push([box[0], box[1], box[0] + width + 4, box[3]]);
      if (must) {
        ink.beginPath();
        ink.arc(x, y, 6, 0, 7);
        ink.fillStyle = colour("--accent");
        ink.fill();
      }
      ink.strokeText(words[w], box[0] + 2, y);
      ink.fillStyle = must ? colour("--accent") : near.has(w) ? colour("--near") : colour("--text");
      ink.fillText(words[w], box[0] + 2, y);
    }
  }

  outline(ink) {
    ink.beginPath();
    for (const [x, y] of this.path) ink.lineTo(x, y);
    ink.closePath();
    ink.strokeStyle = colour("--accent");
    ink.lineWidth = 1.5;
    ink.setLineDash([5, 4]);
    ink.stroke();
  }

  nearest(x, y) {
    let found = null, least = REACH * REACH;
    for (const w of this.inView) {
      const [a, b] = this.place(w), distance = (a - x) ** 2 + (b - y) ** 2;
      if (distance < least) [found, least] = [w, distance];
    }
    return found;
  }

  // Move the view by pixels, or zoom it around a point of the canvas.
  pan(dx, dy) {
    const { view } = this.explorer, unit = this.half() * view.zoom;
    view.x -= dx / unit;
    view.y += dy / unit;
    this.explorer.viewed();
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const { view } = this.explorer, before = view.zoom;
    view.zoom = Math.min(Math.max(before * factor, 0.2), 5000);
    const change = (1 / before - 1 / view.zoom) / this.half();
    view.x += (x - this.width / 2) * change;
    view.y -= (y - this.height / 2) * change;
    this.explorer.viewed();
  }

  listen() {
    const { canvas, explorer } = this, fingers = new Map();
    let start = null, apart = 0;
    const spot = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, spot(event));
      canvas.setPointerCapture(event.pointerId);
      start = fingers.size === 1 ? spot(event) : null;
      apart = 0;
      if (explorer.lassoing) this.path = [spot(event)];
    });
    canvas.addEventListener("pointermove", (event) => {
      const now = spot(event), before = fingers.get(event.pointerId);
      if (!before) return explorer.hover(this.nearest(...now));
      fingers.set(event.pointerId, now);
      if (this.path) {
        this.path.push(now);
        this.draw();
      } else if (fingers.size === 2) {
        const [a, b] = fingers.values(), distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (apart) this.zoom(distance / apart, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
        apart = distance;
      } else {
        if (start && Math.hypot(now[0] - start[0], now[1] - start[1]) > DRAG) start = null;
        if (!start) this.pan(now[0] - before[0], now[1] - before[1]);
      }
    });
    const end = (event) => {
      fingers.delete(event.pointerId);
      if (this.path) {
        const path = this.path;
        this.path = null;
        explorer.choose(this.inView.filter((w) => inside(this.place(w), path)));
      } else if (start && event.type === "pointerup") {
        const found = this.nearest(...spot(event));
        if (found !== null) explorer.select(found);
      }
      start = null;
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => explorer.hover(null));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return; // the page scrolls
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), ...spot(event));
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = 40, { explorer } = this;
    const actions = {
      ArrowLeft: () => this.pan(step, 0), ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step), ArrowDown: () => this.pan(0, -step),
      "+": () => this.zoom(1.4), "=": () => this.zoom(1.4), "-": () => this.zoom(1 / 1.4),
      0: () => explorer.whole(), n: () => explorer.next(1), p: () => explorer.next(-1),
      Escape: () => explorer.choose([]),
    };
    const action = actions[event.key] || actions[event.key.toLowerCase()];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  }
}

// The radius within which 98 % of the words lie.
function radius(points) {
  const lengths = new Float64Array(points.length / 2);
  for (let w = 0; w < lengths.length; w++) lengths[w] = Math.hypot(points[2 * w], points[2 * w + 1]);
  return lengths.sort()[Math.floor(0.98 * (lengths.length - 1))] || 1;
}

// Whether a point lies inside a closed path.
function inside([x, y], path) {
  let odd = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [a, b] = path[i], [c, d] = path[j];
    if (b > y !== d > y && x < ((c - a) * (y - b)) / (d - b) + a) odd = !odd;
  }
  return odd;
}
