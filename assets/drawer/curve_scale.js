// The axis of a curve that can be drawn. Pure.

// The step of one arrow key and the top of the axis for values of that size.
export function curveScale(values) {
  const most = Math.max(...values, 0);
  const unit = 10 ** Math.floor(Math.log10(most || 1));
  const top = most
    ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((factor) => factor * unit).find((value) => value >= most * 1.001) ||
      10 * unit
    : 1;
  const low = Math.min(...values, 0);
  return { top, low: low < 0 ? -Math.ceil(-low / unit) * unit : 0, step: unit / 100 >= 0.005 ? unit / 100 : unit / 20 };
}
