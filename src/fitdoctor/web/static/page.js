// What the page does beyond its form: it asks on paste and while typing, takes dropped files, and
// leaves the keyboard where it was. Without scripts the button does all of it.
"use strict";
(() => {
  const form = document.getElementById("form");
  if (!form) return;
  const text = document.getElementById("text");
  const files = document.getElementById("files");
  const status = document.getElementById("status");
  const TYPING = 700;
  let waiting = 0, shown = "", asked = null;

  const ask = (after) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), after);
  };
  text.addEventListener("paste", () => ask(0));
  text.addEventListener("input", (event) => {
    if (event.inputType !== "insertFromPaste" && text.value.trim()) ask(TYPING);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask(0);
  });
  files.addEventListener("change", () => files.files.length && ask(0));
  form.addEventListener("change", (event) => {
    if (event.target.closest(".correct")) ask(0);
  });

  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.add("drop");
  });
  addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("drop"));
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.remove("drop");
    files.files = event.dataTransfer.files;
    ask(0);
  });

  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    asked = event.submitter && event.submitter.name;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "answer") return;
    files.value = "";
    const said = document.querySelector("#answer [data-sentence]");
    const words = said ? said.dataset.sentence : "";
    status.textContent = words === shown ? "" : words;
    shown = words;
    for (const button of document.querySelectorAll("#answer .copy")) button.hidden = !navigator.clipboard;
    if (asked === "answer" || asked === "skip" || asked === "forget" || asked === "remove") {
      const next = document.getElementById("changed") || document.getElementById("ask");
      if (next) next.focus({ preventScroll: false });
    }
    asked = null;
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const code = event.detail.xhr && event.detail.xhr.status;
      status.textContent = code
        ? `This was refused (${code}). Reload the page, or bring a smaller part.`
        : "The server does not answer. Is fitdoctor serve still running?";
    });
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    await navigator.clipboard.writeText(button.closest("details").querySelector(".markdown").value);
    button.textContent = "Copied";
  });
})();
