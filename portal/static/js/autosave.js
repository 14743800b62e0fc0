// Saves each answer while it is typed, and keeps it in the browser until the server has said that it has it.
// Reads: form[data-autosave] with data-autosave-url, data-case, data-section, data-person and data-text-*;
// [data-question][data-rev] around the inputs of one answer; [data-autosave-status] for the line that tells the state.
// [data-autosave-done] with data-case and data-person on the page of what is handed in.
// Without it the form is sent by its buttons as ever.
(() => {
  "use strict";
  const done = document.querySelector("[data-autosave-done]");
  if (done) { // handed in: what a device still holds of it can no longer be sent and is nobody else's to find
    try {
      const gone = `autosave:${done.dataset.person}:${done.dataset.case}:`;
      Object.keys(localStorage).filter((key) => key.startsWith(gone)).forEach((key) => localStorage.removeItem(key));
    } catch { /* nothing can have been kept */ }
  }
  const form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch) return;
  try { localStorage.length; } catch { return; } // a browser that forbids it: the buttons remain

  const text = (name) => form.dataset["text" + name] || "";
  const line = document.querySelector("[data-autosave-status]");
  const prefix = `autosave:${form.dataset.person || ""}:${form.dataset.case}:`;
  const here = `${prefix}${form.dataset.section}:`;
  const url = new URL(form.dataset.autosaveUrl, location.href).href;
  const waits = new Map(); // question -> timer until it is sent
  let stopped = false; // the server refuses this page: nothing more is sent
  let failures = 0;
  let retry = 0;
  let sending = Promise.resolve();

  function tell(state, words) {
    if (!line) return;
    line.dataset.state = state;
    if (line.textContent !== words) line.textContent = words;
  }
  const time = (iso) =>
    new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(iso ? new Date(iso) : new Date());

  // ---- One answer -------------------------------------------------------------------------------------
  const boxOf = (question) => form.querySelector(`[data-question="${CSS.escape(question)}"]`);
  const controls = (box) =>
    [...box.querySelectorAll("input, textarea, select")].filter(
      (c) => c.name && !c.disabled && c.name !== "csrf_token" && !["file", "submit", "button", "image"].includes(c.type) && !c.closest(".conflict"));
  function read(box) {
    const pairs = [];
    for (const c of controls(box)) {
      if ((c.type === "checkbox" || c.type === "radio") && !c.checked) continue;
      if (c.multiple && c.options) for (const o of c.selectedOptions) pairs.push([c.name, o.value]);
      else pairs.push([c.name, c.value]);
    }
    return pairs;
  }
  // Puts kept values back; rows.js makes the rows they had.
  function write(box, pairs) {
    box.dispatchEvent(new CustomEvent("rows", { bubbles: true, detail: pairs }));
    const left = pairs.slice();
    const take = (name, value) => {
      const i = left.findIndex(([n, v]) => n === name && (value === undefined || v === value));
      return i < 0 ? undefined : left.splice(i, 1)[0][1];
    };
    for (const c of controls(box)) {
      if (c.type === "checkbox" || c.type === "radio") c.checked = take(c.name, c.value) !== undefined;
      else if (c.multiple && c.options) for (const o of c.options) o.selected = take(c.name, o.value) !== undefined;
      else {
        const value = take(c.name);
        if (value !== undefined) c.value = value;
      }
    }
  }

  // ---- What waits in the browser ----------------------------------------------------------------------
  const load = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const drop = (key) => localStorage.removeItem(key);
  function store(key, item) {
    try { localStorage.setItem(key, JSON.stringify(item)); } catch { memory.set(key, item); } // full or forbidden: this page still has it
  }
  const memory = new Map();
  const get = (key) => memory.get(key) || load(key);
  const forget = (key) => { memory.delete(key); drop(key); };
  const waiting = () =>
    [...new Set([...Object.keys(localStorage).filter((k) => k.startsWith(prefix)), ...memory.keys()])];

  function note(box) {
    store(here + box.dataset.question, {
      url, question: box.dataset.question, rev: Number(box.dataset.rev || 0), typed_at: new Date().toISOString(), pairs: read(box),
    });
  }
  function body(item) {
    const data = new URLSearchParams(item.pairs);
    const token = form.querySelector("[name=csrf_token]");
    data.set("csrf_token", token ? token.value : "");
    data.set("question", item.question);
    data.set("rev", item.rev);
    data.set("typed_at", item.typed_at);
    return data;
  }

  // ---- Sending ----------------------------------------------------------------------------------------
  // One at a time, over all windows of this browser: two of them must not send the same answer twice.
  function send(key) {
    sending = sending.then(() => (navigator.locks ? navigator.locks.request("autosave", () => post(key)) : post(key))).catch(() => kept());
    return sending;
  }
  async function post(key) {
    const item = get(key);
    const ours = key.startsWith(here);
    if (!item || stopped || (item.held && !ours)) return;
    if (ours) tell("saving", text("Saving"));
    let answer;
    try {
      answer = await fetch(item.url, {
        method: "POST", body: body(item), credentials: "same-origin", headers: { Accept: "application/json", "X-Requested-With": "fetch" },
      });
    } catch { return kept(); }
    const json = (answer.headers.get("content-type") || "").includes("json") ? await answer.json().catch(() => null) : null;
    if (answer.status === 401 || answer.redirected) return stop(text("Login"));
    if (answer.status === 429 || answer.status >= 500) return kept();
    if (!json || !json.status) {
      if (!ours) return hold(key, item);
      return stop((json && json.message) || text("Stopped"));
    }
    failures = 0;
    settle(key, item, json, answer.status);
  }
  function settle(key, item, json, status) {
    const box = key.startsWith(here) ? boxOf(item.question) : null;
    if (box && json.rev !== undefined) box.dataset.rev = json.rev;
    if (json.status === "refused") {
      if (!box) return hold(key, item);
      if (status === 404) return stop(text("Gone") || text("Stopped")); // the page was hers to write, and is no longer
      if ([400, 403, 409].includes(status)) return stop(json.message || text("Stopped"));
      return tell("stopped", json.message || text("Stopped")); // this answer only; it stays in the browser
    }
    const newer = get(key);
    if (json.status === "stale" && !box) return json.other ? hold(key, item) : forget(key);
    if (json.unkept) hold(key, newer || item); // the server keeps one value of this answer: the other waits for her choice
    else if (!newer || newer.typed_at === item.typed_at) forget(key);
    else store(key, { ...newer, rev: json.rev }); // typed on while the line was busy: goes out next
    if (!box) return;
    if ((json.status === "conflict" || json.status === "stale") && json.other) return beside(box, item, json);
    say(box, json.problems || []);
    if (!box.parentNode.querySelector(".conflict")) tell("saved", text("Saved").replace("{time}", time(json.saved_at)));
  }
  const hold = (key, item) => store(key, { ...item, held: true }); // its own page will ask the reader
  function kept() {
    tell("kept", text("Kept"));
    clearTimeout(retry);
    retry = setTimeout(flush, Math.min(300, 5 * 2 ** failures++) * 1000);
  }
  function stop(words) {
    stopped = true;
    tell("stopped", words);
  }
  function flush() {
    clearTimeout(retry);
    return Promise.all(waiting().map(send));
  }
  function soon(box, delay) {
    const question = box.dataset.question;
    clearTimeout(waits.get(question));
    waits.set(question, setTimeout(() => { waits.delete(question); send(here + question); }, delay));
  }

  // ---- What the server says about an answer -------------------------------------------------------------
  // A hint while typing, not an error: the full check comes when the section is sent.
  function say(box, problems) {
    let hint = box.querySelector("[data-autosave-hint]");
    if (!problems.length) return hint && hint.remove();
    if (!hint) {
      hint = document.createElement("p");
      hint.className = "form-text is-soon";
      hint.dataset.autosaveHint = "";
      box.append(hint);
    }
    hint.textContent = problems.map((p) => p.message).join(" ");
  }
  const element = (tag, className, words) => Object.assign(document.createElement(tag), { className, textContent: words });
  function beside(box, item, json) {
    box.parentNode.querySelectorAll(`.conflict[data-for="${CSS.escape(item.question)}"]`).forEach((old) => old.remove());
    const area = controls(box).filter((c) => c.type !== "hidden");
    const single = area.length === 1 && (area[0].tagName === "TEXTAREA" || area[0].type === "text") ? area[0] : null;
    const frame = element("div", "conflict", "");
    frame.dataset.for = item.question;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", text("Conflict"));
    const both = element("div", "conflict-pair", "");
    const by = text("Other").replace("{by}", json.other.by || "").replace("{at}", json.other.at ? time(json.other.at) : "");
    const mine = single ? single.value : item.pairs.map(([, v]) => v).filter(Boolean).join("\n");
    for (const [who, words] of [[text("Mine"), mine], [by, json.other.text]]) {
      const side = element("div", "", "");
      const shown = element("p", "", words);
      shown.dir = "auto";
      side.append(element("span", "who", who), shown);
      both.append(side);
    }
    const actions = element("div", "actions", "");
    const done = () => { frame.remove(); (single || area[0] || box).focus(); };
    const keep = Object.assign(element("button", "btn btn-primary btn-sm", text("Keep")), { type: "button" });
    keep.addEventListener("click", () => { done(); note(box); send(here + item.question); });
    actions.append(keep);
    if (single) { // an answer of several parts is compared by eye and mended by hand
      const take = Object.assign(element("button", "btn btn-outline-primary btn-sm", text("Take")), { type: "button" });
      take.addEventListener("click", () => {
        single.value = json.other.text;
        single.dispatchEvent(new Event("input", { bubbles: true }));
        done(); send(here + item.question);
      });
      actions.append(take);
    }
    frame.append(element("strong", "", text("Conflict")), both, actions);
    box.after(frame);
    tell("conflict", text("Conflict"));
  }

  // ---- When ----------------------------------------------------------------------------------------------
  const boxAt = (event) => event.target.closest("[data-question]");
  form.addEventListener("input", (event) => {
    const box = boxAt(event);
    if (!box || event.target.type === "file") return;
    note(box); // at once into the browser, a little later to the server
    soon(box, 800);
  });
  for (const kind of ["change", "focusout"]) {
    form.addEventListener(kind, (event) => {
      const box = boxAt(event);
      if (!box || event.target.type === "file") return;
      if (kind === "change") note(box);
      if (kind === "change" || waits.has(box.dataset.question)) soon(box, 0);
    });
  }
  form.addEventListener("submit", (event) => {
    if (navigator.onLine === false) {
      event.preventDefault();
      event.stopImmediatePropagation();
      tell("kept", text("Offline"));
      return;
    }
    waits.forEach(clearTimeout); // the buttons send everything
    waits.clear();
    stopped = true;
  }, true);
  window.addEventListener("online", () => { failures = 0; flush(); });
  window.addEventListener("offline", () => tell("kept", text("Kept")));
  window.addEventListener("pageshow", (event) => { if (event.persisted) { stopped = false; flush(); } });
  window.addEventListener("pagehide", () => {
    if (stopped) return;
    for (const key of waiting().filter((k) => k.startsWith(here))) {
      const item = get(key);
      if (item && !(navigator.sendBeacon && navigator.sendBeacon(item.url, body(item)))) {
        fetch(item.url, { method: "POST", body: body(item), keepalive: true }).catch(() => {});
      }
    } // it stays in the browser until a page has heard that it arrived
  });

  // What an earlier visit left: already here, or put back into the page and sent. (All deferred scripts have run by then.)
  document.addEventListener("DOMContentLoaded", () => {
    tell("ready", text("Ready")); // until now the page said that its buttons save
    for (const key of waiting().filter((k) => k.startsWith(here))) {
      const item = get(key);
      const box = item && item.pairs ? boxOf(item.question) : null;
      if (!box) { forget(key); continue; }
      if (JSON.stringify(read(box)) === JSON.stringify(item.pairs)) forget(key);
      else {
        store(key, { ...item, held: false });
        write(box, item.pairs);
        box.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
      }
    }
    flush();
  });
})();
