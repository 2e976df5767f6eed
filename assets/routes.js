// Geometry of the one-line diagram: from the payload's units to px, where signs stand and numbers fit. Pure: numbers in, numbers out.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

  function toSegment(point, a, b) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length = dx * dx + dy * dy;
    const at = length ? Math.min(1, Math.max(0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length)) : 0;
    return distance(point, [a[0] + at * dx, a[1] + at * dy]);
  }

  function toPath(point, path) {
    let nearest = Infinity;
    for (let i = 1; i < path.length; i += 1) nearest = Math.min(nearest, toSegment(point, path[i - 1], path[i]));
    return nearest;
  }

  // Length along a path and the point (with its direction) at a share of it.
  function along(path, share) {
    const lengths = path.slice(1).map((point, i) => distance(path[i], point));
    let rest = share * lengths.reduce((sum, value) => sum + value, 0);
    for (let i = 0; i < lengths.length; i += 1) {
      if (rest <= lengths[i] || i === lengths.length - 1) {
        const at = lengths[i] ? rest / lengths[i] : 0;
        const [a, b] = [path[i], path[i + 1]];
        return { x: a[0] + at * (b[0] - a[0]), y: a[1] + at * (b[1] - a[1]), angle: Math.atan2(b[1] - a[1], b[0] - a[0]) };
      }
      rest -= lengths[i];
    }
    return { x: path[0][0], y: path[0][1], angle: 0 };
  }

  // A bow from a to b whose middle stands `bulge` off the chord, as a polyline.
  function bow(a, b, bulge) {
    const length = distance(a, b) || 1;
    const normal = [-(b[1] - a[1]) / length, (b[0] - a[0]) / length];
    const middle = [(a[0] + b[0]) / 2 + 2 * bulge * normal[0], (a[1] + b[1]) / 2 + 2 * bulge * normal[1]];
    return Array.from({ length: 17 }, (_, i) => {
      const t = i / 16;
      return [0, 1].map((k) => (1 - t) * (1 - t) * a[k] + 2 * t * (1 - t) * middle[k] + t * t * b[k]);
    });
  }

  // Spots around a bus where its number may stand, the most usual first.
  const SPOTS = [17, 20, 24].flatMap((radius) => [90, 270, 45, 135, 315, 225, 0, 180, 67, 113, 293, 247].map((degrees) => {
    const angle = (degrees * Math.PI) / 180;
    return [Math.cos(angle) * (radius + 1), Math.sin(angle) * radius];
  }));

  const [MANY, READABLE] = [60, 12];
  const short = (wanted, found) => Math.max(0, wanted - found);

  // A place for each bus number, as clear as can be of lines, buses, signs and other numbers.
  // `only` says of which, all without it; the others get null, and so do those that would be hard to read where there
  // are many: a number that touches nothing is worth more than one more number.
  p2pdnr.placeNumbers = function (places, routes, signs, box, only) {
    const set = [];
    const worst = places.length > MANY ? READABLE : Infinity;
    const ends = (spot) => [[spot[0] - 4, spot[1]], [spot[0] + 4, spot[1]]];
    const price = (spot, bus, index) => {
      const lines = routes.reduce((sum, path) => sum + short(10, Math.min(...ends(spot).map((end) => toPath(end, path)))), 0);
      const buses = places.reduce((sum, other, i) => sum + (i === bus ? 0 : short(17, distance(other, spot))), 0);
      const taken = set.reduce((sum, other) => sum + short(20, Math.max(Math.abs(other[0] - spot[0]), 1.4 * Math.abs(other[1] - spot[1]))), 0);
      const near = signs.reduce((sum, other) => sum + short(17, distance(other, spot)), 0);
      const out = spot[0] < box[0] || spot[1] < box[1] || spot[0] > box[2] || spot[1] > box[3];
      return 2 * lines + 2 * buses + 2 * taken + 0.5 * near + (out ? 60 : 0) + 0.12 * index;
    };
    const found = new Array(places.length).fill(null);
    places.forEach((place, bus) => {
      if (only && !only(bus)) return;
      const spots = SPOTS.map(([dx, dy]) => [place[0] + dx, place[1] + dy]);
      const prices = spots.map((spot, index) => price(spot, bus, index));
      const least = Math.min(...prices);
      if (least > worst) return;
      found[bus] = spots[prices.indexOf(least)];
      set.push(found[bus]);
    });
    return found;
  };

  // SVG path data of a polyline with rounded corners.
  p2pdnr.pathData = function (path, radius) {
    const parts = [`M${path[0].map((v) => v.toFixed(1)).join(" ")}`];
    for (let i = 1; i < path.length - 1; i += 1) {
      const [before, corner, after] = [path[i - 1], path[i], path[i + 1]];
      const cut = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
      const toward = (point) => corner.map((v, k) => (v + (cut / (distance(corner, point) || 1)) * (point[k] - v)).toFixed(1)).join(" ");
      parts.push(`L${toward(before)}Q${corner.map((v) => v.toFixed(1)).join(" ")} ${toward(after)}`);
    }
    parts.push(`L${path[path.length - 1].map((v) => v.toFixed(1)).join(" ")}`);
    return parts.join("");
  };

  // Height for a drawing of so many rows: the usual shape of a screen, taller when rows would touch.
  function fitHeight(rows, width, turned) {
    if (turned) return Math.min(Math.max(34 * rows, 300), Math.max(900, 8 * rows));
    const usual = Math.min(Math.max(0.44 * width, 240, 34 * rows), Math.max(0.8 * width, 240), 640);
    return Math.max(usual, Math.min(6 * rows, 760));
  }

  // Positions in px, at most `most` high. Wide drawings on narrow pages are turned: depth runs down the page.
  p2pdnr.fitPlaces = function (xs, ys, width, most, routes) {
    const range = (values) => [Math.min(...values), Math.max(...values) - Math.min(...values)];
    const corners = [0, 1].map((axis) => [xs, ys][axis].concat((routes || []).flatMap((route) => route.map((point) => point[axis]))));
    const turned = width < 520 && range(xs)[1] > range(ys)[1];
    const [[left, spanX], [top, spanY]] = (turned ? [corners[1], corners[0]] : corners).map(range);
    const pad = { left: turned ? 28 : 44, right: 28, top: turned ? 44 : 30, bottom: 34 };
    const scaleX = spanX ? (width - pad.left - pad.right) / spanX : 1;
    const scaleY = spanY ? Math.min(Math.min(fitHeight(spanY, width, turned), most || Infinity) / spanY, turned ? 40 : 2.4 * scaleX + 20) : 1;
    const put = (x, y) => (turned ? [pad.left + (y - left) * scaleX, pad.top + (x - top) * scaleY] : [pad.left + (x - left) * scaleX, pad.top + (y - top) * scaleY]);
    const places = xs.map((x, i) => put(x, ys[i]));
    const height = pad.top + spanY * scaleY + pad.bottom;
    const unit = Math.min(scaleX, scaleY, 44);
    return { places, put, turned, height, unit, scale: Math.min(1, Math.max(0.36, unit / 30)), box: [8, 8, width - 8, height - 8] };
  };

  Object.assign(p2pdnr, { along, bow, toPath });
}(window.p2pdnr));
