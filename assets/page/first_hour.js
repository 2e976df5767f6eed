// Where a day begins for who looks at it. Pure.

// The hour a day opens at: prosumers feed in most while a line switches; else the one that comes closest to a limit.
export function startHour({ series, prosumers, worst_hour: worst }) {
  const fed = series.switched.map((lines, hour) =>
    hour && lines.length ? prosumers.day.injection_kw.reduce((sum, row) => sum + Math.max(0, row[hour]), 0) : 0,
  );
  const most = Math.max(...fed);
  return most > 0 ? fed.indexOf(most) : worst;
}
