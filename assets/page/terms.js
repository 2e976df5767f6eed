// What a word means, at the place where it stands: a button that opens a short definition. One popover for all.

import { byId, html } from "./elements.js";
import { horizon } from "./horizon.js";
import { t } from "./language.js";

const MEANING = {
  losses: t(
    "Energy lost as heat in the lines: resistance times current squared, summed over all lines. " +
      "Twice the flow on a line loses four times as much.",
  ),
  voltage: () =>
    t(
      "Lowest and highest voltage of any bus {0}, as a share of the nominal voltage (p.u.). " +
        "Consumption lowers it along a line, feeding in raises it.",
      horizon("over"),
    ),
  saves: t(
    "What all prosumers together, or one of them, pay less than if each dealt with the retailer alone, at the same " +
      "network charges.",
  ),
  switching: () => t("Operations {0}: one line opened or closed once. Exchanging two lines takes two.", horizon("of")),
  loading: t("Current of a line as a share of what it may carry."),
  rank: t(
    "Place of this topology among all radial ones when losses and broken limits are priced at the injections shown; " +
      "1 is the cheapest. A lower-ranked one can be right: switching costs money, and people would trade differently.",
  ),
  radial: t(
    "Every bus is supplied over exactly one path: no loops, no bus without power. " +
      "Protection in distribution grids counts on it.",
  ),
  retailer: t("Energy bought from and sold to the retailer at the tariff."),
  trades: t("Payments among prosumers; what one pays another earns, so they sum to zero."),
  fees: t("Trade fee on every kWh, paid by both sides."),
  network: t(
    "Charge per kWh for what an injection does to losses, congestion and voltages. Who relieves the grid earns it.",
  ),
  tariff: t(
    "What the prosumer would pay by the retailer\u2019s tariff alone: without trading and without network charges. " +
      "Negative: it is worse off.",
  ),
  free: t(
    "What it would pay if the market cleared alone: no operator, no limits, no network charges. " +
      "Prices of such a market need not be unique.",
  ),
  compensation: t("What the operator pays whom it curtails; negative as it is earned."),
  refund: t(
    "What the operator collects beyond the cost of losses and switching and gives back; negative as it is earned.",
  ),
  own: t("Wear of the battery, discomfort of shifted load, fuel; what elastic load is worth counts against it."),
  total: t("All parts together; negative means earned."),
  operator: t(
    "What the operator pays: losses, the price of broken limits, switching, and compensation where it curtails.",
  ),
  gap: t(
    "How far a role is shown to be from its own optimum at most. One optimum: the centralised optimum; leader: a " +
      "lower bound of the operator\u2019s cost. A dash: nothing is shown.",
  ),
  curtailed: t("PV that was there and not used, because the grid could not take it or the price was too low."),
  security: t(
    "What the plan costs more, if all comes as forecast, than the plan made for the forecast alone. " +
      "Broken limits on other days are not in it.",
  ),
  unseen: t(
    "Share of days that the planner has not seen, drawn from the errors of forecasts, on which no limit breaks.",
  ),
  forgone: t(
    "PV on a mean unseen day that the plan\u2019s limits on feeding in do not let in: mostly sun above the forecast. " +
      "It is no part of the price.",
  ),
  costs: t(
    "What prosumers and operator pay together: energy, losses, broken limits, switching. " +
      "Payments among prosumers cancel.",
  ),
};

function popover() {
  return (
    byId("definition") ||
    byId("page").appendChild(html("div", { id: "definition", class: "definition", popover: "auto", role: "note" }))
  );
}

function open(button) {
  const note = popover();
  if (note.matches(":popover-open") && note.dataset.term === button.dataset.term) {
    note.hidePopover();
    return;
  }
  note.dataset.term = button.dataset.term;
  const meaning = MEANING[button.dataset.term];
  note.textContent = typeof meaning === "function" ? meaning() : meaning;
  note.showPopover();
  const spot = button.getBoundingClientRect();
  note.style.left = `${Math.max(8, Math.min(spot.left, window.innerWidth - note.offsetWidth - 8))}px`;
  const below = spot.bottom + 6;
  note.style.top = `${below + note.offsetHeight > window.innerHeight ? spot.top - 6 - note.offsetHeight : below}px`;
  button.setAttribute("aria-describedby", "definition");
}

// A word with its definition; the plain word where none is known.
export const term = (text, key) =>
  MEANING[key] ? html("button", { type: "button", class: "term", "data-term": key }, text) : text;

export function wireTerms() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".term");
    if (button) open(button);
  });
  window.addEventListener(
    "scroll",
    () => {
      const note = byId("definition");
      if (note && note.matches(":popover-open")) note.hidePopover();
    },
    { passive: true },
  );
}
