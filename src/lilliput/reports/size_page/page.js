// Makes the page of what size_html.py left in the element "data".

function showFirmware(firmware) {
  const memory = () => find("input[name=memory]:checked").value;
  const byChange = () => find("input[name=area]:checked")?.value === "change";
  const treemap = new Treemap(firmware, find("#treemap"), zoom);
  const table = new Table(firmware, zoom);
  let inside = 0;

  function drawTreemap() {
    find("#treemap").hidden = false;
    const { drawn, left } = treemap.draw(memory(), byChange(), inside);
    find("#treemap").hidden = drawn === 0;
    find("#note").hidden = drawn > 0 && left === 0;
    find("#note").textContent = drawn ? `${number(left)} tiles are too small to be drawn.` : "Nothing of it in this memory.";
  }

  // The treemap and the table show the same tile.
  function zoom(tile) {
    inside = tile;
    find("#leave").hidden = tile === 0;
    find("#leave").textContent = `in ${short(firmware.label(tile), 40)} \u00d7`;
    table.draw(tile);
    drawTreemap();
  }

  find("#leave").addEventListener("click", () => zoom(0));
  for (const choice of document.querySelectorAll("input[type=radio]")) choice.addEventListener("change", drawTreemap);
  table.draw(0);
  return drawTreemap;
}

function showPage() {
  const data = JSON.parse(find("#data").textContent);
  const pictures = [];
  if (data.tiles) pictures.push(showFirmware(new Firmware(data.tiles, data.compared)));
  if (find("#history")) pictures.push(() => drawHistory(find("#history"), data.history));
  const draw = () => pictures.forEach((each) => each());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
}

showPage();
