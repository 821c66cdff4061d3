// The map's drawing: two panes on one view and one clock, on canvas.

const TRAIL_S = 180;
const CLASS_COLOURS = ['--ballistic', '--cruise', '--drone', '--rocket', '--civil', '--friendly', '--debris'];
const CLASS_SHAPES = [
  'M0-6.2L5.6 4.4H-5.6Z', 'M-4.4-4.4H4.4V4.4H-4.4Z', 'M0-5.8L5.8 0L0 5.8L-5.8 0Z', 'M0 5.6L5-3.8H-5Z',
  'M-2 0A2 2 0 1 0 2 0A2 2 0 1 0 -2 0Z', 'M-2.6-2.6H2.6V2.6H-2.6Z', 'M-2.4-2.4L2.4 2.4M2.4-2.4L-2.4 2.4',
];
const SITES = {
  radar: 'M-4.5-3.5A5.2 5.2 0 0 0 3.5 4.5ZM-.5.5L3.5-3.5', acoustic: 'M-3 4A5.6 5.6 0 0 1-3-4M0 2.5A3.5 3.5 0 0 1 0-2.5M3 1.2A1.6 1.6 0 0 1 3-1.2',
  cooperative: 'M-4 0H4M0-4V4', battery: 'M-5 4.5H5M-4 4.5L0-4.5L4 4.5M-2 0H2',
};
const MARKS = {
  kill: 'M0-8V8M-8 0H8M-5.7-5.7L5.7 5.7M5.7-5.7L-5.7 5.7', arrival: 'M-7-7L7 7M7-7L-7 7M-9 0A9 9 0 1 0 9 0A9 9 0 1 0 -9 0Z',
};

let now = 0; // seconds
let view = { x: M.width / 2, y: M.height / 2, k: 0.05 }; // centre in grid steps, pixels a step
let colours = {};
let base; // the still layer of both panes
let playing = 0;

// ----------------------------------------------------------------------------------------------------- drawing

function screen(canvas, x, y) {
  return [(x - view.x) * COS * view.k + canvas.clientWidth / 2, canvas.clientHeight / 2 - (y - view.y) * view.k];
}

function sized(canvas) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

function readColours() {
  const style = getComputedStyle(document.documentElement);
  colours = new Proxy({}, { get: (kept, name) => (kept[name] ??= style.getPropertyValue(name).trim()) });
}

/** Traces lines of grid steps ([x0, y0, dx, dy, ...]) on a context. */
function trace(context, canvas, lines, closed) {
  context.beginPath();
  for (const line of lines) {
    let [x, y] = line;
    context.moveTo(...screen(canvas, x, y));
    for (let i = 2; i < line.length; i += 2) {
      x += line[i];
      y += line[i + 1];
      context.lineTo(...screen(canvas, x, y));
    }
    if (closed) context.closePath();
  }
}

function outlinesShown() {
  if (state.cover === 'none') return [];
  const [whose, which] = state.cover.split('-');
  const index = { limit: 0, low: 1, high: 2 }[which];
  const own = D.nations.indexOf(state.nation);
  return M.sensors.filter((sensor) => whose === 'all' || sensor[3] === own)
    .map((sensor) => sensor[6][Math.min(index, sensor[6].length - 1)]).filter(Boolean);
}

function drawBase(canvas) {
  base = document.createElement('canvas');
  base.width = canvas.width;
  base.height = canvas.height;
  const context = base.getContext('2d');
  context.setTransform(devicePixelRatio || 1, 0, 0, devicePixelRatio || 1, 0, 0);
  context.fillStyle = colours['--sea'];
  context.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  const fill = (lines, colour) => { trace(context, canvas, lines, true); context.fillStyle = colour; context.fill('evenodd'); };
  fill(M.land, colours['--land']);
  fill(Object.values(M.countries).flat(), colours['--member']);
  trace(context, canvas, M.land, true);
  Object.assign(context, { strokeStyle: colours['--coast'], lineWidth: 0.8, lineJoin: 'round' });
  context.stroke();
  trace(context, canvas, M.borders, false);
  Object.assign(context, { strokeStyle: colours['--border'], lineWidth: 1 });
  context.stroke();
  drawCoverage(context, canvas);
  const scale = Math.min(1, Math.max(0.6, 0.6 + view.k));
  for (const [, , kind, , x, y] of M.sensors) if (SITES[kind]) icon(context, canvas, SITES[kind], x, y, '--place', 1.4, scale);
  for (const [, , , , x, y] of M.batteries) icon(context, canvas, SITES.battery, x, y, '--place', 1.4, scale);
  drawNames(context, canvas, M.labels.map(([name, x, y, member]) => ({ name, x, y, member })));
}

