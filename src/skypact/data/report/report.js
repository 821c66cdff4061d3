// The page's data, words and state, and its tables. Data never becomes HTML: elements are made, text is set.

const T = JSON.parse(document.getElementById('text').textContent);
const D = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);
const NATIONS = [...D.nations.map((code, n) => ({ code, name: D.nationNames[n] })), { code: 'all', name: T['results.all'] }];
const ALL = NATIONS.length - 1;
const METRIC = Object.fromEntries(D.metrics.map((m) => [m.key, m]));
const MAIN = ['warning_median_s', 'people_60_share', 'held_share', 'gospa_m', 'leakers', 'rounds', 'false_alerts',
  'civil_engaged'].filter((key) => METRIC[key]);
const OTHERS = D.levels.map((_, level) => level).filter((level) => level !== D.baseline);

function say(key, values = {}) {
  return (T[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

function listed(items) {
  return items.length > 1 ? items.slice(0, -1).join(', ') + T.and + items.at(-1) : items.join('');
}

function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== undefined && child !== ''));
  return node;
}

// ------------------------------------------------------------------------------------------- state in the address

const DEFAULTS = {
  view: 'metric', metric: D.headline, level: D.levels[D.focus ?? D.baseline], sort: '', nation: D.nations[D.shown],
  left: D.levels[D.baseline], right: D.levels[D.focus ?? D.baseline], cover: 'none', truth: '1', traffic: '1', t: '',
  speed: '60', at: '', x: '', y: '', z: '',
};
const state = { ...DEFAULTS };
const listeners = [];

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of Object.keys(DEFAULTS)) state[key] = given.get(key) ?? DEFAULTS[key];
  if (!METRIC[state.metric]) state.metric = DEFAULTS.metric;
  if (!D.levels.includes(state.level)) state.level = DEFAULTS.level;
  if (!D.nations.includes(state.nation)) state.nation = DEFAULTS.nation;
  for (const side of ['left', 'right']) {
    if (state[side] !== 'truth' && !D.levels.includes(state[side])) state[side] = DEFAULTS[side];
  }
}

function writeAddress() {
  const kept = Object.keys(DEFAULTS).filter((key) => state[key] !== DEFAULTS[key]);
  const text = new URLSearchParams(kept.map((key) => [key, state[key]])).toString();
  if (text !== location.hash.slice(1)) history.replaceState(null, '', text ? `#${text}` : location.pathname + location.search);
}

/** Changes the state, the address and whatever listens to one of the keys changed. */
function set(changes) {
  const keys = Object.keys(changes).filter((key) => state[key] !== String(changes[key]));
  for (const key of keys) state[key] = String(changes[key]);
  if (!keys.length) return;
  writeAddress();
  for (const [wanted, listener] of listeners) if (wanted.some((key) => keys.includes(key))) listener();
}

function on(keys, listener) {
  listeners.push([keys, listener]);
  listener();
}

function everything() {
  for (const [, listener] of listeners) listener();
}

function choices(id, key, options) {
  const select = $(id);
  select.append(...options.map(([value, label]) => element('option', { value }, label)));
  select.addEventListener('change', () => set({ [key]: select.value }));
  on([key], () => { select.value = state[key]; });
}

// --------------------------------------------------------------------------------------------------- numbers

const scales = {};

/** How a metric's numbers are written: factor, unit and digits, the same throughout the page. */
function scaleOf(metric) {
  if (scales[metric.key]) return scales[metric.key];
  const values = D.entries[metric.key].flat().map((entry) => Math.abs(entry[0] ?? 0));
  const largest = Math.max(...values, 0);
  let scale = { factor: 1, unit: metric.unit || T['unit.raid'], digits: largest < 100 ? metric.digits : 0 };
  if (metric.unit === '%') scale = { factor: 100, unit: '%', digits: metric.digits };
  if (metric.unit === 'm' && largest >= 3000) scale = { factor: 1e-3, unit: 'km', digits: 1 };
  if (metric.unit === 'USD' && largest >= 1e6) scale = { factor: 1e-6, unit: 'million USD', digits: 1 };
  if (metric.unit === 'B' && largest >= 1e5) scale = { factor: 1e-6, unit: 'MB', digits: 1 };
  return (scales[metric.key] = scale);
}

function show(metric, value, signed = false, extra = 0) {
  if (value === null || value === undefined) return '-';
  const { factor, digits } = scaleOf(metric);
  const text = Math.abs(value * factor).toFixed(digits + extra);
  const sign = Number(text) === 0 ? '' : value < 0 ? '\u2212' : signed ? '+' : '';
  return sign + text;
}

