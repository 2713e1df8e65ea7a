"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, from) => [...(from || document).querySelectorAll(selector)];
  const root = document.documentElement;
  const live = byId("live");
  const known = ["at", "team", "service", "sort", "theme", "open"];
  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text) element.textContent = text;
    return element;
  };

  // State in the address: at=teams&team=Payments&sort=cc.4.desc&theme=dark; unknown keys are ignored.
  const read = () => {
    const hash = location.hash.slice(1);
    const state = {};
    if (!hash.includes("=")) return hash ? { at: hash } : state;
    for (const [key, value] of new URLSearchParams(hash)) if (known.includes(key)) state[key] = value;
    return state;
  };
  let state = read();
  const write = (isStep) => {
    const parameters = new URLSearchParams();
    for (const key of known) if (state[key]) parameters.set(key, state[key]);
    const hash = "#" + parameters.toString();
    if (isStep) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  };

  // Rows that wait in a block of data.
  const link = (href, text) => {
    if (!/^https?:\/\//.test(href)) return document.createTextNode(text);
    const anchor = make("a", "", text);
    anchor.href = href;
    anchor.rel = "noreferrer";
    return anchor;
  };
  const bars = (list) => {
    const items = make("ul", "bars");
    for (const [percent, isChange, share, id, href, words] of list) {
      const item = make("li");
      const bar = make("span", isChange ? "bar" : "bar other");
      const length = make("i");
      length.style.width = percent + "%";
      bar.setAttribute("aria-hidden", "true");
      bar.append(length);
      const place = make("span");
      if (id) place.append(link(href, id), " ");
      place.append(words);
      item.append(bar, " ", make("b", "", share), " ", place);
      items.append(item);
    }
    return items;
  };
  const fill = (cell, data) => {
    if (data.v) cell.dataset.v = data.v;
    if (data.b) return cell.append(bars(data.b));
    const span = make("span");
    if (data.l) span.title = data.l;
    span.append(link(data.h || "", data.x));
    if (data.r) span.append(make("small", "", data.r));
    cell.append(span);
  };
  const built = new Set();
  // Tables whose rows are all wanted; in others a filter may look through the rows that wait, and shows those that it finds.
  const wanted = new Set();
  const build = (key) => {
    const block = byId("rows-" + key);
    const table = document.querySelector('table[data-key="' + key + '"]');
    if (!block || !table || built.has(key)) return;
    built.add(key);
    const heads = all("thead th", table);
    const body = table.tBodies[0];
    for (const row of JSON.parse(block.textContent)) {
      const line = make("tr");
      line.setAttribute("role", "row");
      line.dataset.more = key;
      if (row.t) line.dataset.team = row.t;
      if (row.s) line.dataset.service = row.s;
      row.c.forEach((data, position) => {
        const cell = make(position ? "td" : "th", heads[position].classList.contains("n") ? "n" : "");
        if (position) cell.dataset.l = heads[position].dataset.l;
        else cell.scope = "row";
        cell.setAttribute("role", position ? "cell" : "rowheader");
        fill(cell, data);
        line.append(cell);
      });
      body.append(line);
    }
  };
  const want = (key) => {
    build(key);
    wanted.add(key);
    const button = document.querySelector('button[data-rows="' + key + '"]');
    if (button) button.hidden = true;
  };

  // Sorting: a button in each head; ties by the name of the row.
  const value = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return "";
    const text = (cell.dataset.v || cell.textContent).trim();
    const number = parseFloat(text.replace(/,/g, "").replace("\u2212", "-"));
    return Number.isNaN(number) ? (text === "\u2013" ? null : text) : number;
  };
  const order = (left, right) => {
    if (left === null || right === null) return (left === null) - (right === null);
    if (typeof left === "number" && typeof right === "number") return left - right;
    return String(left).localeCompare(String(right), "en", { numeric: true });
  };
  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const sign = direction === "desc" ? -1 : 1;
    const rows = [...body.rows].map((row) => [value(row, column), value(row, 0), row]);
    rows.sort((left, right) => {
      if (left[0] === null || right[0] === null) return order(left[0], right[0]) || order(left[1], right[1]);
      return sign * order(left[0], right[0]) || order(left[1], right[1]);
    });
    body.append(...rows.map((row) => row[2]));
    all("thead th", table).forEach((head, position) => {
      if (position === column) head.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  };
  const sortBy = (text) => {
    const [key, column, direction] = (text || "").split(".");
    const table = key ? document.querySelector('table[data-key="' + CSS.escape(key) + '"]') : null;
    if (!table || !table.tHead.rows[0].cells[Number(column)]) return;
    want(key);
    sort(table, Number(column), direction);
  };
  for (const table of all("table[data-key]")) {
    all("thead th", table).forEach((head, column) => {
      const label = head.firstChild ? head.firstChild.textContent : "";
      head.dataset.l = label;
      const drawing = head.querySelector("svg");
      if (drawing || !label) return;
      const button = make("button", "sort", label);
      button.type = "button";
      button.addEventListener("click", () => {
        const isNumber = head.classList.contains("n");
        const now = head.getAttribute("aria-sort");
        const direction = now ? (now === "descending" ? "asc" : "desc") : isNumber ? "desc" : "asc";
        state.sort = [table.dataset.key, column, direction].join(".");
        sortBy(state.sort);
        filter();
        write(false);
        live.textContent = "Sorted by " + label.toLowerCase() + (direction === "desc" ? ", largest first" : ", smallest first");
      });
      head.textContent = "";
      head.append(button);
    });
  }

  // Filters hide rows that belong to another team or service; rows that belong to nobody stay.
  const team = byId("team");
  const service = byId("service");
  const filtered = byId("filtered");
  const unfiltered = filtered.textContent;
  // In charts the name of the chosen team or service is set off.
  const mark = () => {
    const names = [state.team, state.service].filter(Boolean).map((name) => name.toLowerCase());
    for (const text of all("figure svg text")) text.classList.toggle("hit", names.includes(text.textContent.trim().toLowerCase()));
  };
  const buildAll = () => {
    for (const button of all("button[data-rows]")) build(button.dataset.rows);
  };
  const filter = () => {
    mark();
    const called = (state.service || "").toLowerCase();
    let shown = 0;
    let total = 0;
    const isFiltered = Boolean(state.team || called);
    for (const row of all("tbody tr[data-team], tbody tr[data-service], tbody tr[data-more]")) {
      const isTeam = !state.team || !row.dataset.team || row.dataset.team === state.team;
      const isService = !called || !row.dataset.service || row.dataset.service.toLowerCase().includes(called);
      const isWanted = isFiltered || !row.dataset.more || wanted.has(row.dataset.more);
      row.hidden = !(isTeam && isService && isWanted);
      if (row.closest("#incidents")) {
        total += 1;
        shown += row.hidden ? 0 : 1;
      }
    }
    const names = [state.team, state.service].filter(Boolean).join(", ");
    filtered.textContent = names
      ? "Filtered: " + names + ", " + shown + " of " + total + " incidents caused by change. Headline figures are unfiltered."
      : unfiltered;
    team.value = state.team || "";
    service.value = state.service || "";
    for (const anchor of all('nav[aria-label="Other periods"] a')) {
      const kept = new URLSearchParams();
      for (const key of ["team", "service", "theme"]) if (state[key]) kept.set(key, state[key]);
      const text = kept.toString();
      anchor.href = anchor.getAttribute("href").split("#")[0] + (text ? "#" + text : "");
    }
  };
  const choose = (key, text) => {
    if (text) {
      state[key] = text;
      buildAll();
    } else delete state[key];
    filter();
    write(true);
    live.textContent = filtered.textContent;
  };
  team.addEventListener("change", () => choose("team", team.value));
  service.addEventListener("change", () => choose("service", service.value.trim()));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  const clear = () => {
    delete state.team;
    delete state.service;
    filter();
    write(true);
    live.textContent = "All rows are shown";
  };
  byId("clear").addEventListener("click", clear);

  const theme = () => {
    if (state.theme === "dark" || state.theme === "light") root.dataset.theme = state.theme;
    else delete root.dataset.theme;
  };
  byId("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    state.theme = isDark ? "light" : "dark";
    theme();
    filter();
    write(false);
  });
  byId("print").addEventListener("click", () => print());

  const open = () => {
    for (const key of (state.open || "").split(",")) if (key) want(key);
  };
  for (const button of all("button[data-rows]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const key = button.dataset.rows;
      want(key);
      state.open = [...wanted].join(",");
      sortBy(state.sort);
      filter();
      write(false);
      live.textContent = "All rows are shown";
    });
  }

  addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !isTyping) {
      event.preventDefault();
      service.focus();
    } else if (event.key === "Escape" && (state.team || state.service)) clear();
  });
  const apply = () => {
    theme();
    if (state.team || state.service) buildAll();
    open();
    sortBy(state.sort);
    filter();
  };
  const unfold = (section, isOpen) => {
    section.classList.toggle("folded", !isOpen);
    const button = section.querySelector(".fold");
    if (button) button.setAttribute("aria-expanded", String(isOpen));
  };
  const go = () => {
    const target = state.at ? byId(state.at) : null;
    if (!target) return;
    const section = target.closest("section");
    if (section && section.classList.contains("folded")) unfold(section, true);
    const details = target.closest("details");
    if (details) details.open = true;
    target.scrollIntoView();
  };
  // On a phone sections from the fourth on open when their title is tapped.
  const fold = () => {
    for (const details of all("details.filters, details.figures")) details.open = false;
    for (const section of all("main section").slice(3)) {
      const title = section.querySelector("h2");
      const button = make("button", "fold");
      button.type = "button";
      button.append(...title.childNodes);
      title.append(button);
      button.addEventListener("click", () => unfold(section, section.classList.contains("folded")));
      unfold(section, false);
    }
  };
  const move = () => {
    const next = read();
    const isPlace = !location.hash.includes("=");
    state = isPlace ? { ...state, at: next.at } : next;
    apply();
    if (isPlace && next.at) write(false);
    go();
  };
  addEventListener("hashchange", move);
  addEventListener("popstate", () => {
    if (location.hash.includes("=") || !location.hash) {
      state = read();
      apply();
    }
  });
  for (const element of [byId("filters"), document.querySelector(".tools")]) element.hidden = false;
  if (matchMedia("(max-width:600px)").matches) fold();
  apply();
  if (state.at) go();
})();
