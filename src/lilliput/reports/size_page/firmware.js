// The columns of tiles -> a firmware that the treemap and the table look at. Tile 0 is all of it.

class Firmware {
  constructor(columns, compared) {
    Object.assign(this, columns);
    this.compared = compared;
    this.all = [...columns.name.keys()];
    this.parents = new Set(columns.parent);
    this.leaves = this.all.filter((tile) => tile > 0 && !this.parents.has(tile));
    // From the group to the tile itself; parents come before what is in them.
    this.paths = [[]];
    for (const tile of this.all.slice(1)) this.paths.push([...this.paths[columns.parent[tile]], tile]);
    this.texts = this.leaves.map((leaf) => this.text(leaf));
  }

  title(tile) {
    return this.merged[tile] ? `${number(this.merged[tile])} others` : this.name[tile];
  }

  // Without the folders of an archive or object file, which a group's name and a symbol's have not.
  label(tile) {
    const title = this.title(tile);
    return this.paths[tile].length > 1 && this.parents.has(tile) ? title.slice(title.lastIndexOf("/") + 1) : title;
  }

  place(leaf) {
    return this.paths[leaf].slice(1, -1).map((tile) => this.label(tile)).join(" \u203a ");
  }

  // What is searched for a leaf.
  text(leaf) {
    return [...this.paths[leaf].map((tile) => this.title(tile)), this.change[leaf]].join(" ").toLowerCase();
  }

  size(tile, memory) {
    return this[`${memory}_bytes`][tile];
  }

  growth(tile, memory) {
    return this[`${memory}_change_bytes`][tile];
  }

  // The area of every tile: what the leaves in it take, or by how much they changed.
  areas(memory, byChange) {
    const areas = this.all.map(() => 0);
    for (const leaf of this.leaves) {
      const area = byChange ? Math.abs(this.growth(leaf, memory)) : this.size(leaf, memory);
      for (const tile of [0, ...this.paths[leaf]]) areas[tile] += area;
    }
    return areas;
  }
}
