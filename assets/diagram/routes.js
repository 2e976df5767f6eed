// Geometry of the one-line diagram: from the payload's units to px, where signs stand and numbers fit. Pure: numbers
// in, numbers out.

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

function toSegment(point, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const at = length ? Math.min(1, Math.max(0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length)) : 0;
  return distance(point, [a[0] + at * dx, a[1] + at * dy]);
}

export function toPath(point, path) {
  let nearest = Infinity;
  for (let i = 1; i < path.length; i += 1) nearest = Math.min(nearest, toSegment(point, path[i - 1], path[i]));
  return nearest;
}

// Length along a path and the point (with its direction) at a share of it.
export function along(path, share) {
  const lengths = path.slice(1).map((point, i) => distance(path[i], point));
  let rest = share * lengths.reduce((sum, value) => sum + value, 0);
  for (let i = 0; i < lengths.length; i += 1) {
    if (rest <= lengths[i] || i === lengths.length - 1) {
      const at = lengths[i] ? rest / lengths[i] : 0;
      const [a, b] = [path[i], path[i + 1]];
      return {
        x: a[0] + at * (b[0] - a[0]),
        y: a[1] + at * (b[1] - a[1]),
        angle: Math.atan2(b[1] - a[1], b[0] - a[0]),
      };
    }
    rest -= lengths[i];
  }
  return { x: path[0][0], y: path[0][1], angle: 0 };
}

// Where the arrow and the sign of a line stand: half way along; where it runs around several corners, in the middle of
// its longest straight piece. Curves come as many points.
const SMOOTH = 20;
export function middleOf(path) {
  if (path.length <= 3 || path.length > SMOOTH) return along(path, 0.5);
  const lengths = path.slice(1).map((point, i) => distance(path[i], point));
  const longest = lengths.indexOf(Math.max(...lengths));
  return along(path.slice(longest, longest + 2), 0.5);
}

// A bow from a to b whose middle stands `bulge` off the chord, as a polyline.
export function bow(a, b, bulge) {
  const length = distance(a, b) || 1;
  const normal = [-(b[1] - a[1]) / length, (b[0] - a[0]) / length];
  const middle = [(a[0] + b[0]) / 2 + 2 * bulge * normal[0], (a[1] + b[1]) / 2 + 2 * bulge * normal[1]];
  return Array.from({ length: 17 }, (_, i) => {
    const t = i / 16;
    return [0, 1].map((k) => (1 - t) * (1 - t) * a[k] + 2 * t * (1 - t) * middle[k] + t * t * b[k]);
  });
}

// Spots around a bus where its number may stand, the most usual first.
const SPOTS = [17, 20, 24].flatMap((radius) =>
  [90, 270, 45, 135, 315, 225, 0, 180, 67, 113, 293, 247].map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return [Math.cos(angle) * (radius + 1), Math.sin(angle) * radius];
  }),
);

const MANY = 60;
const [DIGIT, TALL, NEAR] = [3.4, 4.5, 60];
const short = (wanted, found) => Math.max(0, wanted - found);

// How far the box of a number, `wide` px to either side of its middle, is from a point.
const gap = ([x, y], wide, point) =>
  Math.hypot(Math.max(0, Math.abs(point[0] - x) - wide), Math.max(0, Math.abs(point[1] - y) - TALL));

// Pieces of all lines that come near a place.
function piecesNear([x, y], pieces) {
  return pieces.filter(({ box }) => box[0] < x + NEAR && box[2] > x - NEAR && box[1] < y + NEAR && box[3] > y - NEAR);
}

function piecesOf(routes) {
  return routes.flatMap((path) =>
    path.slice(1).map((end, i) => {
      const start = path[i];
      return {
        start,
        end,
        box: [
          Math.min(start[0], end[0]),
          Math.min(start[1], end[1]),
          Math.max(start[0], end[0]),
          Math.max(start[1], end[1]),
        ],
      };
    }),
  );
}

// What stands around a bus: pieces of lines, other buses, signs, and numbers that have their place.
function around(bus, { places, pieces, signs, set, mark }) {
  const near = ([x, y]) => Math.abs(x - places[bus][0]) < NEAR && Math.abs(y - places[bus][1]) < NEAR;
  return {
    pieces: piecesNear(places[bus], pieces),
    buses: places.filter(near),
    signs: signs.filter(near),
    set: set.filter(({ spot }) => near(spot)),
    mark,
  };
}

// How badly a number stands at a spot: whether it touches something or seems to belong to another bus, and how crowded
// it is.
function crowding(spot, wide, own, { pieces, buses, signs, set, mark }) {
  const ends = [-wide, 0, wide].map((dx) => [spot[0] + dx, spot[1]]);
  const lines = pieces.map(({ start, end }) => Math.min(...ends.map((point) => toSegment(point, start, end))) - TALL);
  const marks = buses.map((place) => gap(spot, wide, place) - mark);
  const numbers = set.map(({ spot: other, wide: its }) =>
    Math.max(Math.abs(other[0] - spot[0]) - wide - its, Math.abs(other[1] - spot[1]) - 2 * TALL),
  );
  const sum = (gaps, wanted) => gaps.reduce((all, value) => all + short(wanted, value), 0);
  const least = Math.min(...lines, ...marks, ...numbers);
  const strange = buses.some((place) => place !== own && distance(place, spot) < 1.1 * distance(own, spot));
  return {
    touches: least < 1 || strange,
    cost:
      (strange ? 12 : 0) +
      2 * sum(lines, 4.5) +
      2 * sum(marks, 4) +
      2 * sum(numbers, 6) +
      0.5 *
        sum(
          signs.map((place) => gap(spot, wide, place)),
          11,
        ),
  };
}

