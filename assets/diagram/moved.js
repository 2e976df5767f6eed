// Buses that somebody has moved: the drawing with their places, and the lines that follow them. Pure.

// Curves come as many points.
const SMOOTH = 20;

// A line whose ends move by `here` and `there`: a curve bends with them, a straight or angled one becomes straight, one
// in channels keeps its way.
/**
 * @param {number[][]} route
 * @param {number[]} here
 * @param {number[]} there
 */
export function stretched(route, here, there) {
  const last = route.length - 1;
  const by = (point, shift) => [point[0] + shift[0], point[1] + shift[1]];
  const [first, end] = [by(route[0], here), by(route[last], there)];
  if (last <= 2) return [first, end];
  if (last < SMOOTH) return [first, ...route.slice(1, -1), end];
  return route.map((point, i) =>
    by(
      point,
      [0, 1].map((axis) => ((last - i) * here[axis] + i * there[axis]) / last),
    ),
  );
}

const STILL = [0, 0];

// The diagram of a payload with `places` as they are kept; itself where nothing was moved.
/**
 * @param {Payload} payload
 * @param {Places | undefined} places
 * @returns {Diagram}
 */
export function withPlaces({ diagram, network }, places) {
  const moved = Object.entries(places || {}).filter(([bus]) => Number(bus) <= diagram.x.length);
  if (!moved.length) return diagram;
  const lowest = Math.max(...diagram.y);
  const shifts = new Map(
    moved.map(([bus, [x, y]]) => {
      const at = Number(bus) - 1;
      return [at, [x - diagram.x[at], lowest - y - diagram.y[at]]];
    }),
  );
  const along = (values, axis) => values.map((value, bus) => value + (shifts.get(bus) || STILL)[axis]);
  const routes = diagram.routes.map((route, line) => {
    const [here, there] = [network.from[line] - 1, network.to[line] - 1].map((bus) => shifts.get(bus));
    return here || there ? /** @type {[number, number][]} */ (stretched(route, here || STILL, there || STILL)) : route;
  });
  return { ...diagram, x: along(diagram.x, 0), y: along(diagram.y, 1), routes };
}

// The places of what is on show: those of its draft, which Undo leads back to; else those it was solved with.
/**
 * @param {State} state
 * @param {Payload} payload
 * @returns {Places | undefined}
 */
export function placesOf({ draft, sketch }, payload) {
  const own = draft && draft.places && (payload === sketch || !draft.imported);
  return own ? draft.places : payload.diagram.places;
}
