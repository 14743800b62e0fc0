// Adds and removes rows of a table or group without a round trip, under the very names the server would give.
// Reads: [data-question] with rows [data-row] that hold an input "<question>-<n>-_row"; <template data-row-pattern="…"> with __n__ for the
// number; buttons name="_add" (data-max-rows) and name="_remove". Rows with files are left to the server: the button is sent as ever.
(() => {
  "use strict";
  const rowsOf = (box) => [...box.querySelectorAll("[data-row]")];
  const listOf = (box) => box.querySelector("[data-rows]") || box.querySelector("tbody");
  const said = (number) => new Intl.NumberFormat(document.documentElement.lang).format(number);
  const first = (element) => element.querySelector("input:not([type=hidden]), textarea, select");

  const numberOf = (question, name) => Number(name.slice(question.length + 1, -5)); // "<question>-<n>-_row"

  function make(pattern, question, number, shown) {
    const made = pattern.content.querySelector("[data-row]").cloneNode(true);
    const key = Math.random().toString(36).slice(2, 10).padEnd(8, "0");
    for (const e of [made, ...made.querySelectorAll("*")]) {
      for (const { name, value } of [...e.attributes]) if (value.includes("__n__")) e.setAttribute(name, value.replaceAll("__n__", number));
      for (const node of e.childNodes) if (node.nodeType === 3) node.data = node.data.replaceAll("__n__", shown);
      if (e.name === "_remove") e.value = `${question}:${key}`;
      if (e.name === `${question}-${number}-_row`) e.value = key;
    }
    made.dataset.row = key;
    return made;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=_add], button[name=_remove]");
    const box = button && button.closest("[data-question]");
    const pattern = box && box.querySelector("template[data-row-pattern]");
    if (!pattern || pattern.content.querySelector("input[type=file]")) return;
    const question = box.dataset.question;
    const rows = rowsOf(box);
    const add = box.querySelector("button[name=_add]");
    const most = Number(add.dataset.maxRows) || Infinity;
    event.preventDefault();
    if (button === add) {
      if (rows.length >= most) return;
      const numbers = [...box.querySelectorAll("input[name$='-_row']")].map((i) => numberOf(question, i.name));
      const made = make(pattern, question, Math.max(-1, ...numbers) + 1, said(rows.length + 1));
      listOf(box).append(made);
      const field = first(made);
      if (field) field.focus();
    } else {
      const row = button.closest("[data-row]");
      const beside = rows[rows.indexOf(row) + 1] || rows[rows.indexOf(row) - 1];
      row.remove();
      ((beside && first(beside)) || add).focus();
    }
    add.disabled = rowsOf(box).length >= most;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });

  // Answers that were kept in the browser come back (autosave.js): the page gets the rows they had.
  document.addEventListener("rows", (event) => {
    const box = event.target;
    const question = box.dataset.question;
    const pattern = box.querySelector("template[data-row-pattern]");
    if (!pattern) return;
    const marks = event.detail.map(([name]) => name).filter((name) => name.endsWith("-_row"));
    for (const row of rowsOf(box)) if (!marks.includes(row.querySelector("input[name$='-_row']").name)) row.remove();
    for (const mark of marks) {
      if (!box.querySelector(`[name="${CSS.escape(mark)}"]`)) listOf(box).append(make(pattern, question, numberOf(question, mark), said(rowsOf(box).length + 1)));
    }
  });
})();
