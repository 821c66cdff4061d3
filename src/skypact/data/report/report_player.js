// The map's words, view, clock and controls.

// ------------------------------------------------------------------------------------------------ words beside

function clock(t) {
  const s = Math.abs(Math.round(t));
  const two = (v) => String(v).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  return `${t < 0 ? '\u2212' : ''}${hours ? `${hours}:${two(Math.floor(s / 60) % 60)}` : Math.floor(s / 60)}:${two(s % 60)}`;
}

function truthText(o) {
  const [kind, , , , place] = R.objects[o.object];
  const lines = [say('tip.truth', { class: T[`class.${kind}`] })];
  if (kind < HOSTILE && place >= 0) lines.push(say('tip.to', { place: M.places[place][0] }));
  lines.push(say('tip.height', { h: (o.height / 1000).toFixed(1) }));
  return lines.join('\n');
}

function trackText(track) {
  const stand = track.coasting ? T['tip.coasting'] : track.firm ? T['tip.firm'] : T['tip.soft'];
  const sources = D.nations.filter((_, n) => (track.sources >> n) & 1);
  const sigma = track.sigma <= 50 ? '< 60 m' : track.sigma < 1000 ? `${Number(track.sigma.toPrecision(1))} m` : `${(track.sigma / 1000).toFixed(1)} km`;
  return [say('tip.track', { class: T[`class.${track.kind}`], state: stand }), say('tip.identity', { identity: T[`identity.${track.identity}`] }),
    say('tip.sigma', { s: sigma }), sources.length ? say('tip.sources', { list: listed(sources) }) : ''].filter(Boolean).join('\n');
}

function placeText(place) {
  const [name, nation, , , people, defended] = M.places[place];
  return [`${name}, ${D.nationNames[nation]}`, say('tip.people', { n: people.toLocaleString('en') }), defended ? T['tip.defended'] : ''].filter(Boolean).join('\n');
}

function describe(side, level, nation, count) {
  const words = level < 0 ? say('map.count_truth', count) : say('map.count', count);
  const title = level < 0 ? T['map.pane_truth'] : say('map.pane', { nation: D.nationNames[nation], level: D.levels[level] });
  if ($(`count-${side}`).textContent !== words) $(`count-${side}`).textContent = words;
  $(`title-${side}`).textContent = title;
  if (!playing) panes[side].canvas.setAttribute('aria-label', say('map.aria', { pane: title, clock: clock(now), count: words }));
}

/** Everything that happens to a nation at a level, in order of time: [seconds, kind, words]. */
function eventsOf(level, nation) {
  if (level < 0) return [];
  const { alerts, shots, arrivals } = R.levels[level];
  const kindOf = (object) => T[`class.${R.objects[object][0]}`];
  const list = [];
  for (const [place, from, until] of alerts) {
    if (M.places[place][1] !== nation) continue;
    list.push([from, 'alert', say('event.alert', { place: M.places[place][0] })]);
    if (until >= 0) list.push([until, 'clear', say('event.clear', { place: M.places[place][0] })]);
  }
  for (const [battery, from, until, rounds, object, outcome] of shots) {
    if (M.batteries[battery][3] !== nation) continue;
    const name = M.batteries[battery][0];
    list.push([from, 'shot', say('event.shot', { battery: name, rounds: rounds === 1 ? T['event.round'] : say('event.rounds', { n: rounds }) })]);
    const of = object >= 0 ? say('event.outcome_object', { class: kindOf(object) }) : '';
    if (outcome >= 0) list.push([until, 'outcome', say('event.outcome', { battery: name, outcome: T[`outcome.${outcome}`], object: of })]);
  }
  for (const [object, t, place, intact] of arrivals) {
    if (place < 0 || M.places[place][1] !== nation) continue;
    const words = { class: capital(kindOf(object)), place: M.places[place][0] };
    list.push([t, intact ? 'arrival' : 'stopped', say(intact ? 'event.arrival' : 'event.stopped', words)]);
  }
  return list.sort((a, b) => a[0] - b[0]);
}

