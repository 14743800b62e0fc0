// Small comforts on every page; each works without the others and none is needed.
(() => {
  "use strict";
  const lang = document.documentElement.lang;

  // Where tabs do not fit, the one that is open is brought into sight.
  for (const link of document.querySelectorAll(".tabs [aria-current]")) {
    const bar = link.closest(".tabs"), here = link.getBoundingClientRect(), room = bar.getBoundingClientRect();
    bar.scrollLeft += (here.left + here.right - room.left - room.right) / 2;
  }

  // A form is sent once: a second press within ten seconds does nothing. Opt out with data-many (downloads).
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "many" in form.dataset) return;
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 10000) return event.preventDefault();
    form.dataset.sent = Date.now();
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-disabled]").forEach((b) => b.removeAttribute("aria-disabled"));
    });
  });

  // Menus close by Escape and by a press elsewhere; one is open at a time.
  const menus = () => [...document.querySelectorAll("details.menu[open]")];
  document.addEventListener("click", (event) => menus().forEach((m) => m.contains(event.target) || (m.open = false)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus().forEach((m) => {
      m.open = false;
      if (m.contains(document.activeElement)) m.querySelector("summary").focus();
    });
  });

  // Cities: <input name="…-name" list="…" data-pick-url data-pick-id="<id of the hidden id field>" data-pick-country="<question>">;
  // the address answers ?q=…&country=… with [{id, name, country, label}]. A name that is not offered is kept, without an id.
  let turn = 0;
  async function pick(input) {
    const url = new URL(input.dataset.pickUrl, location.href);
    const code = (input.dataset.pickCountry || "").split(".").pop();
    const country = code && input.form.elements.namedItem(code);
    url.searchParams.set("q", input.value.trim());
    if (country && country.value) url.searchParams.set("country", country.value);
    const own = ++turn;
    const found = await fetch(url, { headers: { Accept: "application/json" } }).then((r) => (r.ok ? r.json() : [])).catch(() => []);
    if (own !== turn || !input.list) return;
    input.list.replaceChildren(...found.map((city) => {
      const option = new Option(city.label || city.name, city.name);
      option.dataset.id = city.id;
      return option;
    }));
    if (match(input)) input.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function match(input) {
    const hidden = document.getElementById(input.dataset.pickId || "");
    if (!hidden) return false;
    const option = input.list && [...input.list.options].find((o) => o.value === input.value);
    const before = hidden.value;
    hidden.value = (option && option.dataset.id) || "";
    return hidden.value !== before;
  }
  const timers = new WeakMap();
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.dataset || !input.dataset.pickUrl) return;
    match(input);
    clearTimeout(timers.get(input));
    if (input.value.trim().length > 1) timers.set(input, setTimeout(pick, 250, input));
  }, true); // before autosave reads the answer

  // The reader's own time beside an instant: <time datetime="…Z" data-zone="America/New_York" data-local="{time} your time">
  const region = { en: "en-GB", pt: "pt-PT" }[lang] || lang; // the day before the month, as printed beside it
  for (const element of document.querySelectorAll("time[data-local]")) {
    const at = new Date(element.dateTime);
    if (isNaN(at)) continue;
    const style = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    try {
      const own = new Intl.DateTimeFormat(region, style).format(at);
      const there = new Intl.DateTimeFormat(region, { ...style, timeZone: element.dataset.zone || "UTC" }).format(at);
      if (own === there) continue;
      const beside = document.createElement("span");
      beside.className = "own-time";
      beside.textContent = "(" + element.dataset.local.replace("{time}", own) + ")";
      element.after(" ", beside);
    } catch { /* a zone this browser does not know: the printed time stands */ }
  }

  // Walk a list by keys: table[data-keys] with tr[data-item] and a[data-open]; j next, k previous (Enter opens, being a link).
  // On a case page a[data-key=j|k] leads on. <button data-keys-toggle aria-pressed> turns the letters off and is remembered.
  const store = { get: () => { try { return localStorage.getItem("keys"); } catch { return null; } }, set: (v) => { try { localStorage.setItem("keys", v); } catch { /* not remembered */ } } };
  const toggle = document.querySelector("[data-keys-toggle]");
  if (toggle) {
    toggle.setAttribute("aria-pressed", String(store.get() !== "off"));
    toggle.addEventListener("click", () => {
      store.set(store.get() === "off" ? "on" : "off");
      toggle.setAttribute("aria-pressed", String(store.get() !== "off"));
    });
  }
  document.addEventListener("keydown", (event) => {
    if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (store.get() === "off" || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const step = event.key === "j" ? 1 : -1;
    const rows = [...document.querySelectorAll("[data-keys] [data-item]")];
    if (rows.length) {
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
      const link = row.querySelector("a[data-open], a");
      if (link) link.focus();
      event.preventDefault();
    } else {
      const link = document.querySelector(`a[data-key="${event.key}"]`);
      if (link) link.click();
    }
  });
})();
