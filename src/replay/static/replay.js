// Keys, a list that follows what is typed, and a crawl that is watched live. Every page works without.
"use strict";

// Keys. A link with data-key answers to that key; in a list, data-row-key to the row that is looked at.
const help = document.getElementById("help");
const helpButton = document.getElementById("help-button");
helpButton?.classList.remove("scripted");
helpButton?.addEventListener("click", () => help.showModal());

const rows = () => [...document.querySelectorAll("[data-row]")];

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function follow(key) {
  const row = document.activeElement?.closest(".row");
  const link = row?.querySelector(`[data-row-key="${key}"]`) ?? document.querySelector(`[data-key="${key}"]`);
  if (!link) return false;
  link.click();
  if (key === "t") document.querySelector("#notes [name=tags]").focus();
  return true;
}

addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && typing) {
    event.target.blur();
    return;
  }
  if (typing || help?.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const box = document.getElementById("q");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "j" || event.key === "k") {
    move(event.key === "j" ? 1 : -1);
  } else if (event.key === "?") {
    help?.showModal();
  } else if (event.key === "g") {
    location.href = "/";
  } else if ("ohdetv[]".includes(event.key) && follow(event.key)) {
    event.preventDefault();
  }
});

// The list follows what is typed and chosen. Where another page shows, the search box leads home as any form does.
const listing = document.getElementById("listing");
const filters = document.getElementById("filters");
if (listing && filters) {
  const box = document.getElementById("q");
  const told = document.getElementById("found-words");
  let waiting = 0;
  let asked = 0;

  const question = () => {
    const query = new URLSearchParams();
    filters.elements.q.value = box.value;
    for (const [name, value] of new FormData(filters)) if (value) query.append(name, value);
    return query;
  };

  const refresh = async () => {
    const query = question();
    const mine = ++asked;
    // Typing an address is no search; Enter leads to its history.
    if (box.value.includes("://")) return;
    const live = new URLSearchParams(query);
    live.set("part", "list");
    let answer;
    try {
      answer = await fetch(`/?${live}`);
    } catch {
      return;
    }
    if (!answer.ok || mine !== asked) return;
    const text = await answer.text();
    if (mine !== asked) return;
    // From our own server, where it was escaped; and the page's policy lets nothing in it run.
    listing.innerHTML = text;
    history.replaceState(null, "", query.size ? `/?${query}` : "/");
    const count = rows().length;
    told.textContent = count ? `${count} shown` : "Nothing fits";
  };

  const soon = (delay) => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, delay);
  };
  box.addEventListener("input", () => soon(90));
  filters.addEventListener("input", (event) => soon(event.target.matches("input:not([type])") ? 180 : 0));
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    soon(0);
  });
}

// What can be scrolled can be scrolled by keyboard, in every browser.
for (const it of document.querySelectorAll("pre, .content table, .scroll, .lacking ul, .beside")) {
  if (it.scrollWidth > it.clientWidth || it.scrollHeight > it.clientHeight) it.tabIndex = 0;
}

// A crawl is looked at once a second, while anybody can see it.
const crawling = document.getElementById("crawling");
if (crawling) {
  const look = async () => {
    if (document.visibilityState === "visible" && !crawling.contains(document.activeElement)) {
      try {
        const answer = await fetch(crawling.dataset.live);
        if (answer.ok) crawling.innerHTML = await answer.text();
      } catch {
        // The server is gone for now: what was seen last stays.
      }
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}