function listEvents(side, level, nation) {
  const pane = panes[side];
  const key = `${level} ${nation}`;
  if (pane.key !== key) Object.assign(pane, { key, events: eventsOf(level, nation), listed: -1 });
  const past = pane.events.filter(([t]) => t <= now);
  if (past.length === pane.listed) return;
  pane.listed = past.length;
  const items = past.slice(-60).reverse().map(([t, kind, words]) => element('li', { class: kind }, element('time', {}, clock(t)), words));
  $(`events-${side}`).replaceChildren(...(items.length || level < 0 ? items : [element('li', {}, T['map.events_none'])]));
}

function drawTimeline() {
  const canvas = $('timeline');
  const context = sized(canvas);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [first, last] = [R.times_s[0], R.times_s.at(-1)];
  const x = (t) => 8 + ((t - first) / (last - first || 1)) * (width - 16);
  const nation = D.nations.indexOf(state.nation);
  context.clearRect(0, 0, width, height);
  context.font = '11px system-ui, "Liberation Sans", sans-serif';
  ['left', 'right'].forEach((side, lane) => {
    const level = D.levels.indexOf(state[side]);
    const top = lane * 15;
    context.fillStyle = colours['--faint'];
    context.fillRect(8, top, width - 16, 12);
    if (level < 0) return;
    context.fillStyle = colours['--alert'];
    for (const [place, from, until] of R.levels[level].alerts) {
      if (M.places[place][1] !== nation) continue;
      context.globalAlpha = 0.5;
      context.fillRect(x(from), top, Math.max(1, x(until < 0 ? last : until) - x(from)), 12);
    }
    context.globalAlpha = 1;
    context.fillStyle = colours['--ink'];
    context.fillText(`${T['lane.alert']}: ${D.levels[level]}`, 12, top + 10);
  });
  for (const [kind, , , end, place] of R.objects) {
    if (kind >= HOSTILE || place < 0 || M.places[place][1] !== nation) continue;
    context.fillStyle = colours[CLASS_COLOURS[kind]];
    context.fillRect(x(end) - 0.75, 31, 1.5, 12);
  }
  context.fillStyle = colours['--ink'];
  context.fillText(T['lane.arrival'], 12, 41);
  context.fillRect(x(now) - 0.75, 0, 1.5, height);
}

// --------------------------------------------------------------------------------------------- view and clock

function redraw(still = true) {
  if (!store || !panes.left.canvas.clientWidth) return;
  if (still) base = undefined;
  drawPane('left');
  drawPane('right');
  drawTimeline();
  $('time').value = String(Math.round(now));
  $('time').setAttribute('aria-valuetext', clock(now));
  $('clock').textContent = clock(now);
}

function fit(points) {
  const canvas = panes.left.canvas;
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const k = Math.min(canvas.clientWidth / ((x1 - x0) * COS || 1), canvas.clientHeight / (y1 - y0 || 1));
  view = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, k: Math.min(k, 3) };
}

function fitAll() {
  fit([[0, 0], [M.width, M.height]]);
}

function fitNation() {
  const nation = D.nations.indexOf(state.nation);
  const around = 800; // 1.6 degrees
  const points = M.places.filter((place) => place[1] === nation).flatMap(([, , x, y]) => [[x - around, y - around], [x + around, y + around]]);
  if (points.length) fit(points); else fitAll();
}

function zoom(factor, anchor) {
  const k = Math.min(Math.max(view.k * factor, 0.01), 6);
  if (anchor) {
    const [px, py] = anchor;
    const share = 1 / view.k - 1 / k;
    view = { x: view.x + (px * share) / COS, y: view.y - py * share, k };
  } else view = { ...view, k };
  keepView();
}

let keeping = 0;
function keepView() {
  redraw();
  clearTimeout(keeping);
  keeping = setTimeout(() => set({ x: Math.round(view.x), y: Math.round(view.y), z: view.k.toPrecision(3) }), 250);
}

function readView() {
  if (state.z && Number(state.z) > 0) view = { x: Number(state.x), y: Number(state.y), k: Number(state.z) };
  else fitNation();
}

/** A moment worth opening at: half a minute before the middle arrival at the nation, or the raid's middle. */
function goodMoment() {
  const nation = D.nations.indexOf(state.nation);
  const ends = (all) => R.objects.filter(([kind, , , , place]) => kind < HOSTILE && place >= 0 && (all || M.places[place][1] === nation))
    .map((o) => o[3]).sort((a, b) => a - b);
  const list = ends(false).length ? ends(false) : ends(true);
  return list.length ? list[list.length >> 1] - 30 : R.times_s[R.times_s.length >> 1];
}

