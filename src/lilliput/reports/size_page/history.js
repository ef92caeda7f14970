// Measurements over time, oldest first -> a chart of flash and RAM for each firmware.

const LEAST_MARGIN_BYTES = 8;
const TICK_WIDTH = 84;
const MOST_GROUPS = 4;

function drawHistory(place, measurements) {
  place.replaceChildren();
  if (!measurements.length) place.append(element("p", "Nothing is recorded of this firmware and branch.", "note"));
  for (const firmware of new Set(measurements.map((each) => each.firmware))) {
    const chart = element("div");
    place.append(element("h3", firmware), chart);
    drawTrend(chart, measurements.filter((each) => each.firmware === firmware));
  }
}

function drawTrend(chart, rows) {
  const every = Math.ceil((rows.length * TICK_WIDTH) / (chart.clientWidth - 112));
  const ticks = [...rows.keys()].filter((at) => at % every === 0);
  const xaxis = {
    anchor: "y2",
    tickvals: ticks,
    ticktext: ticks.map((at) => plain(rows[at].commit.slice(0, 8) || rows[at].recorded_at.slice(0, 10))),
    tickangle: 0,
    showgrid: false,
    zeroline: false,
    fixedrange: true,
  };
  const lines = [
    trendLine(rows, "flash_bytes", "flash", "y", GROUP_COLOURS[0]),
    trendLine(rows, "ram_bytes", "RAM", "y2", GROUP_COLOURS[1]),
  ];
  const axes = {
    xaxis,
    yaxis: trendAxis(rows, "flash_bytes", "flash, bytes", [0.56, 1]),
    yaxis2: trendAxis(rows, "ram_bytes", "RAM, bytes", [0, 0.44]),
  };
  const margin = { t: 8, l: 88, r: 24, b: 36 };
  Plotly.newPlot(chart, lines, layout({ height: 360, margin, showlegend: false, ...axes }), CONFIG);
}

function trendLine(rows, field, title, yaxis, lineColour) {
  return {
    type: "scatter",
    mode: "lines+markers",
    x: [...rows.keys()],
    y: rows.map((each) => each[field]),
    yaxis,
    line: { color: lineColour, width: 2 },
    customdata: rows.map((each, at) => momentText(each, rows[at - 1] ?? each, field, title)),
    hovertemplate: "%{customdata}<extra></extra>",
  };
}

// Not from zero: a change of a few bytes is to be seen.
function trendAxis(rows, field, title, domain) {
  const sizes = rows.map((each) => each[field]);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const margin = Math.max(LEAST_MARGIN_BYTES, (most - least) / 8);
  const range = [least - margin, most + margin];
  const grid = { gridcolor: colour("line"), zeroline: false, tickformat: ",d", fixedrange: true };
  return { title: { text: title }, domain, range, ...grid };
}

function momentText(row, before, field, title) {
  const change = row[field] - before[field];
  const changes = groupChanges(row, before, field).slice(0, MOST_GROUPS);
  return [
    `<b>${title} ${number(row[field])} bytes${change ? ` (${signed(change)})` : ""}</b>`,
    plain(short([row.commit.slice(0, 8), row.branch].filter(Boolean).join(" on "), 80)),
    `${row.recorded_at.slice(0, 16).replace("T", " ")} UTC`,
    ...changes.map(([name, bytes]) => `${plain(short(name, 60))} ${signed(bytes)}`),
    row.toolchain === before.toolchain ? "" : `new toolchain ${wrapped(row.toolchain, 80, 2)}`,
  ].filter(Boolean).join("<br>");
}

// What the groups have grown by, without those that are as before; the largest change first.
function groupChanges(row, before, field) {
  const changes = new Map(row.groups.map((group) => [group.name, group[field]]));
  for (const group of before.groups) changes.set(group.name, (changes.get(group.name) ?? 0) - group[field]);
  return [...changes].filter(([, bytes]) => bytes).sort(([, one], [, other]) => Math.abs(other) - Math.abs(one));
}
