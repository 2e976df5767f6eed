// Which substation feeds a bus, and colours that tell neighbouring areas apart. Pure.

const meshes = new WeakMap();

// Lines at every bus.
/** @param {PayloadNetwork} network */
function meshOf(network) {
  if (!meshes.has(network)) {
    const mesh = Array.from({ length: network.buses }, () => []);
    network.from.forEach((from, line) => {
      mesh[from - 1].push([line, network.to[line] - 1]);
      mesh[network.to[line] - 1].push([line, from - 1]);
    });
    meshes.set(network, mesh);
  }
  return meshes.get(network);
}

// By bus: the place of its substation in network.substations, -1 without supply.
/**
 * @param {PayloadNetwork} network
 * @param {ArrayLike<number | null>} closed
 */
export function feeders(network, closed) {
  const mesh = meshOf(network);
  const fed = new Int32Array(network.buses).fill(-1);
  const queue = network.substations.map((bus) => bus - 1);
  queue.forEach((bus, i) => {
    fed[bus] = i;
  });
  for (let at = 0; at < queue.length; at += 1) {
    const bus = queue[at];
    mesh[bus].forEach(([line, other]) => {
      if (closed[line] !== 1 || fed[other] >= 0) return;
      fed[other] = fed[bus];
      queue.push(other);
    });
  }
  return fed;
}

const tints = new WeakMap();

// Colours by substation, numbers below `count`: areas that a line joins differ as long as there are colours for it.
/**
 * @param {PayloadNetwork} network
 * @param {number} count
 */
export function tintsOf(network, count) {
  if (tints.has(network)) return tints.get(network);
  const open = new Set(network.initially_open);
  const fed = feeders(
    network,
    network.from.map((_, line) => (open.has(line + 1) ? 0 : 1)),
  );
  const beside = network.substations.map(() => new Set());
  network.from.forEach((from, line) => {
    const [here, there] = [fed[from - 1], fed[network.to[line] - 1]];
    if (here < 0 || there < 0 || here === there) return;
    beside[here].add(there);
    beside[there].add(here);
  });
  const found = [];
  const uses = new Array(count).fill(0);
  network.substations.forEach((_, area) => {
    const taken = new Set([...beside[area]].map((other) => found[other]));
    const free = uses.map((_, tint) => tint).filter((tint) => !taken.has(tint));
    const pick = (free.length ? free : uses.map((_, tint) => tint)).sort((a, b) => uses[a] - uses[b] || a - b)[0];
    uses[pick] += 1;
    found.push(pick);
  });
  tints.set(network, found);
  return found;
}
