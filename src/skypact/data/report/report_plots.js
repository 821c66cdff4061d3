// Dot-and-interval plots as SVG. Levels have a colour and a shape, so that neither is needed alone.

const SHAPES = ['circle', 'square', 'diamond', 'triangle', 'down', 'cross'];
const ROW = 17;

/** The colour (a CSS variable) and shape of a level: national grey, then in order. */
function levelStyle(level) {
  const named = { national: ['--level-grey', 'circle'], today: ['--level-0', 'square'], pact: ['--level-1', 'diamond'], full: ['--level-2', 'triangle'] };
  if (named[D.levels[level]]) return { colour: `var(${named[D.levels[level]][0]})`, shape: named[D.levels[level]][1] };
  const others = D.levels.filter((name) => !named[name]);
  const k = others.indexOf(D.levels[level]);
  return { colour: `var(--level-${3 + (k % 3)})`, shape: SHAPES[(4 + k) % SHAPES.length] };
}

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** A mark of a shape at a point; hollow marks keep the ground's colour inside. */
function mark(shape, x, y, colour, hollow, size = 5) {
  const s = size;
  const d = {
    circle: `M${x - s} ${y}a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0Z`,
    square: `M${x - s} ${y - s}h${2 * s}v${2 * s}h${-2 * s}Z`,
    diamond: `M${x} ${y - 1.35 * s}l${1.35 * s} ${1.35 * s}l${-1.35 * s} ${1.35 * s}l${-1.35 * s} ${-1.35 * s}Z`,
    triangle: `M${x} ${y - 1.2 * s}l${1.2 * s} ${2.1 * s}h${-2.4 * s}Z`,
    down: `M${x} ${y + 1.2 * s}l${1.2 * s} ${-2.1 * s}h${-2.4 * s}Z`,
    cross: `M${x - s} ${y - s}l${2 * s} ${2 * s}M${x + s} ${y - s}l${-2 * s} ${2 * s}`,
  }[shape];
  return svg('path', { d, fill: hollow ? 'var(--ground)' : colour, stroke: colour, 'stroke-width': 1.6 });
}

