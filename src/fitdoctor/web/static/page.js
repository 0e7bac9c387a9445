// What the page does beyond its form: it asks on paste and while typing, takes dropped files, and
// leaves the keyboard where it was. Without scripts the button does all of it.
"use strict";
(() => {
  // What is replaced while a training runs stays as it was set: what is open, and what is ticked.
  let open = [], ticked = [];
  const named = (details) => (details.querySelector("summary").textContent || "").replace(/[0-9]+/g, "");
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    open = [...target.querySelectorAll("details[open]")].map(named);
    ticked = [...target.querySelectorAll("input:checked")].map((box) => box.value);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const details of document.querySelectorAll("#answer details"))
      if (open.includes(named(details))) details.open = true;
    for (const box of document.querySelectorAll("#runs input"))
      if (ticked.includes(box.value)) box.checked = true;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const by = event.detail.requestConfig.triggeringEvent;
    const field = document.activeElement && document.activeElement.closest("#answer .correct input");
    const typing = field && field.value !== field.defaultValue;
    if (by && by.type.startsWith("sse:") && typing) event.preventDefault();
  });

  const form = document.getElementById("form");
  if (!form) return;
  const text = document.getElementById("text");
  const files = document.getElementById("files");
  const status = document.getElementById("status");
  const TYPING = 700, MOST_SHOWN = 300000;
  let waiting = 0, shown = "", asked = null;

  const ask = (after) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), after);
  };
  // What is too long to be shown and sent again with every answer becomes a file.
  text.addEventListener("paste", (event) => {
    const pasted = event.clipboardData ? event.clipboardData.getData("text") : "";
    if (pasted.length > MOST_SHOWN) {
      event.preventDefault();
      const made = new DataTransfer();
      made.items.add(new File([pasted], "pasted.txt", { type: "text/plain" }));
      files.files = made.files;
    }
    ask(0);
  });
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
    status.textContent = "";
    document.getElementById("said").textContent = words === shown ? "" : words;
    shown = words;
    text.rows = 3;
    for (const link of form.querySelectorAll(".example")) link.remove();
    for (const button of document.querySelectorAll("#answer .copy")) button.hidden = !navigator.clipboard;
    if (asked === "mend") document.getElementById("mended").focus();
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
