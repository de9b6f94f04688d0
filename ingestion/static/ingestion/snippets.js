// Copy buttons and tabs with arrow keys, also in parts of the page that are put in later.
(() => {
  const text = (element) => element.value ?? element.textContent;

  // Where a page is not encrypted, browsers have no clipboard but that of the selection.
  const copy = async (element) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text(element));
    const area = document.createElement("textarea");
    area.value = text(element);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("The browser does not copy");
  };

  const say = (button, word) => {
    button.textContent = word;
    clearTimeout(button.timer);
    button.timer = setTimeout(() => (button.textContent = "Copy"), 2000);
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies]");
    if (button) {
      const element = document.getElementById(button.dataset.copies);
      await copy(element).then(
        () => say(button, "Copied"),
        () => (say(button, "Select it"), element.focus()),
      );
    } else if (event.target.closest("[data-shows-snippets]")) {
      const snippets = document.getElementById("snippets");
      if (snippets) {
        event.preventDefault();
        snippets.scrollIntoView({ block: "start" });
      }
    }
  });

  // A dialog that has changed a part of the page below it names that part; htmx would do the same, but unfold takes
  // every row that htmx puts in for one of a paginated list.
  document.addEventListener("htmx:afterSwap", async () => {
    const dialog = document.querySelector("[data-renews]");
    if (!dialog) return;
    const id = dialog.dataset.renews;
    dialog.removeAttribute("data-renews");
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const renewed = page.getElementById(id);
    if (renewed) document.getElementById(id)?.replaceWith(renewed);
  });

  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const tabs = [...(event.target.closest("[data-tabs]")?.querySelectorAll("[role=tab]") ?? [])];
    if (!step || !tabs.length) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    next.click();
    next.focus();
  });
})();
