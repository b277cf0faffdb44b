"use strict";
// The page around the explorer: colours, contents, tables that are sorted and filtered, boxes that scroll.

// Colours: of the system, or as chosen, which this browser remembers where it is allowed to.
{
  const root = document.documentElement, choice = document.getElementById("theme");
  const remembered = (value) => {
    try {
      return value === undefined ? localStorage.getItem("w2v-theme") || "" : localStorage.setItem("w2v-theme", value);
    } catch {
      return ""; // a page that was opened from disk may have no storage
    }
  };
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.dispatchEvent(new Event("themechange"));
  };
  choice.value = remembered();
  show(choice.value);
  choice.addEventListener("change", () => { remembered(choice.value); show(choice.value); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(choice.value));
}

// On a narrow screen the contents are folded.
{
  const button = document.getElementById("contents-button"), contents = document.getElementById("contents");
  const fold = (open) => {
    contents.classList.toggle("open", open);
    button.setAttribute("aria-expanded", open);
  };
  button.addEventListener("click", () => fold(!contents.classList.contains("open")));
  contents.addEventListener("click", (event) => { if (event.target.closest("a")) fold(false); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && contents.classList.contains("open")) {
      fold(false);
      button.focus();
    }
  });

  // The entry of the section that is being read.
  const places = [...contents.querySelectorAll("a")]
    .map((link) => ({ link, target: document.getElementById(link.getAttribute("href").slice(1)) }))
    .filter(({ target }) => target);
  let waiting = false;
  const mark = () => {
    waiting = false;
    const read = places.findLast(({ target }) => target.getBoundingClientRect().top < 120);
    contents.querySelector("[aria-current]")?.removeAttribute("aria-current");
    read?.link.setAttribute("aria-current", "location");
  };
  document.addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  }, { passive: true });
}

// A box that scrolls can have the focus, so that the keyboard can scroll it.
function markScrolling() {
  for (const box of document.querySelectorAll(".scroll, pre, main p, main li")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
document.addEventListener("toggle", markScrolling, true);
new ResizeObserver(markScrolling).observe(document.getElementById("main"));

// The number at the beginning of a cell, or its text.
function valueOf(row, column) {
  const text = row.cells[column]?.textContent.trim() || "";
  const number = parseFloat(text.replace(/^[<>≤≥\s]+/, "").replace(/,(?=\d{3})/g, "").replace("−", "-"));
  return Number.isNaN(number) ? text.toLowerCase() : number;
}

function compare(a, b) {
  if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
  return typeof a === "number" ? -1 : 1; // numbers before text
}

// The buttons in the first row sort a table: up, down, and as it was.
function makeSortable(table) {
  const body = table.tBodies[0], original = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      const order = next === undefined ? "ascending" : next;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (order) head.setAttribute("aria-sort", order);
      const sign = order === "descending" ? -1 : 1;
      const rows = order
        ? [...original].sort((a, b) => sign * compare(valueOf(a, column), valueOf(b, column)))
        : original;
      body.append(...rows);
    });
  });
}

// A table with a column of verdicts gets a filter.
function makeFilter(table, column) {
  const rows = [...table.tBodies[0].rows], verdictOf = (row) => row.cells[column].textContent.trim();
  const bar = document.createElement("div");
  bar.className = "filter";
  bar.innerHTML = "<label>With the words <input type=\"search\"></label> " +
    "<label>Verdict <select><option value=\"\">all</option></select></label> <span role=\"status\"></span>";
  const [words, verdict, count] = bar.querySelectorAll("input, select, [role]");
  for (const name of new Set(rows.map(verdictOf))) verdict.append(new Option(name, name));
  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !(wanted.every((word) => text.includes(word)) &&
        (!verdict.value || verdictOf(row) === verdict.value));
      shown += !row.hidden;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };
  bar.addEventListener("input", filter);
  filter();
  table.closest(".scroll").before(bar);
}

for (const table of document.querySelectorAll(".table > table")) {
  if (!table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 4) continue;
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim());
  makeSortable(table);
  const verdict = heads.indexOf("verdict");
  if (verdict >= 0 && table.tBodies[0].rows.length > 7) makeFilter(table, verdict);
}