function drawCoverage(context, canvas) {
  const outlines = outlinesShown();
  if (!outlines.length) return;
  const layer = document.createElement('canvas');
  [layer.width, layer.height] = [base.width, base.height];
  const inner = layer.getContext('2d');
  inner.setTransform(context.getTransform());
  inner.fillStyle = colours['--cover'];
  for (const outline of outlines) { trace(inner, canvas, [outline], true); inner.fill(); }
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 0.16;
  context.drawImage(layer, 0, 0);
  context.restore();
  trace(context, canvas, outlines, true);
  Object.assign(context, { strokeStyle: colours['--cover'], lineWidth: 0.8, globalAlpha: 0.65 });
  context.stroke();
  context.globalAlpha = 1;
}

/** Names of countries, the scenario's first, where there is room; halo and all. */
function drawNames(context, canvas, labels) {
  const boxes = [];
  Object.assign(context, { textAlign: 'center', lineJoin: 'round', lineWidth: 3 });
  for (const { name, x, y, member } of labels.sort((a, b) => b.member - a.member)) {
    context.font = `${member ? 600 : 400} 12px system-ui, "Liberation Sans", sans-serif`;
    const [sx, sy] = screen(canvas, x, y);
    const half = context.measureText(name.toUpperCase()).width / 2 + 4;
    const box = [sx - half, sy - 12, sx + half, sy + 5];
    if (boxes.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
    boxes.push(box);
    Object.assign(context, { strokeStyle: colours[member ? '--member' : '--land'], fillStyle: colours['--soft'], globalAlpha: 0.8 });
    context.strokeText(name.toUpperCase(), sx, sy);
    context.fillText(name.toUpperCase(), sx, sy);
  }
  context.globalAlpha = 1;
}

function icon(context, canvas, path, x, y, colour = '--place', width = 1.4, scale = 1) {
  context.save();
  context.translate(...screen(canvas, x, y));
  context.scale(scale, scale);
  Object.assign(context, { strokeStyle: colours['--ground'], lineWidth: width + 2, globalAlpha: 0.7 });
  const shape = new Path2D(path);
  context.stroke(shape);
  Object.assign(context, { strokeStyle: colours[colour], lineWidth: width, globalAlpha: 1 });
  context.stroke(shape);
  context.restore();
}

function symbol(context, at, kind, { filled: full, alpha = 1, scale = 1 }) {
  context.save();
  context.translate(...at);
  context.scale(scale, scale);
  context.globalAlpha = alpha;
  const path = new Path2D(CLASS_SHAPES[kind]);
  const colour = colours[CLASS_COLOURS[kind]];
  if (full) {
    context.fillStyle = colour;
    context.fill(path);
    Object.assign(context, { strokeStyle: colours['--ground'], lineWidth: 1 / scale });
    context.stroke(path);
  } else {
    Object.assign(context, { strokeStyle: colour, lineWidth: 1.7 / scale });
    context.stroke(path);
  }
  context.restore();
}

function drawPane(side) {
  const pane = panes[side];
  const { canvas } = pane;
  const context = sized(canvas);
  if (!base || base.width !== canvas.width || base.height !== canvas.height) drawBase(canvas);
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.drawImage(base, 0, 0);
  context.restore();
  const level = D.levels.indexOf(state[side]);
  const nation = D.nations.indexOf(state.nation);
  const truth = truthAt(level, now);
  const tracks = level < 0 ? [] : tracksAt(level, nation, now);
  pane.spots = [];
  drawPlaces(context, canvas, alertedAt(level, now), pane.spots);
  const shownTruth = level < 0 || state.truth === '1';
  const seen = (kind) => kind < HOSTILE || kind > 5 || state.traffic === '1';
  if (shownTruth) for (const o of truth) if (o.kind < HOSTILE) trail(context, canvas, store.truth, o, -Infinity, 0.5);
  for (const track of tracks) if (!track.coded) trail(context, canvas, store.pictures, track, now - TRAIL_S, 0.9);
  if (level >= 0) drawShots(context, canvas, level, truth);
  for (const track of tracks) {
    if (track.coded && !seen(4)) continue;
    const at = screen(canvas, track.x, track.y);
    symbol(context, at, track.kind, { filled: true, alpha: track.coded ? 0.75 : track.firm ? 1 : 0.5, scale: track.coded ? 0.9 : 0.85 });
    pane.spots.push({ at, text: () => trackText(track) });
  }
  if (shownTruth) {
    for (const o of truth) {
      if (!seen(o.kind)) continue;
      const at = screen(canvas, o.x, o.y);
      symbol(context, at, o.kind, { filled: level < 0, alpha: o.kind < HOSTILE ? 1 : 0.8, scale: o.kind < HOSTILE ? 1.25 : 1.1 });
      pane.spots.push({ at, text: () => truthText(o) });
    }
  }
  describe(side, level, nation, counts(level, nation, truth, tracks));
  listEvents(side, level, nation);
}

function trail(context, canvas, paths, thing, from, alpha) {
  context.beginPath();
  context.moveTo(...screen(canvas, thing.x, thing.y));
  for (let row = thing.row; row >= paths.from[thing.p] && paths.t[row] >= from; row--) {
    context.lineTo(...screen(canvas, paths.x[row], paths.y[row]));
  }
  Object.assign(context, { strokeStyle: colours[CLASS_COLOURS[thing.kind]], lineWidth: 1.3, globalAlpha: alpha });
  context.setLineDash(from === -Infinity ? [2, 3] : []);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawPlaces(context, canvas, lit, spots) {
  const boxes = [];
  const order = [...M.places.keys()].sort((a, b) => lit.has(b) - lit.has(a) || M.places[b][4] - M.places[a][4]);
  for (const place of order.slice().reverse()) {
    const [, , x, y, people] = M.places[place];
    const at = screen(canvas, x, y);
    const radius = 2.2 + Math.min(8, 3.6 * Math.sqrt(people / 1e6));
    if (lit.has(place)) {
      Object.assign(context, { fillStyle: colours['--alert'], strokeStyle: colours['--alert'], lineWidth: 2 });
      disc(context, at, radius + 8);
      context.globalAlpha = 0.38;
      context.fill();
      context.globalAlpha = 1;
      context.stroke();
    }
    disc(context, at, radius);
    Object.assign(context, { fillStyle: colours['--place'], globalAlpha: 0.72 });
    context.fill();
    context.globalAlpha = 1;
    spots.push({ at, text: () => placeText(place) });
  }
  Object.assign(context, { font: '12px system-ui, "Liberation Sans", sans-serif', textAlign: 'left', lineWidth: 3, lineJoin: 'round' });
  for (const place of order) {
    const [name, nation, x, y, people] = M.places[place];
    const near = view.k > 0.35 || people > 2e6 || lit.has(place) || D.nations[nation] === state.nation;
    const [sx, sy] = screen(canvas, x, y);
    if (!near || sx < 0 || sy < 0 || sx > canvas.clientWidth || sy > canvas.clientHeight) continue;
    const box = [sx + 8, sy - 8, sx + 12 + context.measureText(name).width, sy + 8];
    if (boxes.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
    boxes.push(box);
    context.strokeStyle = colours['--ground'];
    context.strokeText(name, box[0], sy + 4);
    context.fillStyle = colours['--ink'];
    context.fillText(name, box[0], sy + 4);
  }
}

function disc(context, [x, y], radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** Shots on their way as lines, kills and arrivals as marks for a while. */
function drawShots(context, canvas, level, truth) {
  const events = R.levels[level];
  const where = new Map(truth.map((o) => [o.object, o]));
  for (const [battery, from, until, , object] of events.shots) {
    const target = where.get(object);
    if (!target || now < from || now > until) continue;
    const [, , , , x, y] = M.batteries[battery];
    const share = (now - from) / Math.max(until - from, 1);
    context.beginPath();
    context.moveTo(...screen(canvas, x, y));
    context.lineTo(...screen(canvas, x + share * (target.x - x), y + share * (target.y - y)));
    Object.assign(context, { strokeStyle: colours['--ink'], lineWidth: 1.6 });
    context.stroke();
  }
  for (const [object, t] of events.kills) {
    if (now < t || now > t + 60) continue;
    const at = truthAt(-1, t).find((o) => o.object === object);
    if (at) icon(context, canvas, MARKS.kill, at.x, at.y, '--friendly', 2);
  }
  for (const [object, t, , intact] of events.arrivals) {
    const [, , , , , x, y] = R.objects[object];
    if (intact && now >= t && now < t + 120) icon(context, canvas, MARKS.arrival, x, y, '--worse', 2);
  }
}
