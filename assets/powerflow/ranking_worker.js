// Ranks the topologies of an hour beside the page, so that nothing stutters.

import { rankAll, rankPool } from "./topologies.js";

self.onmessage = function ({ data: { id, grid, taken, starts, total } }) {
  const tell = (share) => self.postMessage({ id, share });
  const found = total
    ? rankAll(grid, taken, total, tell)
    : rankPool(grid, taken, starts, { seconds: 2.5, most: 20000 }, tell);
  self.postMessage({ id, found });
};
