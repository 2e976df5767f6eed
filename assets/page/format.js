// Numbers as people read them. "\u2212" is the minus sign, "\u2013" the dash of ranges.

export const format = {
  number(value, digits) {
    if (value === null || value === undefined || !Number.isFinite(value)) return "\u2013";
    const text = Math.abs(value).toLocaleString("en-GB", {
      minimumFractionDigits: digits || 0,
      maximumFractionDigits: digits || 0,
    });
    return (value < 0 && Number(text.replace(/,/g, "")) !== 0 ? "\u2212" : "") + text;
  },
  signed: (value, digits) => (value > 0 ? "+" : "") + format.number(value, digits),
  share: (value) => `${format.signed(100 * value, Math.abs(value) < 0.0995 ? 1 : 0)} %`,
  kw: (value) => `${format.number(value, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} kW`,
  cents: (value) => `${format.number(100 * value, 2)} ct/kWh`,
  clock(hour, step) {
    const minutes = Math.round(hour * step * 60) % 1440;
    const day = Math.floor((hour * step) / 24);
    const text = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
    return day ? `day ${day + 1}, ${text}` : text;
  },
};

// Numbers (from 1) of indices as people write them: "2\u20137, 18\u201320 and 33".
export function numberList(indices, word) {
  const sorted = indices.map((index) => index + 1).sort((a, b) => a - b);
  const runs = [];
  sorted.forEach((value) => {
    const last = runs[runs.length - 1];
    if (last && value === last[1] + 1) last[1] = value;
    else runs.push([value, value]);
  });
  const parts = runs.flatMap(([a, b]) => (b === a ? [`${a}`] : b === a + 1 ? [`${a}`, `${b}`] : [`${a}\u2013${b}`]));
  return parts.length > 1
    ? `${parts.slice(0, -1).join(", ")} ${word || "and"} ${parts[parts.length - 1]}`
    : parts.join("");
}
