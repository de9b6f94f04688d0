// Bars of runs at work: asked for every two seconds, and the page once more when one has ended. A page that waits for a
// run to begin says after how many seconds it wants to be asked for again.
(() => {
  const follow = (box) => {
    const bar = box.querySelector("progress");
    const words = box.querySelector("[data-progress-words]");
    const look = async () => {
      let found;
      try {
        const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
        if (!answer.ok) return;
        found = await answer.json();
      } catch {
        words.textContent = "the server cannot be asked";
        setTimeout(look, 5000);
        return;
      }
      if (found.status !== "running") {
        words.textContent = found.label.toLowerCase();
        location.reload();
        return;
      }
      if (found.percent === null) {
        bar.removeAttribute("value");
        words.textContent = "at work";
      } else {
        bar.value = found.percent;
        words.textContent = `${found.percent}% (${found.done.toLocaleString()} of ${found.total.toLocaleString()})`;
      }
      setTimeout(look, 2000);
    };
    setTimeout(look, 1000);
  };
  const start = () => {
    document.querySelectorAll("[data-progress]").forEach(follow);
    const waiting = document.querySelector("[data-reload-after]");
    if (waiting) setTimeout(() => location.reload(), 1000 * Number(waiting.dataset.reloadAfter));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
