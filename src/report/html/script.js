"use strict";
(() => {
  const items = [...document.querySelectorAll(".item")];
  const form = document.getElementById("filter");
  const count = document.getElementById("count");
  const announcement = document.getElementById("announcement");
  const fields = { severity: "s", status: "t", namespace: "n", cause: "c" };
  const groups = [...document.querySelectorAll(".group")].map((group) => ({
    group, size: group.querySelector(".size"), items: [...group.querySelectorAll(".item")],
  }));
  const texts = new Map();
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  };

  const filter = () => {
    const wanted = Object.entries(fields)
      .map(([name, key]) => [key, form.elements[name]?.value])
      .filter(([, value]) => value);
    const owner = form.elements.owner.value;
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (item) =>
      wanted.every(([key, value]) => item.dataset[key] === value) &&
      (!owner || (item.dataset.o ?? "").split(" ").includes(owner)) &&
      words.every((word) => textOf(item).includes(word));
    let shown = 0;
    for (const { group, size, items } of groups) {
      let left = 0;
      for (const item of items) {
        const isOut = !matches(item);
        if (item.hidden !== isOut) item.hidden = isOut;
        if (!isOut) left += 1;
      }
      group.hidden = left === 0;
      size.textContent = left === items.length ? `${left}` : `${left} of ${items.length}`;
      shown += left;
    }
    count.textContent = `${shown} of ${items.length}`;
  };

  const show = (wanted) => {
    form.reset();
    for (const [name, value] of Object.entries(wanted)) form.elements[name].value = value;
    filter();
    const heading = document.getElementById("findings");
    heading.scrollIntoView();
    heading.focus({ preventScroll: true });
  };

  // Rows that were never in view have a guessed height, so that what is above may grow while it is scrolled to.
  const bringIntoView = (target, attempts = 8) => {
    target.scrollIntoView();
    const before = target.getBoundingClientRect().top;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      if (attempts > 0 && Math.abs(target.getBoundingClientRect().top - before) > 1) bringIntoView(target, attempts - 1);
    }));
  };

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    document.querySelector(".item.shown")?.classList.remove("shown");
    if (!target?.classList.contains("item")) return;
    if (target.hidden) {
      form.reset();
      filter();
    }
    target.open = true;
    target.classList.add("shown");
    bringIntoView(target);
    target.querySelector("summary").focus({ preventScroll: true });
  };

  const copy = async (button) => {
    const command = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "Copied";
      announcement.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(command);
      button.textContent = "Selected";
      announcement.textContent = "The command is selected";
    }
    setTimeout(() => {
      button.textContent = "Copy";
      announcement.textContent = "";
    }, 2000);
  };

  const offerCopies = (within) => {
    for (const block of within.querySelectorAll("pre:not(:has(.copy))")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      block.prepend(button);
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".copy");
    if (button) copy(button);
    const link = event.target.closest("a[data-cause], a[data-owner]");
    if (link && form) {
      event.preventDefault();
      show(link.dataset.cause ? { cause: link.dataset.cause } : { owner: link.dataset.owner });
    }
    const self = event.target.closest("a[href^='#f']");
    if (self && !link && self.hash === location.hash) open();
  });
  document.addEventListener("toggle", (event) => event.target.open && offerCopies(event.target), true);
  addEventListener("hashchange", open);
  if (form) {
    let pending;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => {
      clearTimeout(pending);
      pending = setTimeout(filter, 120);
    });
    form.addEventListener("reset", () => setTimeout(filter));
    form.hidden = false;
    if (form.elements.text.value || [...form.querySelectorAll("select")].some((field) => field.value)) filter();
  }
  if (items.length > 0) open();
})();
