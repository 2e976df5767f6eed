// Ranks the topologies of an hour beside the page, so that nothing stutters.
"use strict";
const query = new URL(self.location.href).search;
importScripts(`earth.js${query}`, `powerflow.js${query}`, `topologies.js${query}`);
self.onmessage = function ({ data: { id, grid, taken, starts, total } }) {
  const tell = (share) => self.postMessage({ id, share });
  const found = total ? self.p2pdnr.rankAll(grid, taken, total, tell) : self.p2pdnr.rankPool(grid, taken, starts, { seconds: 2.5, most: 20000 }, tell);
  self.postMessage({ id, found });
};