function interval(metric, low, high, signed = false) {
  return low === null ? '' : `[${show(metric, low, signed)}, ${show(metric, high, signed)}]`;
}

function thresholdOf(metric) {
  const { factor, unit } = scaleOf(metric);
  return `${Number((metric.threshold * factor).toPrecision(3))}\u00a0${metric.unit === '%' ? T['unit.points'] : unit}`;
}

function isZero(entry) {
  return entry[0] === 0 && entry[1] === 0 && D.methods[entry[4]].startsWith('exact');
}

function smallest(metric, value) {
  return Number((value * scaleOf(metric).factor).toPrecision(2)).toString();
}

function entryOf(metric, n, level) {
  return D.entries[metric][n][level];
}

// ---------------------------------------------------------------------------------------------------- tables

function valueOf(metric, entry) {
  if (entry[0] === null) return [element('span', { class: 'span' }, T['results.nothing'])];
  if (isZero(entry)) {
    const words = say('results.zero', { high: smallest(metric, entry[2]) });
    return [element('span', { class: 'value' }, '0'), ' ', element('span', { class: 'span', title: D.methods[entry[4]] }, words)];
  }
  const hint = `${D.methods[entry[4]]}, n = ${entry[3]}`;
  const span = interval(metric, entry[1], entry[2]) || T['results.one_run'];
  return [element('span', { class: 'value' }, show(metric, entry[0])), ' ', element('span', { class: 'span', title: hint }, span)];
}

/** The change in a line of its own; with marks in place of words where columns are narrow. */
function changeOf(metric, apart, narrow) {
  if (!apart || apart[0] === null) return [];
  const verdict = apart[5];
  const words = T[`${narrow ? 'mark' : 'verdict'}.${verdict}`] ?? '';
  const value = `${show(metric, apart[0], true)} ${interval(metric, apart[1], apart[2], true)}`;
  const text = verdict === 'identical' ? T['verdict.identical'] : verdict === 'not resolved' ? value : `${value} ${words}`;
  const hint = `${apart[6]} (${D.methods[apart[4]]})`;
  return [element('br'), element('span', { class: `change ${verdict.split(' ')[0]}`, title: hint }, text)];
}

function cell(metric, n, level, narrow) {
  const entry = entryOf(metric.key, n, level);
  return element('td', {}, valueOf(metric, entry), changeOf(metric, entry[5], narrow));
}

function unitOf(metric) {
  return scaleOf(metric).unit;
}

/** A table of nations whose columns can be sorted; columns: {id, title, note, hint, metric, level}. */
function nationTable(columns, caption) {
  const [by, direction] = state.sort.split('.');
  const order = D.nations.map((_, n) => n);
  const column = columns.find((c) => c.id === by);
  const rank = (n) => entryOf(column.metric.key, n, column.level)[0] ?? -Infinity;
  if (column) order.sort((a, b) => (direction === 'up' ? 1 : -1) * (rank(a) - rank(b)));
  if (by === 'nation') order.sort((a, b) => (direction === 'up' ? 1 : -1) * NATIONS[a].name.localeCompare(NATIONS[b].name));
  const head = (id, title, note, hint) => {
    const sorted = by === id ? (direction === 'up' ? 'ascending' : 'descending') : undefined;
    const button = element('button', { type: 'button', title: hint, 'aria-label': say('results.sort', { name: title }) }, title);
    const next = sorted === 'descending' ? `${id}.up` : sorted === 'ascending' ? '' : `${id}.down`;
    button.addEventListener('click', () => {
      set({ sort: next });
      $('table').querySelector(`[data-column="${CSS.escape(id)}"] button`).focus();
    });
    const small = note ? [element('br'), element('small', {}, note)] : [];
    return element('th', { scope: 'col', 'aria-sort': sorted, 'data-column': id }, button, small);
  };
  const narrow = columns.length > 6;
  const row = (n) => element('tr', {}, element('th', { scope: 'row' }, NATIONS[n].name),
    columns.map((c) => cell(c.metric, n, c.level, narrow)));
  return element('table', narrow ? { class: 'narrow' } : {}, element('caption', {}, caption),
    element('thead', {}, element('tr', {}, head('nation', T['results.nation']),
      columns.map((c) => head(c.id, c.title, c.note, c.hint)))),
    element('tbody', {}, order.map(row)), element('tfoot', {}, row(ALL)));
}

function meaningOf(metric) {
  const better = metric.better > 0 ? T['results.better_more'] : metric.better < 0 ? T['results.better_less'] : '';
  return `${metric.meaning}. ${better} ${say('results.threshold', { threshold: thresholdOf(metric) })}`;
}

