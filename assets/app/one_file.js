// A day that is one file: the parts of the page that need no server. The answers of the server stand in the file.

import { byId } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { t } from "../page/language.js";
import { keepAnswers } from "../io/answers.js";
import { fetchCase } from "../io/jobs_client.js";
import { wirePointing } from "../diagram/pointing.js";
import { openDraft } from "../drawer/cases.js";
import { toggleLine } from "../whatif/manual_switching.js";
import { grabPv, nudgePv, pvTool } from "../whatif/pv_by_hand.js";
import { renderChart } from "../charts/charts.js";
import { isTab } from "../charts/tabs.js";
import { openAskedLesson } from "../lessons/session.js";
import { asked, wireAddressBar } from "./address_bar.js";
import { DONE, DRAWN, OPENED, wireAll } from "./parts.js";
import { openTalk } from "./present.js";

// What the address asks for, else what the file was made to open with.
function wanted() {
  const given = new URLSearchParams(document.body.dataset.view);
  new URLSearchParams(window.location.search).forEach((value, key) => given.set(key, value));
  return given;
}

// The scenario of the day on show can be saved as it was solved.
function keepScenario({ draft }) {
  const { scenario } = draft;
  if (scenario)
    store.set({
      verdict: { scenario, problems: [], notes: [], changes: 0, mode: draft.mode, p2p: true, edited: false },
    });
  byId("out-scenario").hidden = !scenario;
}

async function openFirst() {
  const query = wanted();
  try {
    const menu = byId("case");
    const named = [...menu.options].some(({ value }) => value === query.get("case"));
    menu.value = named ? query.get("case") : document.body.dataset.case;
    const found = await fetchCase(menu.value);
    await openDraft(found.draft, menu.value, found.results);
    store.set(asked(query, store.get()));
    await Promise.all([document.fonts.ready, renderChart(store.get())]);
  } catch (error) {
    say(error.message, "bad");
  }
  openTalk();
  wireAddressBar();
  await openAskedLesson();
  document.documentElement.dataset.ready = "1";
}

function start() {
  if (!("DecompressionStream" in window)) {
    say(t("This browser is too old for this file: it needs one of 2023 or later."), "bad");
    return;
  }
  keepAnswers(JSON.parse(byId("answers").textContent));
  const tab = wanted().get("tab");
  store.set({
    theme: document.documentElement.dataset.theme,
    tab: isTab(tab) && tab !== "roles" && tab !== "faults" ? tab : "costs",
  });
  store.on("draft", keepScenario);
  wireAll([...OPENED, ...DRAWN]);
  wirePointing({ grab: grabPv, tool: pvTool, toggle: toggleLine, nudge: nudgePv });
  wireAll(DONE);
  openFirst();
}
start();