/** Round numbers from low to high, some `count` of them. */
function ticks(low, high, count = 5) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((s) => s * power >= rough);
  const out = [];
  for (let v = Math.ceil(low / step - 1e-9) * step; v <= high + 1e-9 * step; v += step) out.push(Math.abs(v) < 1e-12 ? 0 : v);
  return { values: out, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/** The axis: all values, and of the intervals what is within twice the values' spread and the median half width. */
function domain(rows, factor, band = 0) {
  const dots = rows.flatMap((row) => row.dots).filter((dot) => dot.value !== null);
  const values = [...dots.map((dot) => dot.value * factor), 0, band * factor, -band * factor];
  const halves = dots.filter((dot) => dot.low !== null).map((dot) => ((dot.high - dot.low) / 2) * factor).sort((a, b) => a - b);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const reach = Math.max(2 * (most - least), halves.length ? 2 * halves[halves.length >> 1] : 0);
  const ends = dots.flatMap((dot) => (dot.low === null ? [] : [dot.low * factor, dot.high * factor]));
  const low = Math.max(Math.min(...ends, least), least - reach);
  const high = Math.min(Math.max(...ends, most), most + reach);
  const pad = (high - low || 1) * 0.04;
  return [low < 0 ? low - pad : low, high + pad];
}

/** Arrow heads where an interval goes on beyond the axis. */
function goesOn(dot, factor, [low, high], x, y, colour) {
  const head = (at, way) => svg('path', { d: `M${at} ${y}l${-7 * way} -4v8Z`, fill: colour });
  return [...(dot.low * factor < low ? [head(x(low), -1)] : []), ...(dot.high * factor > high ? [head(x(high), 1)] : [])];
}

/**
 * Rows of dots with intervals.
 * rows: [{label, dots: [{level, value, low, high, hollow, hint}]}]; band: half width of what is too small to matter.
 */
function dotPlot(figure, { title, notes, rows, metric, zero, band }) {
  const width = Math.max(figure.clientWidth, 320);
  const { factor, unit } = scaleOf(metric);
  const lanes = Math.max(...rows.map((row) => row.dots.length), 1);
  const height = lanes * (lanes > 1 ? ROW * 0.62 : ROW) + 10;
  const left = Math.min(150, 16 + 7.2 * Math.max(...rows.map((row) => row.label.length)));
  const right = width - 24;
  const top = 4;
  const [low, high] = domain(rows, factor, band);
  const x = (v) => left + ((Math.min(Math.max(v, low), high) - low) / (high - low)) * (right - left);
  const bottom = top + rows.length * height;
  const axis = ticks(low, high, Math.max(3, Math.floor((right - left) / 66)));
  const parts = [];
  if (band) parts.push(svg('rect', { x: x(-band * factor), y: top, width: x(band * factor) - x(-band * factor), height: bottom - top, class: 'band' }));
  for (const value of axis.values) {
    parts.push(svg('line', { x1: x(value), x2: x(value), y1: top, y2: bottom, class: zero && value === 0 ? 'zero' : 'grid' }));
    const text = value.toFixed(axis.digits).replace('-', '\u2212');
    parts.push(svg('text', { x: x(value), y: bottom + 16, class: 'axis', 'text-anchor': 'middle' }, zero && value > 0 ? `+${text}` : text));
  }
  parts.push(svg('text', { x: right, y: bottom + 33, class: 'axis', 'text-anchor': 'end' }, unit));
  rows.forEach((row, r) => {
    const y0 = top + r * height;
    if (r) parts.push(svg('line', { x1: 0, x2: right, y1: y0, y2: y0, class: 'grid', 'stroke-dasharray': row.all ? undefined : '1 3' }));
    parts.push(svg('text', { x: 0, y: y0 + height / 2 + 4.5, 'font-weight': row.all ? 600 : undefined }, row.label));
    row.dots.forEach((dot, k) => {
      if (dot.value === null) return;
      const y = y0 + (height * (k + 1)) / (row.dots.length + 1);
      const { colour, shape } = levelStyle(dot.level);
      const group = svg('g', {}, svg('title', {}, dot.hint));
      if (dot.low !== null) {
        group.append(svg('line', { x1: x(dot.low * factor), x2: x(dot.high * factor), y1: y, y2: y, stroke: colour, 'stroke-width': dot.hollow ? 1.6 : 3, 'stroke-linecap': 'round' }),
          ...goesOn(dot, factor, [low, high], x, y, colour));
      }
      group.append(mark(shape, x(dot.value * factor), y, colour, dot.hollow));
      parts.push(group);
    });
  });
  const caption = element('figcaption', {}, element('strong', {}, title), ' ', element('small', {}, notes));
  figure.replaceChildren(caption, svg('svg', { viewBox: `0 0 ${width} ${bottom + 40}`, width, height: bottom + 40, role: 'img', 'aria-label': `${title}. ${notes}` }, parts));
}

function differenceRows(metric, levels) {
  return NATIONS.map((nation, n) => ({
    label: nation.name,
    all: n === ALL,
    dots: levels.map((level) => {
      const apart = entryOf(metric.key, n, level)[5];
      const hollow = !['better', 'worse', 'higher', 'lower'].includes(apart[5]);
      const hint = `${nation.name}, ${D.levels[level]}: ${show(metric, apart[0], true)} ${interval(metric, apart[1], apart[2], true)}, ${apart[6]}`;
      return { level, value: apart[0], low: apart[1], high: apart[2], hollow, hint };
    }),
  }));
}

function valueRows(metric) {
  return NATIONS.map((nation, n) => ({
    label: nation.name,
    all: n === ALL,
    dots: D.levels.map((_, level) => {
      const entry = entryOf(metric.key, n, level);
      const hint = `${nation.name}, ${D.levels[level]}: ${show(metric, entry[0])} ${interval(metric, entry[1], entry[2])}`;
      return { level, value: entry[0], low: entry[1], high: entry[2], hollow: false, hint };
    }),
  }));
}

function drawHero() {
  const baseline = D.levels[D.baseline];
  if (D.focus === null) return $('hero-figure').replaceChildren(element('p', { class: 'note' }, T['hero.none']));
  const metric = METRIC[D.headline];
  return dotPlot($('hero-figure'), {
    title: say('hero.figure', { metric: capital(metric.title), level: D.levels[D.focus], baseline }),
    notes: `${T['plots.filled']}; ${say('plots.band', { threshold: thresholdOf(metric) })}`,
    rows: differenceRows(metric, [D.focus]), metric, zero: true, band: metric.threshold,
  });
}

function drawPlots() {
  const metric = METRIC[state.metric];
  const baseline = D.levels[D.baseline];
  $('plots-metric').textContent = capital(say('plots.metric', { metric: metric.title, unit: unitOf(metric), meaning: metric.meaning }));
  dotPlot($('plot-values'), { title: T['plots.values'], notes: `${metric.title} (${unitOf(metric)})`, rows: valueRows(metric), metric });
  if (!OTHERS.length) return;
  dotPlot($('plot-differences'), {
    title: say('plots.differences', { baseline }),
    notes: `${T['plots.filled']}; ${say('plots.band', { threshold: thresholdOf(metric) })}`,
    rows: differenceRows(metric, OTHERS), metric, zero: true, band: metric.threshold,
  });
}

/** Small multiples: share of people warned at least so long, a line a level. */
function drawWarned() {
  const keys = D.metrics.map((m) => /^people_(\d+)_share$/.exec(m.key)).filter(Boolean);
  const [width, height, left, top, bottom] = [232, 166, 44, 28, 140];
  const x = (k) => left + 14 + (k * (width - left - 40)) / Math.max(keys.length - 1, 1);
  const y = (share) => bottom - share * (bottom - top);
  $('plot-warned').replaceChildren(...[...D.nations.keys(), ALL].map((n) => {
    const parts = [svg('text', { x: 0, y: 14, class: 'title' }, NATIONS[n].name)];
    for (const share of [0, 0.5, 1]) {
      parts.push(svg('line', { x1: left, x2: width - 6, y1: y(share), y2: y(share), class: 'grid' }));
      parts.push(svg('text', { x: left - 5, y: y(share) + 4, class: 'axis', 'text-anchor': 'end' }, `${100 * share}%`));
    }
    keys.forEach(([, seconds], k) => parts.push(svg('text', { x: x(k), y: bottom + 16, class: 'axis', 'text-anchor': 'middle' }, k < keys.length - 1 ? seconds : `${seconds} s`)));
    D.levels.forEach((name, level) => {
      const { colour, shape } = levelStyle(level);
      const shift = (level - (D.levels.length - 1) / 2) * 4;
      const dots = keys.map(([key], k) => ({ k, entry: entryOf(key, n, level) })).filter(({ entry }) => entry[0] !== null);
      parts.push(svg('polyline', { points: dots.map(({ k, entry }) => `${x(k) + shift},${y(entry[0])}`).join(' '), fill: 'none', stroke: colour, 'stroke-width': 1.4 }));
      for (const { k, entry } of dots) {
        const hint = `${name}: ${T['plots.at_least']} ${keys[k][1]} s: ${show(METRIC[keys[k][0]], entry[0])}% ${interval(METRIC[keys[k][0]], entry[1], entry[2])}`;
        const group = svg('g', {}, svg('title', {}, hint));
        if (entry[1] !== null) group.append(svg('line', { x1: x(k) + shift, x2: x(k) + shift, y1: y(entry[1]), y2: y(entry[2]), stroke: colour, opacity: 0.55 }));
        group.append(mark(shape, x(k) + shift, y(entry[0]), colour, false, 2.8));
        parts.push(group);
      }
    });
    return svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${T['plots.warned']}: ${NATIONS[n].name}` }, parts);
  }));
}

function legendItem(drawing, label) {
  return element('li', {}, svg('svg', { width: 20, height: 16, viewBox: '0 0 20 16', 'aria-hidden': 'true' }, drawing), label);
}

function startPlots() {
  $('legend').replaceChildren(...D.levels.map((name, level) => {
    const { colour, shape } = levelStyle(level);
    return legendItem(mark(shape, 10, 8, colour, false), level === D.baseline ? `${name} (${T['results.baseline']})` : name);
  }));
  $('warned').hidden = !D.families.length;
  if (D.families.length) drawWarned();
  on(['metric'], drawPlots);
  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    drawHero();
    drawPlots();
  }).observe(document.body);
}
