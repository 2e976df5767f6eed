// The two tabs that are tables: what was checked, and the bills.
window.p2pdnr = window.p2pdnr || {};
(function (p2pdnr) {
  "use strict";
  const { html, format } = p2pdnr;

  const MEANING = {
    radial: ["Radial every hour", "each hour's closed lines are one spanning tree"],
    ac_voltage_pu: ["Voltages", "largest difference to pandapower's Newton power flow, p.u."],
    ac_loss_kw: ["Losses", "largest difference to pandapower's Newton power flow, kW"],
    balance_kw: ["Power balance", "largest imbalance of a prosumer, kW"],
    reciprocity_kw: ["Reciprocity", "what one sells the other buys, kW"],
    primal_kw: ["Primal residual", "largest disagreement when the negotiation stopped, kW"],
    dual: ["Dual residual", "last relative change of the objective"],
    gap_central: ["Gap to central optimum", "same schedule, all prosumers and the operator as one problem"],
    cone_gap: ["Cone gap", "how far the relaxed power flow is from a real one"],
    regret: ["Regret", "what a prosumer could still gain at the final prices, \u20ac"],
    budget_eur: ["Budget balance", "trade payments that do not sum to zero, \u20ac"],
    rationality_eur: ["Individual rationality", "least a prosumer gains against the retailer alone, \u20ac"],
    rank: ["Rank of topologies", "worst place of an hour's topology among all"],
    violations: ["Voltage and loading limits", "sum of what lies outside"],
  };

  function figure(value) {
    if (value === null || value === undefined) return "\u2013";
    if (value === 0) return "0";
    return Math.abs(value) < 0.001 || Math.abs(value) >= 1e6 ? value.toExponential(1).replace("-", "\u2212") : format.number(value, Math.abs(value) < 10 ? 3 : 0).replace(/\.?0+$/, "");
  }

  p2pdnr.checksTable = function (payload) {
    const rows = Object.entries(payload.summary.certificates || {}).map(([name, { value, limit, holds }]) => {
      const [title, text] = MEANING[name] || [name, ""];
      return html("tr", {}, html("td", {}, title, html("br", {}), html("span", { class: "quiet" }, text)),
        html("td", { class: "n" }, figure(value)), html("td", { class: "n" }, figure(limit)),
        html("td", { class: holds ? "holds" : "fails" }, holds ? "holds" : "does not hold"));
    });
    const head = html("tr", {}, ...["What was checked", "Value", "Limit", ""].map((text, i) => html("th", i === 1 || i === 2 ? { class: "n", scope: "col" } : { scope: "col" }, text || html("span", { class: "visually-hidden" }, "Verdict"))));
    return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Certificates" }, html("table", { class: "plain" }, html("thead", {}, head), html("tbody", {}, ...rows)));
  };

  p2pdnr.checksCaption = function (payload) {
    const all = Object.values(payload.summary.certificates || {});
    const held = all.filter(({ holds }) => holds).length;
    return [`${held} of ${all.length} checks hold. `, "Recomputed from scenario, network and tables alone. Protection coordination is not checked."];
  };

  const BILL = [["retail_eur", "Retailer"], ["trades_eur", "Trades"], ["fees_eur", "Fees"], ["network_eur", "Network"], ["own_costs_eur", "Own costs"], ["total_eur", "Total"]];

  p2pdnr.billsTable = function (payload) {
    const { bills, prosumers } = payload;
    const saving = prosumers.id.map((_, k) => bills.retail_only_eur[k] - bills.total_eur[k]);
    const order = saving.map((_, k) => k).sort((a, b) => saving[b] - saving[a]);
    const row = (k) => html("tr", {}, html("td", {}, prosumers.id[k]), ...BILL.map(([key]) => html("td", { class: "n" }, format.number(bills[key][k], 2))),
      html("td", { class: `n ${saving[k] < -0.005 ? "fails" : "holds"}` }, format.signed(saving[k], 2)));
    const head = html("tr", {}, ...["Prosumer, \u20ac", ...BILL.map(([, name]) => name), "Saves"].map((text, i) => html("th", { class: i ? "n" : null, scope: "col" }, text)));
    return html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Bills" }, html("table", { class: "plain" }, html("thead", {}, head), html("tbody", {}, ...order.map(row))));
  };

  p2pdnr.billsCaption = function (payload) {
    const { bills } = payload;
    const better = bills.total_eur.filter((value, k) => bills.retail_only_eur[k] - value > -0.005).length;
    const all = bills.total_eur.length;
    return [`${better === all ? `All ${all}` : `${better} of ${all}`} prosumers are at least as well off. `, "\u201cSaves\u201d compares with the retailer alone at the same network charges; a positive amount is paid."];
  };
}(window.p2pdnr));