function readClock() {
  const [first, last] = [R.times_s[0], R.times_s.at(-1)];
  const wanted = state.t === '' ? goodMoment() : Number(state.t);
  now = Math.min(Math.max(Number.isFinite(wanted) ? wanted : first, first), last);
}

function play(on_) {
  cancelAnimationFrame(playing);
  playing = 0;
  $('play').textContent = on_ ? T['map.pause'] : T['map.play'];
  if (!on_) return set({ t: Math.round(now) });
  const last = R.times_s.at(-1);
  if (now >= last) now = R.times_s[0];
  let before = performance.now();
  const frame = (stamp) => {
    now = Math.min(last, now + ((stamp - before) / 1000) * Number(state.speed));
    before = stamp;
    redraw(false);
    if (now >= last) play(false); else playing = requestAnimationFrame(frame);
  };
  playing = requestAnimationFrame(frame);
}

// -------------------------------------------------------------------------------------------------- listening

function listenPane(side) {
  const { canvas } = panes[side];
  const tip = canvas.parentElement.querySelector('.tip');
  let drag;
  canvas.addEventListener('pointerdown', (event) => {
    drag = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointerup', () => { drag = undefined; });
  canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
  canvas.addEventListener('pointermove', (event) => {
    if (drag) {
      view = { ...view, x: view.x - (event.clientX - drag[0]) / view.k / COS, y: view.y + (event.clientY - drag[1]) / view.k };
      drag = [event.clientX, event.clientY];
      tip.hidden = true;
      return keepView();
    }
    const gap = ({ at }) => Math.hypot(at[0] - event.offsetX, at[1] - event.offsetY);
    const near = (panes[side].spots ?? []).filter((spot) => gap(spot) < 11).sort((a, b) => gap(a) - gap(b)).slice(0, 3);
    tip.hidden = !near.length;
    if (!near.length) return undefined;
    tip.textContent = near.map((spot) => spot.text()).join('\n\n');
    tip.style.left = `${Math.min(event.offsetX + 14, canvas.clientWidth - 190)}px`;
    tip.style.top = `${event.offsetY + 14}px`;
    return undefined;
  });
  canvas.addEventListener('wheel', (event) => {
    if (document.activeElement !== canvas && !event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.0015), [event.offsetX - canvas.clientWidth / 2, event.offsetY - canvas.clientHeight / 2]);
  }, { passive: false });
  canvas.addEventListener('keydown', (event) => {
    const step = 60 / view.k;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) {
      view = { ...view, x: view.x + moves[event.key][0], y: view.y + moves[event.key][1] };
      keepView();
    } else if (event.key === '+' || event.key === '=') zoom(1.4);
    else if (event.key === '-') zoom(1 / 1.4);
    else return;
    event.preventDefault();
  });
}

function mapChoices() {
  const nations = D.nations.map((code, n) => [code, D.nationNames[n]]);
  choices('nation', 'nation', nations);
  const levels = D.levels.map((name) => [name, name]);
  choices('left', 'left', [['truth', T['map.white_cell']], ...levels]);
  choices('right', 'right', [['truth', T['map.white_cell']], ...levels]);
  const covers = M.terrain ? ['own-low', 'own-high', 'all-low', 'all-high', 'all-limit'] : ['all-limit'];
  const label = (cover) => T[`map.coverage_${cover.replace('-', '_').replace('all_limit', 'limit')}`];
  choices('coverage', 'cover', [['none', T['map.coverage_none']], ...covers.map((cover) => [cover, label(cover)])]);
  choices('speed', 'speed', ['10', '30', '60', '120'].map((n) => [n, say('map.times', { n })]));
  for (const key of ['truth', 'traffic']) {
    $(key).addEventListener('change', () => set({ [key]: $(key).checked ? '1' : '0' }));
    on([key], () => { $(key).checked = state[key] === '1'; });
  }
}

