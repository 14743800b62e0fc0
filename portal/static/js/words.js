// Counts words while they are typed. Reads [data-words-for="<id of the field>"][data-limit], optional data-text with {count} and {limit};
// without data-text the count follows what the line says. The same count as on the server: what stands between blanks and
// has a letter or digit; in Chinese and Japanese two characters are a word.
(() => {
  "use strict";
  const CJK = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3fffd}]+/gu;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  function count(text) {
    const runs = text.match(CJK) || [];
    const others = text.replace(CJK, " ").split(/\s+/u).filter((token) => /[\p{L}\p{N}]/u.test(token));
    return others.length + runs.reduce((sum, run) => sum + Math.ceil([...run].length / 2), 0);
  }
  function show(line) {
    const field = document.getElementById(line.dataset.wordsFor);
    if (!field) return;
    const words = count(field.value);
    const limit = Number(line.dataset.limit);
    const shown = number.format(words);
    line.dataset.said ??= line.textContent.trim();
    line.textContent = line.dataset.text
      ? line.dataset.text.replace("{count}", shown).replace("{limit}", number.format(limit))
      : `${line.dataset.said} · ${shown}`;
    line.classList.toggle("over", limit > 0 && words > limit);
  }
  const lines = () => document.querySelectorAll("[data-words-for]");
  document.addEventListener("input", (event) => {
    if (event.target.id) lines().forEach((line) => line.dataset.wordsFor === event.target.id && show(line));
  });
  document.addEventListener("restored", () => lines().forEach(show));
  lines().forEach(show);
})();
