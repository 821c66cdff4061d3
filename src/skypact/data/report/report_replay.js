// One run, unpacked: where everything is at a time, in truth and in the pictures.

const M = D.map;
const R = D.replay;
const HOSTILE = 4; // classes below this are of the raid
const HELD_M = 5000;
const GRID_M = 0.002 * 111195;
const COS = Math.cos(((M.south + 0.001 * M.height) * Math.PI) / 180);

let store; // unpacked paths of truth and pictures
const panes = {};

// --------------------------------------------------------------------------------------------------- unpacking

async function unpack() {
  const text = atob($('packed').textContent);
  const zipped = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const planes = {};
  let offset = 0;
  for (const [name, length] of R.planes) {
    planes[name] = bytes.subarray(offset, offset + length);
    offset += length;
  }
  return { truth: pathsOf('truth', R.truth, planes, ['height']), pictures: pathsOf('pictures', R.pictures, planes, ['flags', 'sigma', 'sources']) };
}

/** Rows of all paths: seconds, x, y and extras; path p has rows from[p] to from[p + 1]. */
function pathsOf(name, heads, planes, extras) {
  const dt = planes[`${name}.dt`];
  const n = dt.length;
  const out = { t: new Float64Array(n), x: new Int32Array(n), y: new Int32Array(n), from: new Uint32Array(heads.rows.length + 1) };
  for (const extra of extras) out[extra] = new Uint16Array(n);
  const plane = (key) => [planes[`${name}.${key}0`], planes[`${name}.${key}1`]];
  const [x0, x1] = plane('x');
  const [y0, y1] = plane('y');
  const second = (low, high) => { const z = low | (high << 8); return (z >>> 1) ^ -(z & 1); };
  let row = 0;
  for (let p = 0; p < heads.rows.length; p++) {
    let [snapshot, x, y, dx, dy] = [heads.snapshot[p], heads.x[p], heads.y[p], 0, 0];
    for (let i = 0; i < heads.rows[p]; i++, row++) {
      dx = ((dx + second(x0[row], x1[row])) << 16) >> 16;
      dy = ((dy + second(y0[row], y1[row])) << 16) >> 16;
      snapshot += dt[row];
      x += dx;
      y += dy;
      out.t[row] = R.times_s[snapshot];
      out.x[row] = x;
      out.y[row] = y;
      for (const extra of extras) {
        const [low, high] = [planes[`${name}.${extra}0`], planes[`${name}.${extra}1`]];
        out[extra][row] = (i ? out[extra][row - 1] : 0) ^ (low[row] | (high[row] << 8));
      }
    }
    out.from[p + 1] = row;
  }
  return out;
}

/** The last row of a path at or before a time; -1 before its first. */
function rowAt(paths, p, t) {
  let [low, high] = [paths.from[p], paths.from[p + 1] - 1];
  if (t < paths.t[low]) return -1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (paths.t[middle] <= t) low = middle; else high = middle - 1;
  }
  return low;
}

function between(paths, p, row, t) {
  if (row + 1 >= paths.from[p + 1]) return [paths.x[row], paths.y[row]];
  const share = (t - paths.t[row]) / (paths.t[row + 1] - paths.t[row]);
  return [paths.x[row] + share * (paths.x[row + 1] - paths.x[row]), paths.y[row] + share * (paths.y[row + 1] - paths.y[row])];
}

// -------------------------------------------------------------------------------------- what is where at a time

/** True objects in the air: {object, kind, x, y, p, row, height}; level -1 is the raid in which nobody fires. */
function truthAt(level, t) {
  const dead = level < 0 ? new Map() : panes.dead[level];
  const found = [];
  R.truth.object.forEach((object, p) => {
    const of = R.truth.level[p];
    if (object < 0 || (of !== 255 && of !== level)) return;
    const [kind, , , end, , endX, endY] = R.objects[object];
    const row = rowAt(store.truth, p, t);
    if (row < 0 || t > end || t >= (dead.get(object) ?? Infinity)) return;
    let [x, y] = between(store.truth, p, row, t);
    if (row + 1 === store.truth.from[p + 1] && end > store.truth.t[row] && endX >= 0) {
      const share = (t - store.truth.t[row]) / (end - store.truth.t[row]);
      [x, y] = [x + share * (endX - x), y + share * (endY - y)];
    }
    found.push({ object, kind, x, y, p, row, height: store.truth.height[row] * 100 });
  });
  return found;
}

/** Tracks of the picture that a nation holds at a level. */
function tracksAt(level, nation, t) {
  const paths = store.pictures;
  const found = [];
  for (const p of panes.byPicture.get(R.holders[level][nation]) ?? []) {
    const row = rowAt(paths, p, t);
    if (row < 0) continue;
    const flags = paths.flags[row];
    const identity = (flags >> 4) & 7;
    const coded = identity === 1 || identity === 2;
    const hold = coded ? R.thinning.coded_s : R.thinning.raid_s;
    if (row + 1 === paths.from[p + 1] && t >= paths.t[row] + hold) continue;
    const [x, y] = between(paths, p, row, t);
    found.push({ p, row, x, y, kind: flags & 7, firm: (flags >> 3) & 1, coasting: flags >> 7, identity, coded,
      sigma: 50 * 2 ** (paths.sigma[row] / 2), sources: paths.sources[row] });
  }
  return found;
}

function apart(a, b) {
  return Math.hypot((a.x - b.x) * COS, a.y - b.y) * GRID_M;
}

function counts(level, nation, truth, tracks) {
  const raid = truth.filter((o) => o.kind < HOSTILE);
  const near = raid.map((o) => tracks.filter((track) => apart(o, track) < HELD_M));
  const stray = tracks.filter((track) => !track.coded && !truth.some((o) => apart(o, track) < HELD_M));
  return { air: raid.length, held: near.filter((list) => list.length).length,
    firm: near.filter((list) => list.some((track) => track.firm)).length, false: stray.length };
}

function alertedAt(level, t) {
  const lit = new Set();
  if (level >= 0) for (const [place, from, until] of R.levels[level].alerts) if (from <= t && (until < 0 || t < until)) lit.add(place);
  return lit;
}
