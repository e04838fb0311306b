/* Lets a file be dropped anywhere on the check page; the form works without it. */
"use strict";

(function () {
  const form = document.getElementById("check-file");
  const input = form && form.querySelector("input[type=file]");
  if (!input) return;

  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, function (event) {
      event.preventDefault();
      form.classList.add("drop-ready");
    });
  }
  document.addEventListener("dragleave", function (event) {
    if (!event.relatedTarget) form.classList.remove("drop-ready");
  });
  document.addEventListener("drop", function (event) {
    event.preventDefault();
    form.classList.remove("drop-ready");
    if (event.dataTransfer.files.length !== 1) return;
    input.files = event.dataTransfer.files;
    form.submit();
  });
  input.addEventListener("change", function () {
    if (input.files.length === 1) form.submit();
  });
})();
