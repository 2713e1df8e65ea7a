// Opens the review of a run in headless Chromium, without a network, as its readers would.
//
//     node data/checks/browser/check.mjs OUT [SHOTS]      # OUT: folder that `sequela run` wrote; SHOTS: folder for screenshots
//
// Checked: nothing is loaded from outside and nothing is written to the console; every chart is drawn; filters, sorting, the address and
// the theme work; nothing is wider than a phone; printing gives whole pages; axe-core finds no serious violation in light, dark and at
// 390 px. CHROMIUM names another browser than /usr/bin/chromium. Exit code 1 and a list when anything fails.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [out, shots] = process.argv.slice(2);
if (!out) throw new Error("usage: node check.mjs OUT [SHOTS]");
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const address = pathToFileURL(path.resolve(out, "review.html")).href;
const failures = [];
const expect = (holds, what) => {
  if (!holds) failures.push(what);
};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A page that knows what it asked for and what it complained about. */
async function open(width, options = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width, height: 900 }, offline: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on("console", (message) => expect(!["error", "warning"].includes(message.type()), `${width} px: console: ${message.text()}`));
  page.on("pageerror", (error) => expect(false, `${width} px: ${error.message}`));
  page.on("request", (request) => expect(/^(file|data):/.test(request.url()), `${width} px: asks for ${request.url()}`));
  await page.goto(address + hash);
  // Sections far below are not laid out until they are reached: everything is looked at here.
  if (options.javaScriptEnabled !== false) await page.addStyleTag({ content: "* { content-visibility: visible !important }" });
  return page;
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const violation of violations.filter(({ impact }) => ["serious", "critical"].includes(impact))) {
    expect(false, `${name}: ${violation.id} (${violation.impact}): ${violation.help}: ${violation.nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  }
}

async function picture(page, name) {
  if (!shots) return;
  fs.mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
}

/** Charts that are shown have a size and marks; no two texts of one chart lie on each other, and none leaves its frame. */
async function drawn(page, name) {
  const faults = await page.evaluate(() => {
    const faults = [];
    const shown = [...document.querySelectorAll("figure svg")].filter((svg) => svg.getClientRects().length);
    if (shown.length < 4) faults.push(`only ${shown.length} charts are shown`);
    for (const svg of shown) {
      const title = (svg.querySelector("title") || {}).textContent || "a chart";
      const frame = svg.getBoundingClientRect();
      if (svg.querySelectorAll("path, polyline, polygon, rect, circle, line").length < 3) faults.push(`${title}: nothing is drawn`);
      const boxes = [...svg.querySelectorAll("text")].map((text) => [text.textContent.trim(), text.getBoundingClientRect()]);
      for (const [index, [words, box]] of boxes.entries()) {
        const slack = 2;
        const isInside = box.left >= frame.left - slack && box.right <= frame.right + slack && box.top >= frame.top - slack && box.bottom <= frame.bottom + slack;
        if (!isInside) faults.push(`${title}: "${words}" leaves the frame`);
        for (const [others, other] of boxes.slice(index + 1)) {
          const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
          const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
          if (across > 2 && down > 4) faults.push(`${title}: "${words}" lies on "${others}"`);
        }
      }
    }
    return faults;
  });
  for (const fault of faults) expect(false, `${name}: ${fault}`);
}

async function fits(page, name) {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond <= 0, `${name}: the page is ${beyond} px too wide`);
}

/** Sorting a table by its second column puts its rows in order, says so, and stays in the address. */
async function sorts(page) {
  const head = page.locator("table[data-key] thead button.sort").nth(1);
  expect((await head.count()) === 1, "no table can be sorted");
  await head.click();
  const state = await head.evaluate((button) => button.closest("th").getAttribute("aria-sort"));
  expect(["ascending", "descending"].includes(state), `sorting leaves aria-sort ${state}`);
  expect((await page.locator("#live").textContent()).startsWith("Sorted by"), "sorting is not said aloud");
  expect((await page.evaluate(() => location.hash)).includes("sort="), "sorting is not kept in the address");
}

/** A filter hides the rows of other teams, and the address brings it back. */
async function filters(page) {
  const team = await page.locator("#team option").nth(1).textContent();
  await page.selectOption("#team", { label: team });
  const others = await page.evaluate((team) => [...document.querySelectorAll("tbody tr[data-team]")].filter((row) => !row.hidden && row.dataset.team !== team).length, team);
  expect(others === 0, `filtering by ${team} leaves ${others} rows of other teams`);
  const hits = await page.locator("figure svg text.hit").count();
  const named = await page.evaluate((team) => [...document.querySelectorAll("figure svg text")].filter((text) => text.textContent.trim() === team).length, team);
  expect(hits === named && hits > 0, `${hits} of ${named} marks of ${team} are set off in the charts`);
  const hash = await page.evaluate(() => location.hash);
  const again = await open(1280, {}, hash);
  expect((await again.locator("#team").inputValue()) === team, "the address does not bring the filter back");
  await again.close();
  await page.keyboard.press("Escape");
  expect((await page.locator("#team").inputValue()) === "", "Escape does not clear the filter");
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement.id === "service"), "/ does not reach the filter of services");
}

async function darkens(page) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.click("#theme");
  expect((await ground()) !== light, "the button does not change the theme");
  await page.click("#theme");
}

/** Whole A4 pages: a PDF with more than one page, none of them larger. */
async function prints(page) {
  const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true, ...(shots ? { path: path.join(shots, "review.pdf") } : {}) });
  const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) || []).length;
  expect(pages >= 3 && pages <= 40, `printing gives ${pages} pages`);
}

const wide = await open(1280);
await drawn(wide, "1280 px");
await fits(wide, "1280 px");
await accessible(wide, "1280 px");
await picture(wide, "wide");
await sorts(wide);
await filters(wide);
await darkens(wide);
await prints(wide);
const dark = await open(1280, { colorScheme: "dark" });
await accessible(dark, "dark");
await picture(dark, "dark");
const phone = await open(390, { isMobile: true, hasTouch: true });
await drawn(phone, "390 px");
await fits(phone, "390 px");
await accessible(phone, "390 px");
await picture(phone, "phone");
const plain = await open(1280, { javaScriptEnabled: false });
expect((await plain.locator("main section").count()) >= 7, "without script sections are missing");
const narrow = await open(320);
await fits(narrow, "320 px");
await browser.close();

for (const failure of failures) console.log(`- ${failure}`);
console.log(failures.length ? `${failures.length} faults in ${address}` : "review.html: nothing loaded, charts drawn, filters, sorting and print work, no serious axe violation");
process.exitCode = failures.length ? 1 : 0;
