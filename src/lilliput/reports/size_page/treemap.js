// Firmware -> the treemap of one memory. A click on a tile or on the path above goes through `onZoom`.

const LEVELS = 4;
const MOST_TILES = 1500;
const GROUP_COLOURS = "#4e79a7 #e08a3c #5a9e6f #b07aa1 #d0a93b #4fa3a5 #c9655d #8c6d5a #7f8fc9 #a3ad55".split(" ");
const STAND_IN_COLOUR = "#8b949c";

class Treemap {
  constructor(firmware, place, onZoom) {
    this.firmware = firmware;
    this.place = place;
    this.onZoom = onZoom;
    this.groupColours = groupColours(firmware);
  }

  // Draw what is in a tile. Returns how many tiles were drawn, and how many were left out for being too small.
  draw(memory, byChange, inside) {
    const { firmware, place } = this;
    const areas = firmware.areas(memory, byChange);
    const visible = areas[inside] ? this.visible(areas, inside) : [];
    if (!visible.length) return { drawn: 0, left: 0 };
    const shown = [...new Set([0, ...firmware.paths[inside], ...visible.slice(0, MOST_TILES)])];
    const paint = firmware.compared ? changeColour : this.groupColour;
    const above = inside === 0 ? 0 : 26;
    const trace = {
      type: "treemap",
      branchvalues: "total",
      ids: shown.map(String),
      parents: shown.map((tile) => (tile ? String(firmware.parent[tile]) : "")),
      labels: shown.map((tile) => this.label(tile, inside)),
      values: shown.map((tile) => areas[tile]),
      text: shown.map((tile) => (byChange ? signed(firmware.growth(tile, memory)) : bytesText(firmware, tile, memory))),
      customdata: shown.map((tile) => hoverText(firmware, tile)),
      textinfo: "label+text",
      hovertemplate: "%{customdata}<extra></extra>",
      level: String(inside),
      maxdepth: LEVELS,
      marker: {
        colors: shown.map((tile) => paint.call(this, firmware, tile, memory)),
        line: { width: 1, color: colour("panel") },
        pad: { t: 20, l: 3, r: 3, b: 3 },
      },
      tiling: { pad: 1 },
      pathbar: { visible: inside !== 0, thickness: 24 },
    };
    const margin = { t: above, l: 0, r: 0, b: 0 };
    Plotly.react(place, [trace], layout({ margin, uniformtext: { minsize: 10, mode: "hide" } }), CONFIG);
    place.removeAllListeners("plotly_treemapclick");
    place.on("plotly_treemapclick", ({ nextLevel }) => {
      if (nextLevel !== undefined) this.onZoom(Number(nextLevel));
      return false;
    });
    return { drawn: shown.length, left: visible.length - Math.min(visible.length, MOST_TILES) };
  }

  // The tiles to see in a tile, the largest first. What a tile is in is as large and comes before it.
  visible(areas, inside) {
    const { paths, all } = this.firmware;
    const deepest = paths[inside].length + LEVELS - 1;
    const isInside = (tile) => inside === 0 || paths[tile].includes(inside);
    const visible = all.filter((tile) => areas[tile] > 0 && paths[tile].length <= deepest && isInside(tile));
    return visible.sort((one, other) => areas[other] - areas[one]);
  }

  // A headline has one line; what is drawn without anything in it has room for three.
  label(tile, inside) {
    const { firmware } = this;
    const levels = firmware.paths[tile].length - firmware.paths[inside].length;
    const isHeadline = firmware.parents.has(tile) && levels < LEVELS - 1;
    return isHeadline ? plain(short(firmware.label(tile), 60)) : wrapped(firmware.label(tile), 18, 3);
  }

  groupColour(firmware, tile) {
    const [group, ...below] = firmware.paths[tile];
    return group ? mixed(this.groupColours.get(group), colour("panel"), 0.1 * below.length) : colour("same");
  }
}

// The largest group has the first colour; padding and what has no name are grey.
function groupColours(firmware) {
  const groups = firmware.all.filter((tile) => firmware.parent[tile] === 0);
  groups.sort((one, other) => firmware.size(other, "flash") - firmware.size(one, "flash"));
  const named = groups.filter((tile) => !firmware.merged[tile] && !/^(\[|padding$)/.test(firmware.name[tile]));
  const colours = new Map(groups.map((tile) => [tile, STAND_IN_COLOUR]));
  for (const [at, tile] of named.entries()) colours.set(tile, GROUP_COLOURS[at % GROUP_COLOURS.length]);
  return colours;
}

// The root makes changes of a few per cent visible.
function changeColour(firmware, tile, memory) {
  const [size, growth] = [firmware.size(tile, memory), firmware.growth(tile, memory)];
  const strength = Math.sqrt(Math.abs(growth) / Math.max(size, size - growth, 1));
  return mixed(colour("same"), colour(growth > 0 ? "grown" : "shrunk"), growth ? 0.2 + 0.8 * strength : 0);
}

function bytesText(firmware, tile, memory) {
  const growth = firmware.growth(tile, memory);
  return number(firmware.size(tile, memory)) + (growth ? ` (${signed(growth)})` : "");
}

function hoverText(firmware, tile) {
  const above = firmware.paths[tile].slice(0, -1).map((each) => plain(short(firmware.title(each), 60)));
  const amounts = ["flash", "ram"].map((memory) => {
    const size = firmware.size(tile, memory);
    const share = size ? `, ${((100 * size) / firmware.size(0, memory)).toFixed(1)}%` : "";
    return `${memory === "ram" ? "RAM" : memory} ${bytesText(firmware, tile, memory)} bytes${share}`;
  });
  const title = `<b>${wrapped(firmware.title(tile), 80, 4)}</b>`;
  const change = wrapped(firmware.change[tile], 80, 2);
  return [title, above.join(" \u203a "), change, ...amounts].filter(Boolean).join("<br>");
}
