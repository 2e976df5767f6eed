// The price of security: a slider for the share of days on which limits hold, and what solved shares cost beside it.

import { byId, html } from "../page/elements.js";
import { format } from "../page/format.js";
import { shownPayload } from "../page/store.js";
import { term } from "../page/terms.js";
import { t } from "../page/language.js";
import { inOneFile } from "../io/answers.js";
import { changeDraft, currentDraft } from "../drawer/draft.js";
import { drawCurve, moveAsked } from "./security_curve.js";
import { curveWords, hindrance, percent, points, unsuited } from "./security_words.js";
import { cancelShares, solveShares } from "./shares_job.js";

let hands = { solve: () => {} };
// Where the slider stands, in percent, while nobody has solved for it.
let asked = 95;

// `given` is {solve} (app/solve.js).
export function wireSecurity(given) {
  hands = given;
}

// The share goes into the settings, and the day is solved with it.
function solveFor(share) {
  const draft = currentDraft();
  changeDraft({ settings: { ...draft.settings, security_share: `${share} %` } });
  hands.solve();
}

function curveButton(state) {
  const { shares } = state;
  const why = hindrance(state);
  const again = Object.keys(shares.results).length > 0;
  const button = shares.job
    ? html("button", { type: "button", id: "shares-cancel" }, t("Cancel"))
    : html(
        "button",
        { type: "button", id: "shares-start", disabled: why ? "" : null },
        again ? t("Cost of security again") : t("Cost of security"),
      );
  button.addEventListener("click", shares.job ? cancelShares : solveShares);
  const [next] = shares.pending.filter((name) => !shares.results[name]);
  const now = next ? t`Solving for ${next.replace("secure-", "")} % of days \u2026` : "";
  const idle = again ? "" : t("Six plans are solved one after the other; that takes a minute or two.");
  const said = shares.note || now || why || idle;
  return html("div", { class: "roles-controls" }, button, html("p", { class: "quiet", role: "status" }, said));
}

// The slider with the button that solves for it; `moved` hears of every place of it.
function slider(state, moved) {
  const { verdict } = state;
  const why = verdict && verdict.scenario ? unsuited(JSON.parse(verdict.scenario).dso) : "";
  const range = html("input", { type: "range", id: "security-share", min: 50, max: 99, step: 1 });
  const solve = html("button", { type: "button", id: "security-solve", disabled: why ? "" : null });
  const said = html("output", { for: "security-share" });
  const show = () => {
    said.textContent = `${asked} %`;
    range.setAttribute("aria-valuetext", t`${asked} % of days`);
    solve.textContent = t`Solve for ${asked} %`;
  };
  range.value = String(asked);
  show();
  range.addEventListener("input", () => {
    asked = Number(range.value);
    show();
    moved();
  });
  solve.addEventListener("click", () => solveFor(asked));
  return html(
    "div",
    { class: "security-slider" },
    html("label", { for: "security-share" }, t("Limits are to hold on "), said, t(" of days")),
    range,
    solve,
  );
}

const ROWS = [
  { name: t("Asked for"), text: ({ share }) => percent(share) },
  { name: t("Kept on unseen days"), word: "unseen", text: ({ kept }) => percent(kept) },
  { name: t("Price, \u20ac"), word: "security", text: ({ price }) => format.number(price, 2) },
  { name: t("PV kept back, kWh"), word: "forgone", text: ({ forgone }) => format.number(forgone) },
  { name: t("Operations"), text: ({ operations }) => format.number(operations) },
];
const SAID = { holds: t("holds"), "does not hold": t("does not hold"), "not shown": t("not shown") };
const VERDICT = { holds: "holds", "does not hold": "fails", "not shown": "unshown" };

function table(found) {
  const head = ROWS.map(({ name, word }) => html("th", { class: "n", scope: "col" }, term(name, word)));
  const body = found.map((point) =>
    html(
      "tr",
      {},
      ...ROWS.map(({ text }) => html("td", { class: "n" }, text(point))),
      html("td", { class: VERDICT[point.state] }, SAID[point.state]),
    ),
  );
  const verdict = html("th", { scope: "col" }, html("span", { class: "visually-hidden" }, t("Certificate")));
  return html(
    "table",
    { class: "plain tight" },
    html("thead", {}, html("tr", {}, ...head, verdict)),
    html("tbody", {}, ...body),
  );
}

function missing({ shares }) {
  return Object.entries(shares.missing).map(([name, told]) =>
    html("p", { class: "quiet" }, t`${name.replace("secure-", "")} % is missing: ${told}`),
  );
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function securityTable(payload, state) {
  const found = points(payload, state.shares);
  const { clientWidth, clientHeight } = byId("chart-body");
  const [width, height] = [Math.max(260, clientWidth - 12), clientHeight > 520 ? 230 : 180];
  const drawn = html("div", {}, drawCurve(found, { width, height, asked }));
  const moved = () => moveAsked(drawn, found, { width, height, asked });
  const tools = inOneFile() ? [] : [slider(state, moved)];
  return html(
    "div",
    { class: "scroll security", tabindex: 0, role: "region", "aria-label": t("Cost of security") },
    ...tools,
    drawn,
    ...(inOneFile() ? [] : [curveButton(state)]),
    ...(found.length ? [table(found)] : []),
    ...missing(state),
  );
}

/**
 * @param {Payload} payload
 * @param {State} state
 */
export function securityCaption(payload, state) {
  const found = points(payload, state.shares);
  const own = shownPayload(state).summary.secure
    ? t("This plan is made for days that are not as forecast. ")
    : t("This plan is for the forecast alone. ");
  return [own, curveWords(found)];
}
