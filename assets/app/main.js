// Ties the parts together and opens the first case. Imported by the page alone, as the module that runs.

import { wireTyping } from "../page/elements.js";
import { say } from "../page/status.js";
import { store } from "../page/store.js";
import { wireAddress } from "../io/address.js";
import { wirePointing } from "../diagram/pointing.js";
import { hearCells, hearDraft, hearVerdict } from "../drawer/answers.js";
import { showCase } from "../drawer/cases.js";
import { wireCompare } from "../drawer/compare.js";
import { answerDash } from "../drawer/dash.js";
import { openKept, wireDraftStorage } from "../drawer/draft_storage.js";
import { wireUnheard } from "../drawer/unheard.js";
import { hearImport, wireImport } from "../drawer/imports.js";
import { fitTable, wireMarks } from "../drawer/marks.js";
import { grabBus, shiftBus, wirePlaces } from "../drawer/places.js";
import { wirePairs } from "../drawer/pairs.js";
import { openAsked, wireHistory, wirePanes } from "../drawer/panes.js";
import { wirePreferences } from "../drawer/preferences.js";
import { wireProfileChoice } from "../drawer/profile_choice.js";
import { wireProfiles } from "../drawer/profiles.js";
import { wireRuns } from "../drawer/runs.js";
import { wireSettings } from "../drawer/settings.js";
import { hearShare, openShared, wireShare } from "../drawer/share.js";
import { wireTable } from "../drawer/table.js";
import { wirePreview } from "../preview/session.js";
import { sliderTool, wireSliders } from "../preview/sliders.js";
import { faultTool, wireFaultTool } from "../whatif/if_it_fails.js";
import { toggleLine } from "../whatif/manual_switching.js";
import { sketchDay } from "../whatif/sketch.js";
import { grabPv, nudgePv, pvTool } from "../whatif/pv_by_hand.js";
import { renderChart } from "../charts/charts.js";
import { wireSecurity } from "../charts/security.js";
import { isTab } from "../charts/tabs.js";
import { openYear } from "../charts/year.js";
import { openAskedLesson } from "../lessons/session.js";
import { wireAddressBar } from "./address_bar.js";
import { wireHelp } from "./help.js";
import { DONE, DRAWN, OPENED, wireAll } from "./parts.js";
import { openTalk } from "./present.js";
import { wireLanguage } from "./language_choice.js";
import { cancelSolve, startSolve, wireSolve } from "./solve.js";
import { wireWelcome } from "./welcome.js";

// The first draft has come: what waits for the table begins.
/** @param {State} state */
function begin(state, old) {
  if (old.heard) return;
  fitTable();
  wireProfileChoice();
  openAsked();
  if (!openShared()) openKept();
}

function wireDrawer() {
  wireAll([
    wireTyping,
    wireMarks,
    wirePairs,
    wireTable,
    wireSettings,
    wirePreferences,
    wireProfiles,
    wirePanes,
    wireHistory,
    () => wireImport(sketchDay, openYear),
    wireShare,
    wireDraftStorage,
    wireUnheard,
    wireRuns,
    wireCompare,
    wireAddress,
  ]);
  store.on("heard", begin);
  answerDash({ hearDraft, hearCells, hearVerdict, hearImport, hearShare });
}

function ready() {
  document.documentElement.dataset.ready = "1";
}

async function openFirst() {
  try {
    await showCase(JSON.parse(document.body.dataset.results));
    await Promise.all([document.fonts.ready, renderChart(store.get())]);
  } catch (error) {
    say(error.message, "bad");
  }
  openTalk();
  wireAddressBar();
  await openAskedLesson();
  ready();
}

function start() {
  const query = new URLSearchParams(window.location.search);
  store.set({
    theme: document.documentElement.dataset.theme,
    tab: isTab(query.get("tab")) ? query.get("tab") : "costs",
  });
  wireAll(OPENED);
  wireDrawer();
  wireAll(DRAWN);
  wirePointing({
    grab: (event) => grabBus(event) || grabPv(event),
    shift: shiftBus,
    tool: (target) => [sliderTool(target), pvTool(target) || faultTool(target)],
    toggle: toggleLine,
    nudge: nudgePv,
  });
  wireAll(DONE);
  wireAll([wirePlaces, wireFaultTool, wireLanguage, wireSolve, wireWelcome, wireHelp]);
  wirePreview({ solve: startSolve, cancel: cancelSolve });
  wireSliders();
  wireSecurity({ solve: startSolve });
  openFirst();
}
start();