// A place for each bus number, as clear as can be of lines, buses, signs and other numbers.
// `only` says of which, all without it; the others get null, and where there are many so do those that would touch
// something wherever they stood: a number that touches nothing is worth more than one more number. `mark` is the
// radius of a bus.
export function placeNumbers(places, routes, signs, box, { only = null, mark = 6 } = {}) {
  const all = { places, pieces: piecesOf(routes), signs, set: [], mark };
  const found = new Array(places.length).fill(null);
  places.forEach((place, bus) => {
    if (only && !only(bus)) return;
    const [near, wide] = [around(bus, all), DIGIT * String(bus + 1).length];
    const priced = SPOTS.map(([dx, dy], index) => {
      const further = 1 + (mark - 6) / 18;
      const spot = [place[0] + further * dx * (1 + (wide - 2 * DIGIT) / 60), place[1] + further * dy];
      const { touches, cost } = crowding(spot, wide, place, near);
      const out = spot[0] - wide < box[0] || spot[1] < box[1] || spot[0] + wide > box[2] || spot[1] > box[3];
      return { spot, touches: touches || out, cost: cost + (out ? 60 : 0) + 0.12 * index };
    });
    const best = priced.reduce((one, other) => (other.cost < one.cost ? other : one));
    if (best.touches && places.length > MANY) return;
    found[bus] = best.spot;
    all.set.push({ spot: best.spot, wide });
  });
  return found;
}

// How a text at a spot beside a place stays there at any zoom: what lies beyond the mark of `radius` px keeps its size
// on the screen, as text does.
export function standOff(place, spot, { radius, zoom }) {
  const share = Math.min(1, radius / (Math.hypot(spot[0] - place[0], spot[1] - place[1]) || 1));
  const away = [0, 1].map((axis) => spot[axis] - place[axis]);
  return {
    near: away.map((value, axis) => place[axis] + share * value),
    rest: away.map((value) => zoom * (1 - share) * value),
  };
}

// SVG path data of a polyline, its corners rounded; a curve is smooth as it is.
export function pathData(path) {
  const radius = path.length > SMOOTH ? 0 : 10;
  const parts = [`M${path[0].map((v) => v.toFixed(1)).join(" ")}`];
  for (let i = 1; i < path.length - 1; i += 1) {
    const [before, corner, after] = [path[i - 1], path[i], path[i + 1]];
    const cut = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    const toward = (point) =>
      corner.map((v, k) => (v + (cut / (distance(corner, point) || 1)) * (point[k] - v)).toFixed(1)).join(" ");
    parts.push(`L${toward(before)}Q${corner.map((v) => v.toFixed(1)).join(" ")} ${toward(after)}`);
  }
  parts.push(`L${path[path.length - 1].map((v) => v.toFixed(1)).join(" ")}`);
  return parts.join("");
}

// Height for a drawing of so many rows: the usual shape of a screen, taller when rows would touch, but no higher than
// `most` where rows can still be told apart.
function fitHeight(rows, width, turned, most) {
  if (turned) return Math.min(Math.max(34 * rows, 300), Math.max(900, 8 * rows), Math.max(most, 6 * rows, 200));
  const usual = Math.min(Math.max(0.44 * width, 240, 34 * rows), Math.max(0.8 * width, 240), 640);
  return Math.min(Math.max(usual, Math.min(6 * rows, 760)), Math.max(most, Math.min(34 * rows, 520), 4.4 * rows));
}

// Positions in px, at most `most` high. Wide drawings on narrow pages are turned: depth runs down the page.
// A `plan` of the area stands as it is, north up and as wide as high.
/**
 * @param {number[]} xs
 * @param {number[]} ys
 * @param {number} width
 * @param {{most?: number, routes?: number[][][], plan?: boolean}} [given]
 */
export function fitPlaces(xs, ys, width, { most, routes, plan } = {}) {
  const range = (values) => [Math.min(...values), Math.max(...values) - Math.min(...values)];
  const corners = [0, 1].map((axis) =>
    [xs, ys][axis].concat((routes || []).flatMap((route) => route.map((point) => point[axis]))),
  );
  const turned = !plan && width < 520 && range(xs)[1] > range(ys)[1];
  const [[left, spanX], [top, spanY]] = (turned ? [corners[1], corners[0]] : corners).map(range);
  const pad = { left: turned ? 28 : 44, right: 28, top: turned ? 36 : 30, bottom: turned ? 24 : 34 };
  const across = spanX ? (width - pad.left - pad.right) / spanX : 1;
  const down = spanY
    ? Math.min(
        fitHeight(spanY, width, turned, (most || Infinity) - (turned ? pad.top + pad.bottom : 0)) / spanY,
        turned ? 40 : 2.4 * across + 20,
      )
    : 1;
  const even = Math.min(across, down, spanY ? ((most || Infinity) - pad.top - pad.bottom) / spanY : Infinity);
  const [scaleX, scaleY] = plan ? [even, even] : [across, down];
  if (plan) pad.left += (width - pad.left - pad.right - spanX * even) / 2;
  const put = (x, y) =>
    turned
      ? [pad.left + (y - left) * scaleX, pad.top + (x - top) * scaleY]
      : [pad.left + (x - left) * scaleX, pad.top + (y - top) * scaleY];
  const back = (x, y) => {
    const [first, second] = [(x - pad.left) / scaleX + left, (y - pad.top) / scaleY + top];
    return turned ? [second, first] : [first, second];
  };
  const places = xs.map((x, i) => put(x, ys[i]));
  const height = pad.top + spanY * scaleY + pad.bottom;
  const unit = Math.min(scaleX, scaleY, 44);
  return {
    places,
    put,
    back,
    turned,
    height,
    unit,
    scale: Math.min(1, Math.max(0.36, unit / 30)),
    box: [8, 8, width - 8, height - 8],
  };
}
