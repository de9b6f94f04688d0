// Keys of the desk's pages: whatever has data-key is clicked, or focused where it is a field, when its key is pressed
// outside of fields. Without it everything is reached by Tab.
"use strict";

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
    return;
  }
  const isField = target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  // A link or a button that has the focus has its own meaning of Enter.
  if (isField || target.isContentEditable || (key === "Enter" && target.matches("a, button, summary"))) {
    if (isField && key === "Escape") {
      target.blur();
    }
    return;
  }
  const wanted = document.querySelector(`.agora-desk [data-key="${CSS.escape(key)}"]`);
  if (wanted === null) {
    return;
  }
  event.preventDefault();
  if (wanted.matches("textarea")) {
    wanted.focus();
  } else {
    wanted.click();
  }
});

// While the page of a case is looked at it says so; the server counts the minutes, and knows when a break is due.
const beats = document.querySelector("[data-beats]");
if (beats !== null) {
  setInterval(async () => {
    if (document.visibilityState !== "visible") {
      return;
    }
    try {
      const answer = await fetch(location.pathname, { method: "POST", body: new FormData(beats) });
      const said = answer.ok && !answer.redirected ? await answer.json() : {};
      if (said.break) {
        document.querySelector(".agora-break").hidden = false;
      }
    } catch {
      // The next one says it.
    }
  }, 20000);
}
