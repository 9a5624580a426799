// What `.ci/validate/html` does in the browser.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
let isBroken = false;

for (const path of process.argv.slice(2)) {
  const problems = [];
  const url = pathToFileURL(path).href;

  // With a page that watches for what is refused, asked for or thrown.
  const opened = async (options, hash = "") => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) problems.push(`request: ${request.url()}`);
    });
    await page.goto(url + hash);
    return page;
  };
  const holds = (isTrue, what) => isTrue || problems.push(what);

  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 360]) {
      const page = await opened({ colorScheme, viewport: { width, height: 900 } });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      holds(wide <= width, `${wide} px wide at ${width}`);
      await page.context().close();
    }
    // axe-core is a script that the policy would refuse; what it looks at stays the same.
    const page = await opened({ colorScheme, bypassCSP: true });
    const items = await page.evaluate(() => {
      const items = [...document.querySelectorAll("details")];
      items.slice(0, 30).forEach((item) => (item.open = true));
      // Thousands of rows are all alike.
      document.querySelectorAll(".item:nth-of-type(n+31)").forEach((item) => item.remove());
      return items.length;
    });
    await page.evaluate(axe);
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const violation of found.violations) {
      const where = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ");
      problems.push(`axe, ${colorScheme}: ${violation.impact} ${violation.id}: ${violation.help} (${where})`);
    }
    holds(found.passes.length > 10 && items > 0, "axe saw nothing");
    await page.context().close();
  }

  // Without its script all of it is there, and the form that would do nothing is not.
  const plain = await opened({ javaScriptEnabled: false });
  holds(await plain.locator("h1").isVisible(), "no headline without the script");
  const rows = await plain.locator(".item > summary").count();
  if (rows > 0) {
    holds(await plain.locator(".item > summary").last().isVisible(), "a row is not there without the script");
    holds(!(await plain.locator("#filter").isVisible()), "a form that does nothing");
  }
  await plain.context().close();

  if (rows > 0) {
    const page = await opened({});
    const shown = () => page.locator(".item:not([hidden])").count();
    const result = () => page.locator("#count").textContent();
    const until = (text) => page.waitForFunction((text) => document.getElementById("count").textContent === text, text);
    holds((await shown()) === rows, "rows are hidden without a filter");
    const severity = await page.locator(".item").first().getAttribute("data-s");
    const alike = await page.locator(`.item[data-s="${severity}"]`).count();
    await page.selectOption("select[name=severity]", severity);
    await until(`${alike} of ${rows}`).catch(() => problems.push("the filter by severity does nothing"));
    holds((await shown()) === alike, `${await result()} are said, ${await shown()} are shown`);
    await page.fill("input[name=text]", "no such text in any of them");
    await until(`0 of ${rows}`).catch(() => problems.push("the filter by text does nothing"));
    await page.click("button[type=reset]");
    await until(`${rows} of ${rows}`).catch(() => problems.push("clearing the filter does nothing"));
    const cause = page.locator("a[data-cause]").first();
    if (await cause.count()) {
      const number = await cause.getAttribute("data-cause");
      const members = await page.locator(`.item[data-c="${number}"]`).count();
      await cause.click();
      await until(`${members} of ${rows}`).catch(() => problems.push("a cause does not lead to its findings"));
    }
    await page.context().close();

    const id = await (await opened({})).locator(".item").last().getAttribute("id");
    const linked = await opened({}, `#${id}`);
    const target = linked.locator(`[id="${id}"]`);
    holds(await target.evaluate((item) => item.open), "a link to a finding does not open it");
    holds(await target.evaluate((item) => item.getBoundingClientRect().top < innerHeight), "nor shows it");
    await linked.context().close();
  }

  console.log(`${basename(path)}: ${problems.length === 0 ? `${rows} rows, nothing found` : "found"}`);
  [...new Set(problems)].slice(0, 20).forEach((problem) => console.log(`  ${problem}`));
  isBroken ||= problems.length > 0;
}
await browser.close();
process.exit(isBroken ? 1 : 0);