function mapWords() {
  const family = R.family === null ? '' : say('map.family', { family: D.families[R.family][1] });
  on(['nation'], () => {
    const nation = D.nationNames[D.nations.indexOf(state.nation)];
    $('map-about').textContent = say('map.about', { run: R.run, runs: D.runs, family, nation });
  });
  const kinds = [...new Set(R.objects.map(([kind]) => kind))].sort();
  const path = (d, attributes) => svg('path', { d, transform: 'translate(10 8)', fill: 'none', 'stroke-width': 1.5, ...attributes });
  const ink = { stroke: 'var(--place)' };
  const shape = (kind, attributes) => path(CLASS_SHAPES[kind], { stroke: `var(${CLASS_COLOURS[kind]})`, ...attributes });
  $('map-legend').replaceChildren(
    ...kinds.map((kind) => legendItem(shape(kind, { fill: kind === 6 ? 'none' : `var(${CLASS_COLOURS[kind]})` }), T[`class.${kind}`])),
    legendItem(shape(0), T['legend.truth']), legendItem(shape(0, { fill: 'var(--ballistic)' }), T['legend.track']),
    legendItem(shape(0, { fill: 'var(--ballistic)', opacity: 0.5 }), T['legend.soft']),
    legendItem(svg('circle', { cx: 10, cy: 8, r: 5, fill: 'var(--place)' }), T['legend.place']),
    legendItem(svg('circle', { cx: 10, cy: 8, r: 6.5, fill: 'var(--alert)', 'fill-opacity': 0.4, stroke: 'var(--alert)', 'stroke-width': 2 }), T['legend.alert']),
    ...Object.keys(SITES).filter((kind) => kind === 'battery' || M.sensors.some((s) => s[2] === kind)).map((kind) => legendItem(path(SITES[kind], ink), T[`legend.${kind}`])),
    legendItem(path('M-8 5L8-5', { stroke: 'var(--ink)' }), T['legend.shot']),
    legendItem(path(MARKS.kill, { stroke: 'var(--friendly)', transform: 'translate(10 8) scale(.8)' }), T['legend.kill']),
    legendItem(path(MARKS.arrival, { stroke: 'var(--worse)', transform: 'translate(10 8) scale(.7)' }), T['legend.arrival']),
  );
  const infrared = M.sensors.filter((sensor) => sensor[2] === 'infrared').map((sensor) => sensor[0]);
  const notes = [say('map.thinned', { raid: R.thinning.raid_s, coded: R.thinning.coded_s })];
  if (infrared.length) notes.push(say('map.infrared', { n: infrared.length, names: infrared.join(', ') }));
  notes.push(M.terrain ? say('map.coverage_note', { terrain: M.terrain[0] }) : T['map.coverage_missing']);
  $('map-notes').replaceChildren(...notes.map((note) => element('p', {}, note)));
}

async function startMap() {
  readColours();
  mapWords();
  mapChoices();
  try {
    store = await unpack();
  } catch {
    $('map-notes').prepend(element('p', { class: 'note warn' }, T['map.unsupported']));
    return;
  }
  for (const side of ['left', 'right']) panes[side] = { canvas: $(`canvas-${side}`) };
  panes.dead = R.levels.map((level) => new Map(level.kills));
  panes.byPicture = new Map();
  R.pictures.picture.forEach((picture, p) => panes.byPicture.set(picture, [...(panes.byPicture.get(picture) ?? []), p]));
  $('time').min = String(Math.ceil(R.times_s[0]));
  $('time').max = String(Math.floor(R.times_s.at(-1)));
  $('time').addEventListener('input', () => { now = Number($('time').value); redraw(false); });
  $('time').addEventListener('change', () => set({ t: $('time').value }));
  $('play').addEventListener('click', () => play(!playing));
  const zooms = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), nation: () => { fitNation(); keepView(); }, all: () => { fitAll(); keepView(); } };
  for (const button of document.querySelectorAll('[data-zoom]')) button.addEventListener('click', zooms[button.dataset.zoom]);
  listenPane('left');
  listenPane('right');
  on(['t', 'nation'], () => { if (!playing) readClock(); });
  on(['nation', 'x', 'y', 'z'], readView);
  on(['t', 'nation', 'left', 'right', 'cover', 'truth', 'traffic', 'x', 'y', 'z'], () => redraw());
  for (const query of ['(prefers-color-scheme: dark)', 'print']) {
    matchMedia(query).addEventListener('change', () => { readColours(); redraw(); });
  }
  new ResizeObserver(() => { readView(); redraw(); }).observe(panes.left.canvas);
  document.documentElement.dataset.ready = 'map';
}
