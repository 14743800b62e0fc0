// While one answers: shows the questions that are asked because of another answer, and adds up tables.
// Reads: [data-show-if] (condition as JSON) with data-shown; td[data-computed=sum|difference][data-of], td[data-column], td[data-total].
// The server decides again when the answers are sent; what it cannot tell from this page is left as the server showed it.
(() => {
  "use strict";
  const form = document.querySelector("form[data-section]");
  if (!form) return;
  const lang = document.documentElement.lang;

  function answer(path) {
    const [section, code] = path.split(".");
    const inputs = form.dataset.section.split(" ").includes(section) ? [...form.querySelectorAll(`[name="${CSS.escape(code)}"]`)] : [];
    if (!inputs.length) return undefined;
    if (inputs[0].closest("[data-question]").hidden) return [];
    return inputs.filter((i) => (/checkbox|radio/.test(i.type) ? i.checked : i.value)).map((i) => i.value);
  }
  function holds(c) { // true, false, or undefined where this page does not know
    if (c.all) return c.all.map(holds).reduce((a, b) => (a === false || b === false ? false : a && b), true);
    if (c.any) return c.any.map(holds).reduce((a, b) => (a === true || b === true ? true : a === undefined ? a : b), false);
    if (c.not) { const inner = holds([].concat(c.not)[0]); return inner === undefined ? inner : !inner; }
    const values = answer(c.question);
    if (!values) return undefined;
    if ("answered" in c) return (values.length > 0) === Boolean(c.answered);
    return [].concat("in" in c ? c.in : c.equals).some((wanted) => values.includes(String(wanted)));
  }
  function show() {
    for (const box of form.querySelectorAll("[data-show-if]")) {
      const asked = holds(JSON.parse(box.dataset.showIf));
      box.hidden = !(asked === undefined ? box.dataset.shown === "yes" : asked);
    }
  }

  const group = new Intl.NumberFormat(lang).formatToParts(12345).find((p) => p.type === "group")?.value;
  function read(text) {
    let s = text.replace(/[\u0660-\u0669]/g, (d) => d.charCodeAt(0) - 0x660).replace(/[\s\u00a0\u202f\u066c'’]/g, "").replace(/\u066b/g, ".");
    const last = Math.max(s.lastIndexOf("."), s.lastIndexOf(","));
    const mark = s[last];
    const thousands = last > 0 && (s.split(mark).length > 2 || (mark === group && s.length - last === 4 && !/[.,]/.test(s.slice(0, last))));
    s = last < 0 ? s : (thousands ? s : s.slice(0, last)).replace(/[.,]/g, "") + (thousands ? "" : "." + s.slice(last + 1));
    return /^-?\d*\.?\d+$/.test(s) ? Math.round(Number(s) * 100) : 0;
  }
  const figure = /-?[\d\u0660-\u0669](?:[\d\u0660-\u066c.,\s]*[\d\u0660-\u0669])?/;
  function put(cell, cents) { // only the figure changes: the currency stays as the server wrote it
    const shown = cell.querySelector("bdi") || cell;
    const text = new Intl.NumberFormat(lang, { minimumFractionDigits: cents % 100 ? 2 : 0 }).format(cents / 100);
    shown.textContent = figure.test(shown.textContent) ? shown.textContent.replace(figure, text) : text;
  }
  function value(row, code) {
    const cell = row.querySelector(`td[data-column="${CSS.escape(code)}"]`);
    if (!cell) return 0;
    if (cell.dataset.computed) {
      const parts = cell.dataset.of.split(" ").map((name) => value(row, name));
      return cell.dataset.computed === "sum" ? parts.reduce((a, b) => a + b, 0) : parts.slice(1).reduce((a, b) => a - b, parts[0]);
    }
    const input = cell.querySelector("input");
    return read(input ? input.value : (cell.textContent.match(figure) || [""])[0]);
  }
  function add(table) {
    const rows = [...table.querySelectorAll("tbody [data-row]")];
    rows.forEach((row) => row.querySelectorAll("[data-computed]").forEach((cell) => put(cell, value(row, cell.dataset.column))));
    table.querySelectorAll("[data-total]").forEach((cell) => put(cell, rows.reduce((sum, row) => sum + value(row, cell.dataset.total), 0)));
  }
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, (event) => {
      show();
      const box = event.target.closest("[data-question]");
      const table = box && box.querySelector("table");
      if (table && table.querySelector("[data-computed], [data-total]")) add(table);
    });
  }
  form.addEventListener("restored", (event) => {
    show();
    const table = event.target.querySelector("table");
    if (table) add(table);
  });
  show();
})();
