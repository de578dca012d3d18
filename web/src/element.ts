/** The element of index.html with this id. A missing one is a fault of the page, not of the visitor. */
export function element<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`index.html has no #${id}`);
  return found as Element as T;
}