function drawTable() {
  const metric = METRIC[state.metric];
  const level = D.levels.indexOf(state.level);
  const byMetric = state.view === 'metric';
  const baseline = D.levels[D.baseline];
  const columns = byMetric
    ? D.levels.map((name, l) => ({ id: name, title: name, note: l === D.baseline ? T['results.baseline'] : '', hint: levelMeaning(name), metric, level: l }))
    : MAIN.map((key) => ({ id: key, title: METRIC[key].title, note: unitOf(METRIC[key]), hint: meaningOf(METRIC[key]), metric: METRIC[key], level }));
  const caption = byMetric
    ? say('results.caption_metric', { metric: `${metric.title} (${unitOf(metric)})`, baseline })
    : say('results.caption_level', { level: state.level, baseline });
  $('table').replaceChildren(nationTable(columns, caption));
  $('meaning').textContent = byMetric ? capital(`${metric.title}: ${meaningOf(metric)}`) : levelMeaning(state.level);
  for (const node of document.querySelectorAll('[data-show]')) node.hidden = node.dataset.show !== `view=${state.view}`;
  for (const node of document.querySelectorAll('[data-set]')) node.setAttribute('aria-pressed', node.dataset.set === `view=${state.view}`);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function plainTable(caption, heads, rows) {
  return element('table', {}, caption ? element('caption', {}, caption) : '',
    element('thead', {}, element('tr', {}, heads.map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, rows.map((cells) => element('tr', {},
      cells.map((content, k) => element(k ? 'td' : 'th', k ? {} : { scope: 'row' }, content))))));
}

// --------------------------------------------------------------------- who is worse off, families, equal alerts

function drawWorse() {
  const baseline = D.levels[D.baseline];
  const name = (code) => NATIONS.find((nation) => nation.code === code).name;
  const row = ([nation, level, key, change, , reasons]) => {
    const metric = METRIC[key];
    const unit = metric.unit === '%' ? T['unit.points'] : unitOf(metric);
    const why = reasons.map(([text, number]) => `${Number(number.toPrecision(2))} ${text}`).join('; ');
    return [name(nation), level, metric.title, `${show(metric, change, true)} ${unit}`, why || T['worse.no_cause']];
  };
  const heads = ['nation', 'level', 'metric', 'change', 'cause'].map((key) => T[`worse.${key}`]);
  const resolved = D.worse.filter((cause) => cause[4]).map(row);
  const open = D.worse.filter((cause) => !cause[4]).map(row);
  const parts = [];
  if (resolved.length) parts.push(plainTable(T['worse.resolved'], heads, resolved));
  else parts.push(element('p', {}, say('worse.none', { baseline })));
  if (open.length) {
    const title = say('worse.open', { n: open.length });
    parts.push(element('details', {}, element('summary', {}, title), element('div', { class: 'scroll' }, plainTable('', heads, open))));
  }
  for (const part of parts) for (const node of part.querySelectorAll('th, td')) node.classList.add('left');
  $('worse-list').replaceChildren(...parts);
}

const bounds = (metric, [, , , low, high]) => (low === null ? '' : ` [${show(metric, low, true)}, ${show(metric, high, true)}]`);

function drawFamilies() {
  const metric = METRIC[state.metric];
  const unit = metric.unit === '%' ? T['unit.points'] : unitOf(metric);
  const about = say('families.about', { metric: metric.title, baseline: D.levels[D.baseline], unit });
  $('families-about').textContent = D.families.length ? about : T['families.none'];
  if (!OTHERS.length || !D.families.length) return $('families-table').replaceChildren();
  const heads = [T['families.level'], T['families.nation'], ...D.families.map(([, title]) => title), T['families.agree']];
  const row = (level, n) => {
    const found = entryOf(metric.key, n, level)[5][7].filter(([, value]) => value !== null);
    const most = Math.max(...[1, -1].map((sign) => found.filter(([, value]) => sign * value > 0).length));
    const cells = D.families.map(([family]) => found.find(([name]) => name === family))
      .map((part) => (part ? `${show(metric, part[1], true)}${bounds(metric, part)} (${part[2]})` : '-'));
    return [D.levels[level], NATIONS[n].name, ...cells, say('families.of', { n: most, m: found.length })];
  };
  const all = plainTable('', heads, OTHERS.map((level) => row(level, ALL)));
  const each = plainTable('', heads, OTHERS.flatMap((level) => D.nations.map((_, n) => row(level, n))));
  for (const table of [all, each]) for (const td of table.querySelectorAll('tr > :nth-child(2)')) td.classList.add('left');
  const open = $('families-table').querySelector('details')?.open;
  const more = element('details', open ? { open: '' } : {}, element('summary', {}, T['families.each']), each);
  return $('families-table').replaceChildren(all, more);
}

function drawEqual() {
  const metric = METRIC.warning_equal_far_s;
  if (!metric || !D.rungs.length) return;
  const heads = ['level', 'probability', 'false', 'public', 'warning'].map((key) => T[`equal.${key}`]);
  const rows = D.rungs.map(([level, probability, alerts, heard, within]) => {
    const entry = entryOf(metric.key, ALL, D.levels.indexOf(level));
    const over = within ? '' : ` (${T['equal.over']})`;
    return [level, String(probability), alerts.toFixed(1) + over, heard.toFixed(1), valueOf(metric, entry).concat(changeOf(metric, entry[5]))];
  });
  $('equal-table').replaceChildren(plainTable('', heads, rows));
}

// ----------------------------------------------------------------------------------------------- method, levels

function levelMeaning(name) {
  const [first, ...rest] = name.split('+');
  const parts = first.startsWith('without:') ? ['pact', first, ...rest] : [first, ...rest];
  const named = (code) => D.nationNames[D.nations.indexOf(code)] ?? code;
  const base = parts[0].startsWith('hub:') ? say('level.hub', { nation: named(parts[0].slice(4)) })
    : T[`level.${parts[0]}`] ?? T['level.other'];
  const left = parts.slice(1).map((part) => named(part.replace('without:', '')));
  return left.length ? `${base} ${say('level.without', { list: listed(left) })}` : base;
}

function drawMethod() {
  $('glossary').replaceChildren(...D.metrics.flatMap((m) => [
    element('dt', {}, `${m.title} (${unitOf(m)})`), element('dd', {}, capital(meaningOf(m)))]));
  const identity = {
    scenario: `${D.scenario} (${D.title})`, seed: D.seed, runs: D.runs, version: D.version, schema: D.schema,
    hash: D.hash, alert: D.alertProbability,
  };
  $('identity').replaceChildren(...Object.entries(identity).flatMap(([key, value]) => [
    element('dt', {}, T[`identity.${key}`]), element('dd', {}, String(value))]));
  const on_ = D.treatments.filter((name) => name !== 'information');
  $('treatments').textContent = on_.length ? `${on_.join(', ')}.` : T['method.treatments_none'];
  $('uncertain').textContent = T[D.uncertain ? 'method.uncertain' : 'method.nominal'];
  $('definitions').replaceChildren(...D.levels.flatMap((name) => {
    const lines = D.definitions[name.startsWith('without:') ? 'pact' : name.split('+')[0]] ?? [];
    const items = lines.map(([sender, receivers, content, delay, basis]) => element('li', {},
      say(content === 'nothing' ? 'release.nothing' : 'release.line', { sender, receivers: receivers.join(', '), content, delay }),
      ' ', element('small', {}, basis)));
    const count = say('release.count', { n: lines.length });
    const more = lines.length ? element('details', {}, element('summary', {}, count), element('ul', {}, items)) : '';
    return [element('dt', {}, name), element('dd', {}, levelMeaning(name), more)];
  }));
  const readings = Object.entries(D.readings).map(([code, name]) => `${code}: ${name}`);
  if (readings.length) $('definitions').append(element('dd', {}, say('release.reading', { list: listed(readings) })));
  if (D.bars.length) {
    const pairs = D.bars.map(([first, second]) => `${first} \u2013 ${second}`);
    $('definitions').append(element('dd', {}, say('release.bars', { list: listed(pairs) })));
  }
}

// ------------------------------------------------------------------------------------------------------ begin

function start() {
  readAddress();
  choices('metric', 'metric', D.metrics.map((m) => [m.key, `${m.title} (${unitOf(m)})`]));
  choices('level', 'level', D.levels.map((name) => [name, name]));
  for (const button of document.querySelectorAll('[data-set]')) {
    const [key, value] = button.dataset.set.split('=');
    button.addEventListener('click', () => set({ [key]: value, sort: '' }));
  }
  on(['view', 'metric', 'level', 'sort'], drawTable);
  drawWorse();
  on(['metric'], drawFamilies);
  drawEqual();
  drawMethod();
  startPlots();
  startMap();
  for (const link of document.querySelectorAll('nav a, .skip')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      set({ at: link.hash.slice(1) });
      $(state.at).scrollIntoView();
    });
  }
  if ($(state.at)) $(state.at).scrollIntoView();
  addEventListener('hashchange', () => {
    readAddress();
    everything();
  });
}

document.addEventListener('DOMContentLoaded', start);
