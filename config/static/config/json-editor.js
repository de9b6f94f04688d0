// Text areas for JSON (data-json-editor): line numbers, a marked line, indentation, and a button that formats.
// Without it they are plain text areas that do the same work.
"use strict";

(() => {
  const LINE = 80;
  const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  const CLOSING = { "{": "}", "[": "]" };

  // The text again with its tokens as they were written: a number of twenty digits keeps all of them.
  const format = (text) => {
    JSON.parse(text);
    const tokens = text.match(TOKEN);
    let next = 0;

    const read = () => {
      const token = tokens[next++];
      if (!(token in CLOSING)) {
        return token;
      }
      const node = { open: token, parts: [] };
      while (tokens[next] !== CLOSING[token]) {
        let key = "";
        if (token === "{") {
          key = `${tokens[next]}: `;
          next += 2;
        }
        node.parts.push({ key, value: read() });
        if (tokens[next] === ",") {
          next += 1;
        }
      }
      next += 1;
      return node;
    };

    const isNested = (value) => typeof value === "object" && value.parts.length > 0;

    const write = (value, indent) => {
      if (typeof value === "string") {
        return value;
      }
      const flat = `${value.open}${value.parts.map((part) => part.key + write(part.value, "")).join(", ")}${CLOSING[value.open]}`;
      if (!value.parts.some((part) => isNested(part.value)) && indent.length + flat.length <= LINE) {
        return flat;
      }
      const inner = `${indent}  `;
      const lines = value.parts.map((part) => `\n${inner}${part.key}${write(part.value, inner)}`);
      return `${value.open}${lines.join(",")}\n${indent}${CLOSING[value.open]}`;
    };

    return write(read(), "");
  };

  // Through the browser's own editing, so that undo takes it back.
  const type = (area, text) => {
    if (!document.execCommand("insertText", false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const indentationAt = (area) => {
    const before = area.value.slice(0, area.selectionStart);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    return /^ */.exec(line)[0] + (/[{[]\s*$/.test(line) ? "  " : "");
  };

  const dress = (area) => {
    if (area.closest(".agora-editor")) {
      return;
    }
    const editor = document.createElement("div");
    editor.className = "agora-editor";
    const gutter = document.createElement("div");
    gutter.className = "agora-gutter agora-mono";
    gutter.setAttribute("aria-hidden", "true");
    const numbers = document.createElement("div");
    gutter.append(numbers);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "agora-format";
    button.textContent = "Format";
    area.replaceWith(editor);
    editor.append(gutter, area, button);

    let leaving = false;
    let marked = 0;

    const number = () => {
      const count = area.value.split("\n").length;
      if (numbers.childElementCount !== count) {
        numbers.replaceChildren(
          ...Array.from({ length: count }, (_, index) => {
            const line = document.createElement("div");
            line.textContent = index + 1;
            return line;
          }),
        );
      }
      [...numbers.children].forEach((line, index) => line.classList.toggle("agora-wrong", index + 1 === marked));
    };
    const follow = () => {
      numbers.style.transform = `translateY(${-area.scrollTop}px)`;
    };

    area.addEventListener("input", number);
    area.addEventListener("scroll", follow);
    area.addEventListener("agora:mark", (event) => {
      marked = event.detail;
      number();
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Tab" && !event.shiftKey && !leaving) {
        event.preventDefault();
        type(area, "  ");
      } else if (event.key === "Enter" && !event.isComposing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        type(area, `\n${indentationAt(area)}`);
      }
      // Escape and then Tab goes on to the next field.
      leaving = event.key === "Escape";
    });
    button.addEventListener("click", () => {
      try {
        const text = format(area.value);
        if (text !== area.value) {
          area.focus();
          area.select();
          type(area, text);
          area.setSelectionRange(0, 0);
          area.scrollTop = 0;
        }
      } catch {
        // What is wrong with it stands below, with its line.
        area.focus();
      }
    });
    number();
  };

  // A verdict names the line on which reading stopped: data-line-of (name of the field) and data-line.
  const mark = (root) => {
    root.querySelectorAll("[data-line-of]").forEach((place) => {
      const area = document.querySelector(`textarea[name="${place.dataset.lineOf}"]`);
      area?.dispatchEvent(new CustomEvent("agora:mark", { detail: Number(place.dataset.line) || 0 }));
    });
  };

  const start = () => document.querySelectorAll("textarea[data-json-editor]").forEach(dress);
  document.addEventListener("htmx:afterSwap", (event) => mark(event.target));
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
