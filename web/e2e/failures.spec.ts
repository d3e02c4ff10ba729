/** What goes wrong is said with the cure that helps, in each browser. */
import { expect } from "./browser";
import { inEach } from "./browsers/each";
import { expectCount, expectInEveryWindow, expectInWindow, expectText, offer, RESULT, sample, tap, tryOn } from "./browsers/page";

const CARD = "[data-testid=history-card]";

inEach("a photo that cannot be used leads to another one, and a new garment forgets where the last was worn", async (visitor, url) => {
  await visitor.goto(`${url}/studio`);
  // A way to the store on which every byte is lost.
  await visitor.run(() => {
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (body) {
      send.call(this, body instanceof Blob ? new Blob([new Uint8Array(body.size).fill(7)], { type: body.type }) : body);
    };
  });
  await tryOn(visitor, "Kofi", "Dress");
  await expectCount(visitor, "input[value=overall]:checked", 1);
  const another = "[data-testid=stage] button";
  await expectText(visitor, another, "Choose another photo");
  await expectInEveryWindow(visitor, another);
  await tap(visitor, "Choose another photo", "[data-testid=stage]");
  expect(await offer(visitor, "garment", "shirt.jpg", sample("shirt.jpg"))).toMatch(/^\d+×\d+$/);
  await expectCount(visitor, "input[value=upper]:checked", 1);
  await expectInEveryWindow(visitor, "img[alt='Garment: shirt.jpg']", "label:has(> input[value=upper])");
});

inEach("a picture that did not load is loaded again by a tap, and by itself once it is there", async (visitor, url) => {
  await visitor.goto(`${url}/studio`);
  // A way from the store on which results are lost until `there` is set.
  await visitor.run(() => {
    const { setAttribute } = Element.prototype;
    const { set } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src") ?? {};
    const way = (url: string) => (url.includes("results/") && document.body.dataset.there !== "yes" ? "/lost.jpg" : url);
    Element.prototype.setAttribute = function (name, value) {
      setAttribute.call(this, name, this instanceof HTMLImageElement && name === "src" ? way(String(value)) : value);
    };
    Object.defineProperty(HTMLImageElement.prototype, "src", { set(url: string) { set?.call(this, way(url)); } });
  });
  const lost = "[data-testid=result] button";
  await tryOn(visitor, "Kofi", "T-shirt");
  await expectText(visitor, lost, "Load it again");
  await expectInEveryWindow(visitor, lost);
  await visitor.run(() => addEventListener("click", () => (document.body.dataset.there = "yes"), { capture: true, once: true }));
  await tap(visitor, "Load it again", "[data-testid=result]");
  await expectInWindow(visitor, RESULT);
  await visitor.run(() => (document.body.dataset.there = "no"));
  await tap(visitor, "History");
  await expectCount(visitor, CARD, 1);
  await visitor.run((card) => document.querySelector<HTMLElement>(card)?.click(), CARD);
  await expectText(visitor, lost, "Load it again");
  await visitor.run(() => (document.body.dataset.there = "yes"));
  await expectInWindow(visitor, RESULT);
});
