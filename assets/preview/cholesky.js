// Sparse Cholesky factors of A W A' for a fixed A and changing weights W: what an interior-point method solves in every
// step. The pattern is found once; rows keep their order, which the caller chooses so that little fills in. Pure.
// Up-looking, after Davis, Direct Methods for Sparse Linear Systems (2006), chapter 4.

/**
 * @typedef {{rows: number, columns: number, start: Int32Array, row: Int32Array, value: Float64Array}} Sparse
 *   A matrix by columns.
 */

// Lower triangle of A A' as lists of columns by row, diagonal included, each in ascending order.
/** @param {Sparse} a */
function lowerRows({ rows, columns, start, row }) {
  const found = Array.from({ length: rows }, (_, i) => new Set([i]));
  for (let j = 0; j < columns; j += 1)
    for (let s = start[j]; s < start[j + 1]; s += 1)
      for (let t = start[j]; t < start[j + 1]; t += 1) if (row[t] < row[s]) found[row[s]].add(row[t]);
  return found.map((set) => Int32Array.from(set).sort());
}

// The elimination tree: parent of each column of the factor, -1 at roots.
/** @param {Int32Array[]} lower */
function eliminationTree(lower) {
  const [parent, ancestor] = [new Int32Array(lower.length).fill(-1), new Int32Array(lower.length).fill(-1)];
  lower.forEach((list, k) => {
    for (let i of list)
      for (let next = 0; i !== -1 && i < k; i = next) {
        next = ancestor[i];
        ancestor[i] = k;
        if (next === -1) parent[i] = k;
      }
  });
  return parent;
}

// Columns of each row of the factor before its diagonal, ascending (which is a topological order).
/**
 * @param {Int32Array[]} lower
 * @param {Int32Array} parent
 */
function factorRows(lower, parent) {
  const mark = new Int32Array(lower.length).fill(-1);
  return lower.map((list, k) => {
    const found = [];
    mark[k] = k;
    list.forEach((first) => {
      for (let i = first; mark[i] !== k; i = parent[i]) {
        mark[i] = k;
        found.push(i);
      }
    });
    return Int32Array.from(found).sort();
  });
}

// Where each product of two entries of a column of A goes in the lower triangle: [place, column, product].
/**
 * @param {Sparse} a
 * @param {Int32Array[]} lower
 * @param {Int32Array} begin
 */
function products({ columns, start, row, value }, lower, begin) {
  const [place, column, product] = [[], [], []];
  for (let j = 0; j < columns; j += 1)
    for (let s = start[j]; s < start[j + 1]; s += 1)
      for (let t = start[j]; t < start[j + 1]; t += 1) {
        if (row[t] > row[s]) continue;
        place.push(begin[row[s]] + lower[row[s]].indexOf(row[t]));
        column.push(j);
        product.push(value[s] * value[t]);
      }
  return { place: Int32Array.from(place), column: Int32Array.from(column), product: Float64Array.from(product) };
}

const starts = (lists) => {
  const found = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => {
    found[i + 1] = found[i] + list.length;
  });
  return found;
};

const joined = (lists, length) => {
  const found = new Int32Array(length);
  let at = 0;
  lists.forEach((list) => {
    found.set(list, at);
    at += list.length;
  });
  return found;
};

// Everything about the factor that does not depend on weights, and room for its numbers.
/** @param {Sparse} a */
export function analysed(a) {
  const lower = lowerRows(a);
  const begin = starts(lower);
  const rows = factorRows(lower, eliminationTree(lower));
  const rowStart = starts(rows);
  const height = new Int32Array(a.rows);
  rows.forEach((list) => list.forEach((i) => (height[i] += 1)));
  const columnStart = new Int32Array(a.rows + 1);
  for (let i = 0; i < a.rows; i += 1) columnStart[i + 1] = columnStart[i] + height[i];
  const filled = columnStart[a.rows];
  return {
    n: a.rows,
    begin,
    lowerAt: joined(lower, begin[a.rows]),
    ...products(a, lower, begin),
    rowStart,
    rowAt: joined(rows, rowStart[a.rows]),
    columnStart,
    factorRow: new Int32Array(filled),
    factor: new Float64Array(filled),
    diagonal: new Float64Array(a.rows),
    entries: new Float64Array(begin[a.rows]),
    work: new Float64Array(a.rows),
    end: new Int32Array(a.rows),
  };
}

// The same pattern with other values in it.
/**
 * @param {ReturnType<typeof analysed>} found
 * @param {Sparse} a
 */
export function revalued(found, { columns, start, row, value }) {
  let at = 0;
  for (let j = 0; j < columns; j += 1)
    for (let s = start[j]; s < start[j + 1]; s += 1)
      for (let t = start[j]; t < start[j + 1]; t += 1) if (row[t] <= row[s]) found.product[at++] = value[s] * value[t];
  return found;
}

// Factorises A W A' in place; pivots that vanish are made so large that their unknown stays zero.
/** @param {ReturnType<typeof analysed>} found */
export function factorise(found, weights) {
  const { n, begin, lowerAt, place, column, product, rowStart, rowAt, columnStart, factorRow, factor } = found;
  const { diagonal, entries, work, end } = found;
  entries.fill(0);
  for (let i = 0; i < place.length; i += 1) entries[place[i]] += product[i] * weights[column[i]];
  for (let i = 0; i < n; i += 1) end[i] = columnStart[i];
  for (let k = 0; k < n; k += 1) {
    for (let s = begin[k]; s < begin[k + 1]; s += 1) work[lowerAt[s]] = entries[s];
    const whole = work[k];
    let pivot = whole;
    for (let s = rowStart[k]; s < rowStart[k + 1]; s += 1) {
      const i = rowAt[s];
      const value = work[i] / diagonal[i];
      work[i] = 0;
      for (let t = columnStart[i]; t < end[i]; t += 1) work[factorRow[t]] -= factor[t] * value;
      pivot -= value * value;
      factorRow[end[i]] = k;
      factor[end[i]] = value;
      end[i] += 1;
    }
    work[k] = 0;
    diagonal[k] = pivot > 1e-13 * whole && pivot > 0 ? Math.sqrt(pivot) : 1e64;
  }
}

// Solves with the factor, in place.
/**
 * @param {ReturnType<typeof analysed>} found
 * @param {Float64Array} b
 */
export function backsolve({ n, columnStart, factorRow, factor, diagonal }, b) {
  for (let i = 0; i < n; i += 1) {
    b[i] /= diagonal[i];
    for (let t = columnStart[i]; t < columnStart[i + 1]; t += 1) b[factorRow[t]] -= factor[t] * b[i];
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let t = columnStart[i]; t < columnStart[i + 1]; t += 1) b[i] -= factor[t] * b[factorRow[t]];
    b[i] /= diagonal[i];
  }
}
