// A sweep: its points against each other, and its table, where a row leads to the page of its point.

class Sweep {
  constructor(parent, sweep) {
    Object.assign(this, { sweep, byColumn: null, isFalling: false, shown: sweep.shown.slice() });
    this.columnOf = new Map(sweep.columns.map((column) => [column.name, column]));
    const isVaried = (name) => new Set(this.valuesOf(name)).size > 1;
    this.x = sweep.shown.find((name) => this.columnOf.get(name).is_swept && isVaried(name)) || sweep.shown[0];
    this.y = sweep.score || sweep.shown.find((name) => !this.columnOf.get(name).is_swept && isVaried(name)) || this.x;
    this.node = d3.select(parent).append("section").attr("class", "sweep");
    this.addScatter();
    this.addTable();
    when(["size"], () => this.drawScatter());
    when(["point"], () => this.drawLit());
  }

  valuesOf(name) {
    const column = this.columnOf.get(name);
    return column.texts || unpack(column.numbers);
  }

  heading(name) {
    return withUnits({ label: name, units: this.columnOf.get(name).units });
  }

  words(name, point) {
    const value = this.valuesOf(name)[point];
    return typeof value === "string" ? value : format(value);
  }

  open(point) {
    if (!this.sweep.missing[point]) location.href = this.sweep.addresses[point];
  }

  // ---- points against each other

  addScatter() {
    const parts = panel(this.node.node(), "One number against another", "", () => ({ point: this.sweep.points, [this.heading(this.x)]: Array.from(this.valuesOf(this.x)), [this.heading(this.y)]: Array.from(this.valuesOf(this.y)) }));
    Object.assign(this, { view: parts.view, note: parts.note });
    const choice = parts.figure.insert("div", ".view").attr("class", "choices");
    for (const [axis, words] of [["x", "across "], ["y", "up "]]) {
      const label = choice.append("label");
      label.append("span").text(words);
      const select = label.append("select").on("change", (_, k, nodes) => { this[axis] = nodes[k].value; this.drawScatter(); });
      for (const { name } of this.sweep.columns.filter((column) => axis === "x" || column.numbers)) select.append("option").attr("value", name).property("selected", name === this[axis]).text(name);
    }
    this.drawScatter();
  }

  // Numbers stand where they are, texts side by side.
  placesOf(name) {
    const values = this.valuesOf(name);
    if (!this.columnOf.get(name).texts) return { places: values, texts: null };
    const texts = Array.from(new Set(values));
    return { places: values.map((text) => texts.indexOf(text)), texts };
  }

  drawScatter() {
    const { places, texts } = this.placesOf(this.x), ys = this.valuesOf(this.y);
    const air = (values) => { const [low, high] = d3.extent(finite(values)), more = 0.06 * (high - low || Math.abs(high) || 1); return [low - more, high + more]; };
    const x = d3.scaleLinear().domain(texts ? [-0.5, texts.length - 0.5] : air(places)), y = d3.scaleLinear().domain(air(ys));
    this.plot = chart(this.view, { height: 300, x, y, xLabel: this.heading(this.x), yLabel: this.heading(this.y), label: `${this.y} against ${this.x}; a point is a row of the table below` });
    if (texts) this.plot.g.select(".axis").call(d3.axisBottom(x).tickValues(d3.range(texts.length)).tickFormat((k) => texts[k]).tickSizeOuter(0));
    const points = d3.range(this.sweep.points.length).filter((p) => isFinite(places[p]) && isFinite(ys[p]));
    this.plot.g.selectAll(".point").data(points).enter().append("circle").attr("class", (p) => `point${this.sweep.missing[p] ? "" : " kept"}`).attr("r", 5).attr("cx", (p) => x(places[p])).attr("cy", (p) => y(ys[p]))
      .on("pointerenter", (p) => { change("point", p); this.showTip(p); }).on("pointerleave", () => { change("point", -1); d3.select("#tip").classed("shown", false); }).on("click", (p) => this.open(p));
    this.note.text(`${points.length} of ${this.sweep.points.length} points have both. A click opens the page of a point.`);
    this.drawLit();
  }

  drawLit() {
    this.plot.g.selectAll(".point").classed("chosen", (p) => p === state.point);
    if (this.body) this.body.selectAll("tr").classed("lit", (p) => p === state.point);
  }

  showTip(point) {
    const tip = d3.select("#tip").classed("shown", true);
    tip.selectAll("*").remove();
    const words = tip.append("div");
    words.append("b").text(this.sweep.points[point]);
    for (const name of new Set([this.x, this.y, ...this.shown])) words.append("div").text(`${this.heading(name)} ${this.words(name, point)}`);
    moveTip([d3.event.pageX, d3.event.pageY]);
  }

  // ---- the table

  addTable() {
    this.table = d3.select("#points");
    const more = d3.select(this.table.node().parentNode.parentNode).insert("p", ".scroll").attr("class", "choices").append("label");
    more.append("span").text("Add a column ");
    const select = more.append("select").attr("class", "of-columns").on("change", (_, k, nodes) => {
      if (nodes[k].value && !this.shown.includes(nodes[k].value)) this.shown.push(nodes[k].value);
      nodes[k].value = "";
      this.drawTable();
    });
    select.append("option").attr("value", "").text("any other number …");
    for (const { name } of this.sweep.columns) select.append("option").attr("value", name).text(name);
    this.drawTable();
  }

  drawTable() {
    this.table.selectAll("*").remove();
    const headings = this.table.append("thead").append("tr").selectAll("th").data(["", ...this.shown]).enter().append("th").attr("scope", "col").attr("aria-sort", (name) => (name !== this.byColumn ? null : this.isFalling ? "descending" : "ascending"));
    headings.append("button").attr("type", "button").attr("class", "sorting").text((name) => (name ? this.heading(name) : "Point")).on("click", (name, k) => this.sort(name, k));
    const order = this.order();
    this.body = this.table.append("tbody");
    const rows = this.body.selectAll("tr").data(order).enter().append("tr").on("pointerenter", (p) => change("point", p)).on("pointerleave", () => change("point", -1));
    rows.on("focusin", (p) => change("point", p)).on("focusout", () => change("point", -1));
    rows.each((p, k, nodes) => this.drawRow(d3.select(nodes[k]), p));
  }

  drawRow(row, point) {
    const head = row.append("th").attr("scope", "row"), missing = this.sweep.missing[point];
    if (missing) head.text(this.sweep.points[point]).append("div").attr("class", "definition").text(missing);
    else head.append("a").attr("href", this.sweep.addresses[point]).text(this.sweep.points[point]);
    row.selectAll("td").data(this.shown).enter().append("td").attr("data-number", (name) => name).attr("data-value", (name) => this.valuesOf(name)[point]).text((name) => this.words(name, point));
  }

  // Points as the table has them; those without a number come last.
  order() {
    const values = this.byColumn ? this.valuesOf(this.byColumn) : null, all = d3.range(this.sweep.points.length);
    const compare = this.isFalling ? d3.descending : d3.ascending, isThere = (value) => typeof value === "string" || isFinite(value);
    return values ? all.sort((a, b) => isThere(values[b]) - isThere(values[a]) || compare(values[a], values[b])) : this.isFalling ? all.reverse() : all;
  }

  sort(name, k) {
    this.isFalling = name === this.byColumn && !this.isFalling;
    this.byColumn = name;
    this.drawTable();
    this.table.selectAll(".sorting").nodes()[k].focus();
  }
}
