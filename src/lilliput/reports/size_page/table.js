// Firmware -> the table of its leaves: searched, sorted, and of one tile if one is entered.

const ROWS_AT_ONCE = 200;

class Table {
  constructor(firmware, onZoom) {
    this.firmware = firmware;
    this.columns = tableColumns(firmware, onZoom);
    this.column = this.columns[firmware.compared ? 1 : 0];
    this.descending = true;
    this.inside = 0;
    find("#symbols thead tr").append(...this.columns.map((column) => this.heading(column)));
    find("#search").addEventListener("input", () => this.draw(this.inside));
    find("#more").addEventListener("click", () => this.draw(this.inside, this.rows + ROWS_AT_ONCE));
  }

  draw(inside, rows = ROWS_AT_ONCE) {
    this.inside = inside;
    this.rows = rows;
    const found = this.found();
    const sum = (memory) => number(found.reduce((total, leaf) => total + this.firmware.size(leaf, memory), 0));
    find("#matches").textContent = `${number(found.length)} rows, ${sum("flash")} bytes of flash, ${sum("ram")} of RAM`;
    find("#symbols tbody").replaceChildren(...found.slice(0, rows).map((leaf) => this.row(leaf)));
    find("#more").hidden = found.length <= rows;
    for (const [at, heading] of [...find("#symbols thead tr").children].entries()) {
      if (this.columns[at] !== this.column) heading.removeAttribute("aria-sort");
      else heading.setAttribute("aria-sort", this.descending ? "descending" : "ascending");
    }
  }

  found() {
    const { firmware, inside } = this;
    const words = find("#search").value.toLowerCase().split(/\s+/);
    const isInside = (leaf) => inside === 0 || firmware.paths[leaf].includes(inside);
    const matches = (leaf, at) => isInside(leaf) && words.every((word) => firmware.texts[at].includes(word));
    const sign = this.descending ? -1 : 1;
    const keyed = firmware.leaves.filter(matches).map((leaf) => [this.column.key(leaf), leaf]);
    keyed.sort(([one], [other]) => sign * (one < other ? -1 : one > other ? 1 : 0));
    return keyed.map(([, leaf]) => leaf);
  }

  row(leaf) {
    const made = element("tr");
    for (const column of this.columns) {
      const cell = element("td", "", column.className);
      column.fill(cell, leaf);
      made.append(cell);
    }
    return made;
  }

  heading(column) {
    const made = element("th", "", column.className);
    const button = made.appendChild(element("button", column.title));
    button.type = "button";
    button.addEventListener("click", () => {
      this.descending = column === this.column ? !this.descending : column.className === "number";
      this.column = column;
      this.draw(this.inside);
    });
    return made;
  }
}

function tableColumns(firmware, onZoom) {
  const sizes = ["flash", "ram"].flatMap((memory) => {
    const size = sizeColumn(firmware, memory);
    return firmware.compared ? [size, changeColumn(firmware, memory)] : [size];
  });
  const group = (leaf) => firmware.paths[leaf][0];
  const name = (leaf) => firmware.title(leaf);
  const way = (className, title, to, text) => ({
    className,
    title,
    key: text,
    fill: (cell, leaf) => text(leaf) && cell.append(zoomButton(text(leaf), () => onZoom(to(leaf)))),
  });
  return [
    ...sizes,
    { className: "name", title: "symbol", key: name, fill: (cell, leaf) => fillName(firmware, cell, leaf) },
    way("group", "group", group, (leaf) => firmware.title(group(leaf))),
    way("place", "from", (leaf) => firmware.parent[leaf], (leaf) => firmware.place(leaf)),
  ];
}

function sizeColumn(firmware, memory) {
  const key = (leaf) => firmware.size(leaf, memory);
  const title = memory === "ram" ? "RAM" : memory;
  return { className: "number", title, key, fill: (cell, leaf) => cell.append(key(leaf) ? number(key(leaf)) : "") };
}

// Sorted by how much has changed, whether it has grown or shrunk.
function changeColumn(firmware, memory) {
  const growth = (leaf) => firmware.growth(leaf, memory);
  function fill(cell, leaf) {
    if (!growth(leaf)) return;
    cell.append(signed(growth(leaf)));
    cell.classList.add(growth(leaf) > 0 ? "grown-by" : "shrunk-by");
  }
  return { className: "number", title: "change", key: (leaf) => Math.abs(growth(leaf)), fill };
}

function fillName(firmware, cell, leaf) {
  cell.append(element("bdi", firmware.title(leaf)));
  if (firmware.change[leaf]) cell.append(element("small", firmware.change[leaf]));
}

function zoomButton(text, onClick) {
  const button = element("button", text);
  button.type = "button";
  button.title = "Show in the treemap";
  button.addEventListener("click", onClick);
  return button;
}
